// fault-probe: runs a command and all its children under ptrace, numbers the system calls that change files, and at the
// N-th one kills the processes or lets the call fail. Tests use it to try every moment at which a command can die.
//
//   fault-probe [--kill N] [--who tree|caller|main] [--fail N] [--error ENOSPC] [--sticky] [--log FILE]
//               [--under DIR] [--serve NAME]... -- COMMAND ARGUMENT...
//
// --who      tree: every process but those of a server; caller: the process that makes the call; main: the command alone
// --fail     the N-th call that takes space fails; --sticky: it and all after it
// --under    calls on open files outside this folder do not count
// --serve    a program (and its children) that stands for another machine: it is neither counted nor killed
// The last line of standard error is `fault-probe: N calls, reached|not reached`; the exit status is the command's.

#if defined(__linux__)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#include <elf.h>
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "fault-probe knows x86_64 and aarch64"
#endif

// How the arguments of a call name what it changes: descriptors and paths by position, -1 for none.
struct call {
    int number;
    const char *name;
    int descriptor;
    int directory1, path1;
    int directory2, path2;
    int takes_space;
};

static const struct call calls[] = {
    {SYS_write, "write", 0, -1, -1, -1, -1, 1},
    {SYS_pwrite64, "pwrite64", 0, -1, -1, -1, -1, 1},
    {SYS_writev, "writev", 0, -1, -1, -1, -1, 1},
    {SYS_pwritev, "pwritev", 0, -1, -1, -1, -1, 1},
    {SYS_ftruncate, "ftruncate", 0, -1, -1, -1, -1, 1},
    {SYS_fallocate, "fallocate", 0, -1, -1, -1, -1, 1},
    {SYS_fsync, "fsync", 0, -1, -1, -1, -1, 1},
    {SYS_fdatasync, "fdatasync", 0, -1, -1, -1, -1, 1},
    {SYS_syncfs, "syncfs", 0, -1, -1, -1, -1, 1},
    {SYS_sync_file_range, "sync_file_range", 0, -1, -1, -1, -1, 1},
    {SYS_copy_file_range, "copy_file_range", 2, -1, -1, -1, -1, 1},
    {SYS_fchmod, "fchmod", 0, -1, -1, -1, -1, 0},
    {SYS_openat, "openat", -1, 0, 1, -1, -1, 1},
    {SYS_renameat2, "rename", -1, 0, 1, 2, 3, 1},
    {SYS_linkat, "link", -1, 0, 1, 2, 3, 1},
    {SYS_unlinkat, "unlink", -1, 0, 1, -1, -1, 0},
    {SYS_mkdirat, "mkdir", -1, 0, 1, -1, -1, 1},
    {SYS_symlinkat, "symlink", -1, -1, 0, 1, 2, 1},
    {SYS_fchmodat, "chmod", -1, 0, 1, -1, -1, 0},
    {SYS_utimensat, "utimens", -1, 0, 1, -1, -1, 0},
    {SYS_truncate, "truncate", -1, -1, 0, -1, -1, 1},
#if defined(SYS_renameat)
    {SYS_renameat, "rename", -1, 0, 1, 2, 3, 1},
#endif
#if defined(__x86_64__)
    {SYS_open, "openat", -1, -1, 0, -1, -1, 1},
    {SYS_creat, "creat", -1, -1, 0, -1, -1, 1},
    {SYS_rename, "rename", -1, -1, 0, -1, 1, 1},
    {SYS_link, "link", -1, -1, 0, -1, 1, 1},
    {SYS_unlink, "unlink", -1, -1, 0, -1, -1, 0},
    {SYS_rmdir, "unlink", -1, -1, 0, -1, -1, 0},
    {SYS_mkdir, "mkdir", -1, -1, 0, -1, -1, 1},
    {SYS_symlink, "symlink", -1, -1, 0, -1, 1, 1},
    {SYS_chmod, "chmod", -1, -1, 0, -1, -1, 0},
#endif
    {SYS_exit_group, "exit", -1, -1, -1, -1, -1, 0},
};
enum { call_count = sizeof calls / sizeof *calls };

enum who { tree, caller, main_only };

struct tracee {
    pid_t id;
    int is_server;
    const struct call *pending;  // The call whose result is to be logged.
    char text[3 * 4096];
};

static struct {
    long kill, fail;
    int error, sticky;
    enum who who;
    FILE *log;
    const char *under;
    const char *servers[8];
    int server_count;
} options;

static struct tracee *tracees;
static size_t tracee_count;
static pid_t main_process;
static long seen;
static int reached;

static struct tracee *find(pid_t id) {
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].id == id) return &tracees[i];
    tracees = realloc(tracees, (tracee_count + 1) * sizeof *tracees);
    if (!tracees) abort();
    memset(&tracees[tracee_count], 0, sizeof *tracees);
    tracees[tracee_count].id = id;
    return &tracees[tracee_count++];
}

