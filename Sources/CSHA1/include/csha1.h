#ifndef GITPATCH_CSHA1_H
#define GITPATCH_CSHA1_H

#include <stddef.h>
#include <stdint.h>

/* SHA-1 as FIPS 180-4 defines it, for the names of git objects. It uses the processor's SHA instructions where there
   are any. Unlike git's own it does not look for the marks of known collision attacks. */
typedef struct {
    uint32_t state[5];
    uint64_t length;
    uint8_t pending[64];
} gitpatch_sha1;

void gitpatch_sha1_init(gitpatch_sha1 *context);
void gitpatch_sha1_update(gitpatch_sha1 *context, const void *bytes, size_t count);
void gitpatch_sha1_final(gitpatch_sha1 *context, uint8_t digest[20]);

/* Whether the processor's instructions are in use. */
int gitpatch_sha1_is_accelerated(void);

/* The same with portable code only, for comparison. */
void gitpatch_sha1_update_portable(gitpatch_sha1 *context, const void *bytes, size_t count);

#endif
