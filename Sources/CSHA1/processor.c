#include "blocks.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* Four rounds: `words` are the schedule's next four, `group` is which twenty rounds they belong to. */
#define ROUNDS(group)                                      \
    do {                                                   \
        __m128i input = _mm_sha1nexte_epu32(e, words[0]);  \
        e = abcd;                                          \
        abcd = _mm_sha1rnds4_epu32(abcd, input, group);    \
        __m128i next = _mm_sha1msg1_epu32(words[0], words[1]); \
        next = _mm_xor_si128(next, words[2]);              \
        next = _mm_sha1msg2_epu32(next, words[3]);         \
        words[0] = words[1];                               \
        words[1] = words[2];                               \
        words[2] = words[3];                               \
        words[3] = next;                                   \
    } while (0)

#define FIVE(group)     \
    do {                \
        ROUNDS(group);  \
        ROUNDS(group);  \
        ROUNDS(group);  \
        ROUNDS(group);  \
        ROUNDS(group);  \
    } while (0)

__attribute__((target("sha,sse4.1,ssse3"))) static void blocks_sha(
    uint32_t state[5], const uint8_t *bytes, size_t blocks) {
    const __m128i reverse = _mm_set_epi64x(0x0001020304050607ULL, 0x08090a0b0c0d0e0fULL);
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1b);
    __m128i e = _mm_set_epi32((int)state[4], 0, 0, 0);
    for (; blocks > 0; blocks--, bytes += 64) {
        __m128i words[4];
        for (int i = 0; i < 4; i++) {
            words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), reverse);
        }
        const __m128i saved_abcd = abcd, saved_e = e;
        /* The first four rounds add e as it is; `sha1nexte` would rotate it first. */
        {
            __m128i input = _mm_add_epi32(e, words[0]);
            e = abcd;
            abcd = _mm_sha1rnds4_epu32(abcd, input, 0);
            __m128i next = _mm_sha1msg1_epu32(words[0], words[1]);
            next = _mm_xor_si128(next, words[2]);
            next = _mm_sha1msg2_epu32(next, words[3]);
            words[0] = words[1];
            words[1] = words[2];
            words[2] = words[3];
            words[3] = next;
        }
        ROUNDS(0);
        ROUNDS(0);
        ROUNDS(0);
        ROUNDS(0);
        FIVE(1);
        FIVE(2);
        FIVE(3);
        e = _mm_sha1nexte_epu32(e, saved_e);
        abcd = _mm_add_epi32(abcd, saved_abcd);
    }
    _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(abcd, 0x1b));
    state[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

gitpatch_sha1_blocks gitpatch_sha1_blocks_for_processor(void) {
    unsigned a, b = 0, c = 0, d;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    if (a < 7) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    if (!(c & 1u << 9) || !(c & 1u << 19)) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    return b & 1u << 29 ? blocks_sha : 0;
}

#elif defined(__aarch64__)

#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

__attribute__((target("sha2"))) static void blocks_sha(uint32_t state[5], const uint8_t *bytes, size_t blocks) {
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32x4_t abcd = vld1q_u32(state);
    uint32_t e = state[4];
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32x4_t words[4];
        for (int i = 0; i < 4; i++) words[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * i)));
        const uint32x4_t saved_abcd = abcd;
        const uint32_t saved_e = e;
        for (int step = 0; step < 20; step++) {
            const int group = step / 5;
            const uint32x4_t input = vaddq_u32(words[0], vdupq_n_u32(constants[group]));
            const uint32_t next_e = vsha1h_u32(vgetq_lane_u32(abcd, 0));
            if (group == 0) {
                abcd = vsha1cq_u32(abcd, e, input);
            } else if (group == 2) {
                abcd = vsha1mq_u32(abcd, e, input);
            } else {
                abcd = vsha1pq_u32(abcd, e, input);
            }
            e = next_e;
            const uint32x4_t next = vsha1su1q_u32(vsha1su0q_u32(words[0], words[1], words[2]), words[3]);
            words[0] = words[1];
            words[1] = words[2];
            words[2] = words[3];
            words[3] = next;
        }
        abcd = vaddq_u32(abcd, saved_abcd);
        e += saved_e;
    }
    vst1q_u32(state, abcd);
    state[4] = e;
}

gitpatch_sha1_blocks gitpatch_sha1_blocks_for_processor(void) {
#if defined(__linux__)
    /* HWCAP_SHA1 of asm/hwcap.h. */
    return getauxval(AT_HWCAP) & 1u << 5 ? blocks_sha : 0;
#elif defined(__APPLE__)
    return blocks_sha;
#else
    return 0;
#endif
}

#else

gitpatch_sha1_blocks gitpatch_sha1_blocks_for_processor(void) { return 0; }

#endif
