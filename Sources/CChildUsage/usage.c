#define _GNU_SOURCE
#include "cchildusage.h"

#if defined(__linux__)
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* waitid of the kernel has a fifth parameter that the C library hides: the usage (waitid(2), "C library/kernel
   differences"). With WNOWAIT the child stays to be waited for by whoever started it. */
int gitpatch_child_usage(int32_t pid, int64_t *cpu, int64_t *memory) {
    siginfo_t information;
    struct rusage usage;
    memset(&information, 0, sizeof information);
    memset(&usage, 0, sizeof usage);
    long status = syscall(SYS_waitid, P_PID, pid, &information, WEXITED | WNOHANG | WNOWAIT, &usage);
    if (status != 0) return -1;
    if (information.si_signo != SIGCHLD) return 0;
    *cpu = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec
        + usage.ru_stime.tv_usec;
    *memory = (int64_t)usage.ru_maxrss * 1024;
    return 1;
}
#else
int gitpatch_child_usage(int32_t pid, int64_t *cpu, int64_t *memory) {
    (void)pid;
    (void)cpu;
    (void)memory;
    return -1;
}
#endif
