#ifndef GITPATCH_CCHILDUSAGE_H
#define GITPATCH_CCHILDUSAGE_H

#include <stdint.h>

/* What a child that has ended used, the children it waited for included. It is not waited for by the look.

   Returns 1 when it has ended, 0 while it runs, -1 when nobody can tell: it is no child, or this system has no such
   call. `cpu` is in microseconds, `memory` the most that one of the processes held, in bytes. */
int gitpatch_child_usage(int32_t pid, int64_t *cpu, int64_t *memory);

#endif