static void forget(pid_t id) {
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].id == id) {
            tracees[i] = tracees[--tracee_count];
            return;
        }
}

static pid_t process_of(pid_t thread) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", thread);
    FILE *file = fopen(path, "r");
    if (!file) return thread;
    pid_t process = thread;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Tgid: %d", &process) == 1) break;
    fclose(file);
    return process;
}

// The folder or file behind a descriptor (or the current folder for -100), as a path.
static void path_of(pid_t id, int descriptor, char *path, size_t size) {
    char link[64];
    if (descriptor == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", id);
    else snprintf(link, sizeof link, "/proc/%d/fd/%d", id, descriptor);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
}

static void read_path(pid_t id, int directory, uint64_t address, char *path, size_t size) {
    char text[4096] = "";
    if (address) {
        char memory[64];
        snprintf(memory, sizeof memory, "/proc/%d/mem", id);
        int file = open(memory, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            ssize_t length = pread(file, text, sizeof text - 1, (off_t)address);
            text[length < 0 ? 0 : length] = 0;
            close(file);
        }
    }
    if (text[0] == '/') {
        snprintf(path, size, "%s", text);
        return;
    }
    char folder[4096];
    path_of(id, directory, folder, sizeof folder);
    if (address) snprintf(path, size, "%s/%s", folder, text);
    else snprintf(path, size, "%s", folder);
}

static int is_inside(const char *path) {
    if (!options.under) return path[0] == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0;
    return strncmp(path, options.under, strlen(options.under)) == 0;
}

static int argument(const struct __ptrace_syscall_info *info, int position) {
    return position < 0 ? AT_FDCWD : (int)info->seccomp.args[position];
}

// Whether the call changes a file that counts; describes it in `text`.
static int counts(pid_t id, const struct call *call, const struct __ptrace_syscall_info *info, char *text, size_t size) {
    char first[4096] = "", second[4096] = "";
    if (call->number == SYS_exit_group) {
        snprintf(text, size, "%s\t\t", call->name);
        return process_of(id) != main_process;
    }
    if (call->descriptor >= 0) {
        path_of(id, argument(info, call->descriptor), first, sizeof first);
    } else {
        read_path(id, argument(info, call->directory1), info->seccomp.args[call->path1], first, sizeof first);
        if (call->path2 >= 0)
            read_path(id, argument(info, call->directory2), info->seccomp.args[call->path2], second, sizeof second);
    }
    if (strcmp(call->name, "openat") == 0) {
        uint64_t flags = info->seccomp.args[call->path1 + 1];
        if (!(flags & (O_CREAT | O_TRUNC))) return 0;
        struct stat status;
        snprintf(text, size, "%s\t%s\t", stat(first, &status) ? "create" : flags & O_TRUNC ? "empty" : "open", first);
    } else {
        snprintf(text, size, "%s\t%s\t%s", call->name, first, second);
    }
    return is_inside(first) || (second[0] && is_inside(second));
}

static void strike(pid_t id) {
    reached = 1;
    pid_t process = process_of(id);
    for (size_t i = 0; i < tracee_count; i++) {
        if (tracees[i].is_server) continue;
        pid_t other = process_of(tracees[i].id);
        if (options.who == caller && other != process) continue;
        if (options.who == main_only && other != main_process) continue;
        kill(other, SIGKILL);
    }
}

// Makes the call that is about to begin return an error instead.
static void refuse(pid_t id) {
    reached = 1;
#if defined(__x86_64__)
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, id, 0, &registers)) return;
    registers.orig_rax = (unsigned long long)-1;
    registers.rax = (unsigned long long)-options.error;
    ptrace(PTRACE_SETREGS, id, 0, &registers);
#else
    int none = -1;
    struct iovec number = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, id, NT_ARM_SYSTEM_CALL, &number);
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, id, NT_PRSTATUS, &all)) return;
    registers.regs[0] = (unsigned long long)-options.error;
    ptrace(PTRACE_SETREGSET, id, NT_PRSTATUS, &all);
#endif
}

static const struct call *call_of(uint64_t number) {
    for (int i = 0; i < call_count; i++)
        if ((uint64_t)calls[i].number == number) return &calls[i];
    return NULL;
}

// Looks at a call before it begins; whether its result is wanted.
static int before(struct tracee *tracee) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->id, sizeof info, &info) <= 0) return 0;
    const struct call *call = call_of(info.seccomp.nr);
    if (!call || tracee->is_server) return 0;
    if (options.fail && !call->takes_space) return 0;
    if (!counts(tracee->id, call, &info, tracee->text, sizeof tracee->text)) return 0;
    seen++;
    tracee->pending = call;
    if (options.kill && seen == options.kill) strike(tracee->id);
    if (options.fail && (seen == options.fail || (options.sticky && seen > options.fail))) refuse(tracee->id);
    return options.log && strcmp(call->name, "exit") != 0;
}

