#define _GNU_SOURCE
#include "cwriteback.h"

#if defined(__linux__)
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Whether the ext4 file system of a file has a journal: one without has the same magic number, and so has ext2. */
static int has_journal(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return 0;
    char link[64], name[256], path[320], task[64];
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(status.st_dev), minor(status.st_dev));
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length <= 0) return 0;
    name[length] = 0;
    const char *device = strrchr(name, '/');
    snprintf(path, sizeof path, "/sys/fs/ext4/%s/journal_task", device ? device + 1 : name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    length = read(file, task, sizeof task);
    close(file);
    return length > 0 && task[0] >= '0' && task[0] <= '9';
}
#endif

int gitpatch_write_back(int descriptor) {
#if defined(__linux__) && defined(SYS_sync_file_range)
    struct statfs system;
    if (fstatfs(descriptor, &system) != 0) return -1;
    switch ((unsigned long)system.f_type) {
    case 0xEF53UL: if (!has_journal(descriptor)) return -1; break;
    case 0x58465342UL: break;
    default: return -1;
    }
    /* Before, write, after: see sync_file_range(2). */
    return syscall(SYS_sync_file_range, descriptor, 0L, 0L, 7) == 0 ? 0 : -1;
#else
    (void)descriptor;
    return -1;
#endif
}

void gitpatch_begin_write_back(int descriptor) {
#if defined(__linux__) && defined(SYS_sync_file_range)
    /* SYNC_FILE_RANGE_WRITE; a file system that cannot do it loses nothing. */
    syscall(SYS_sync_file_range, descriptor, 0L, 0L, 2);
#else
    (void)descriptor;
#endif
}
