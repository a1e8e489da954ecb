#include "blocks.h"

static uint32_t rotate(uint32_t value, int count) { return value << count | value >> (32 - count); }

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void gitpatch_sha1_blocks_portable(uint32_t state[5], const uint8_t *bytes, size_t blocks) {
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32_t word[16];
        for (int i = 0; i < 16; i++) word[i] = big_endian(bytes + 4 * i);
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int i = 0; i < 80; i++) {
            if (i >= 16) {
                uint32_t mixed = word[(i + 13) & 15] ^ word[(i + 8) & 15] ^ word[(i + 2) & 15] ^ word[i & 15];
                word[i & 15] = rotate(mixed, 1);
            }
            uint32_t choice, constant;
            if (i < 20) {
                choice = d ^ (b & (c ^ d));
                constant = 0x5a827999;
            } else if (i < 40) {
                choice = b ^ c ^ d;
                constant = 0x6ed9eba1;
            } else if (i < 60) {
                choice = (b & c) | (d & (b | c));
                constant = 0x8f1bbcdc;
            } else {
                choice = b ^ c ^ d;
                constant = 0xca62c1d6;
            }
            uint32_t next = rotate(a, 5) + choice + e + constant + word[i & 15];
            e = d;
            d = c;
            c = rotate(b, 30);
            b = a;
            a = next;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
}
