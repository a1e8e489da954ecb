#include <stdatomic.h>
#include <string.h>

#include "blocks.h"
#include "csha1.h"

static const uint32_t initial[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

/* Chooses once, and only a version that agrees with the portable one on a few blocks. */
static gitpatch_sha1_blocks choose(void) {
    static _Atomic(gitpatch_sha1_blocks) chosen;
    gitpatch_sha1_blocks blocks = atomic_load_explicit(&chosen, memory_order_acquire);
    if (blocks) return blocks;
    blocks = gitpatch_sha1_blocks_for_processor();
    if (blocks) {
        uint8_t sample[192];
        for (unsigned i = 0; i < sizeof sample; i++) sample[i] = (uint8_t)(i * 37 + 11);
        uint32_t fast[5], slow[5];
        memcpy(fast, initial, sizeof initial);
        memcpy(slow, initial, sizeof initial);
        blocks(fast, sample, 3);
        gitpatch_sha1_blocks_portable(slow, sample, 3);
        if (memcmp(fast, slow, sizeof fast)) blocks = 0;
    }
    if (!blocks) blocks = gitpatch_sha1_blocks_portable;
    atomic_store_explicit(&chosen, blocks, memory_order_release);
    return blocks;
}

int gitpatch_sha1_is_accelerated(void) { return choose() != gitpatch_sha1_blocks_portable; }

void gitpatch_sha1_init(gitpatch_sha1 *context) {
    memcpy(context->state, initial, sizeof initial);
    context->length = 0;
}

static void update(gitpatch_sha1 *context, const void *bytes, size_t count, gitpatch_sha1_blocks blocks) {
    const uint8_t *input = bytes;
    size_t filled = context->length & 63;
    context->length += count;
    if (filled) {
        size_t room = 64 - filled;
        if (count < room) {
            memcpy(context->pending + filled, input, count);
            return;
        }
        memcpy(context->pending + filled, input, room);
        blocks(context->state, context->pending, 1);
        input += room;
        count -= room;
    }
    if (count >= 64) {
        blocks(context->state, input, count / 64);
        input += count & ~(size_t)63;
        count &= 63;
    }
    if (count) memcpy(context->pending, input, count);
}

void gitpatch_sha1_update(gitpatch_sha1 *context, const void *bytes, size_t count) {
    if (count) update(context, bytes, count, choose());
}

void gitpatch_sha1_update_portable(gitpatch_sha1 *context, const void *bytes, size_t count) {
    if (count) update(context, bytes, count, gitpatch_sha1_blocks_portable);
}

void gitpatch_sha1_final(gitpatch_sha1 *context, uint8_t digest[20]) {
    const uint64_t bits = context->length * 8;
    static const uint8_t padding[64] = {0x80};
    const size_t filled = context->length & 63;
    uint8_t tail[8];
    for (int i = 0; i < 8; i++) tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    gitpatch_sha1_update(context, padding, filled < 56 ? 56 - filled : 120 - filled);
    gitpatch_sha1_update(context, tail, 8);
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(context->state[i / 4] >> (24 - 8 * (i % 4)));
}