static void after(struct tracee *tracee) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->id, sizeof info, &info) <= 0) return;
    fprintf(options.log, "%d\t%s\t%lld\n", process_of(tracee->id), tracee->text, (long long)info.exit.rval);
}

// A process that is an executable of a server stands for another machine, with all its children.
static void look_at_program(struct tracee *tracee) {
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", tracee->id);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, line, sizeof line - 1);
    close(file);
    for (ssize_t i = 0; i + 1 < length; i++)
        if (!line[i]) line[i] = ' ';
    for (int i = 0; i < options.server_count; i++)
        if (strncmp(line, options.servers[i], strlen(options.servers[i])) == 0) tracee->is_server = 1;
}

static void install_filter(void) {
    struct sock_filter filter[2 * call_count + 4];
    int size = 0;
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < call_count; i++) {
        filter[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
        filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)size, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        perror("fault-probe: seccomp");
        _exit(69);
    }
}

static int follow(void) {
    int result = 70;
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) {
            if (errno == EINTR) continue;
            return result;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (id == main_process) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            forget(id);
            continue;
        }
        struct tracee *tracee = find(id);
        int event = status >> 16, number = WSTOPSIG(status);
        int wants_result = 0, deliver = 0;
        if (event == PTRACE_EVENT_SECCOMP) {
            wants_result = before(tracee);
        } else if (event == PTRACE_EVENT_EXEC) {
            look_at_program(tracee);
        } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
            unsigned long made = 0;
            int is_server = tracee->is_server;
            if (!ptrace(PTRACE_GETEVENTMSG, id, 0, &made)) find((pid_t)made)->is_server = is_server;
        } else if (event == PTRACE_EVENT_STOP) {
            if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU) {
                ptrace(PTRACE_LISTEN, id, 0, 0);
                continue;
            }
        } else if (number == (SIGTRAP | 0x80)) {
            if (tracee->pending) after(tracee);
            tracee->pending = NULL;
        } else {
            deliver = number;
        }
        ptrace(wants_result ? PTRACE_SYSCALL : PTRACE_CONT, id, 0, deliver);
    }
}

static int error_named(const char *name) {
    if (strcmp(name, "EIO") == 0) return EIO;
    if (strcmp(name, "EDQUOT") == 0) return EDQUOT;
    if (strcmp(name, "EACCES") == 0) return EACCES;
    return ENOSPC;
}

int main(int count, char **words) {
    int next = 1;
    options.error = ENOSPC;
    for (; next < count && strcmp(words[next], "--") != 0; next++) {
        const char *name = words[next];
        if (strcmp(name, "--sticky") == 0) {
            options.sticky = 1;
            continue;
        }
        const char *value = next + 1 < count ? words[++next] : "";
        if (strcmp(name, "--kill") == 0) options.kill = atol(value);
        else if (strcmp(name, "--fail") == 0) options.fail = atol(value);
        else if (strcmp(name, "--error") == 0) options.error = error_named(value);
        else if (strcmp(name, "--under") == 0) options.under = value;
        else if (strcmp(name, "--log") == 0) options.log = fopen(value, "we");
        else if (strcmp(name, "--serve") == 0 && options.server_count < 8)
            options.servers[options.server_count++] = value;
        else if (strcmp(name, "--who") == 0)
            options.who = strcmp(value, "caller") == 0 ? caller : strcmp(value, "main") == 0 ? main_only : tree;
        else {
            fprintf(stderr, "fault-probe: unknown option '%s'\n", name);
            return 64;
        }
    }
    if (next + 1 >= count) {
        fprintf(stderr, "fault-probe: no command\n");
        return 64;
    }
    main_process = fork();
    if (main_process < 0) return 70;
    if (main_process == 0) {
        raise(SIGSTOP);
        install_filter();
        execvp(words[next + 1], words + next + 1);
        perror("fault-probe: cannot start the command");
        _exit(69);
    }
    int status;
    waitpid(main_process, &status, WUNTRACED);
    long wanted = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE
        | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, main_process, 0, wanted)) {
        perror("fault-probe: ptrace");
        kill(main_process, SIGKILL);
        return 69;
    }
    find(main_process);
    kill(main_process, SIGCONT);
    int result = follow();
    if (options.log) fclose(options.log);
    fprintf(stderr, "fault-probe: %ld calls, %s\n", seen, reached ? "reached" : "not reached");
    return result;
}
#else
#include <stdio.h>

int main(void) {
    fprintf(stderr, "fault-probe: needs Linux\n");
    return 69;
}
#endif
