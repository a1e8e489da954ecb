#ifndef GITPATCH_CSHA1_BLOCKS_H
#define GITPATCH_CSHA1_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* Feeds whole blocks of 64 bytes into a state. */
typedef void (*gitpatch_sha1_blocks)(uint32_t state[5], const uint8_t *bytes, size_t blocks);

void gitpatch_sha1_blocks_portable(uint32_t state[5], const uint8_t *bytes, size_t blocks);

/* The version for this processor's SHA instructions; null when it has none or this build knows none. */
gitpatch_sha1_blocks gitpatch_sha1_blocks_for_processor(void);

#endif
