#ifndef GITPATCH_CGIT2_SHIM_H
#define GITPATCH_CGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/index.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h> /* since 1.8; before, git2.h declares the same */
#endif

#if LIBGIT2_VER_MAJOR != 1 || LIBGIT2_VER_MINOR < 5
#error "libgit2 1.5 or newer is needed (and nothing from 2.0 on)"
#endif

/* git_libgit2_opts is variadic, which Swift cannot call: one inline function per option in use. */
static inline int gitpatch_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}
static inline int gitpatch_enable_strict_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}
static inline int gitpatch_enable_fsync_gitdir(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}
static inline int gitpatch_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
static inline int gitpatch_set_extensions(const char **names, size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, count);
}

/* Packs are asked first, then an object backend of ours, then libgit2's loose objects. */
static inline int gitpatch_set_odb_priorities(int packed, int loose) {
    int status = git_libgit2_opts(GIT_OPT_SET_ODB_PACKED_PRIORITY, packed);
    return status < 0 ? status : git_libgit2_opts(GIT_OPT_SET_ODB_LOOSE_PRIORITY, loose);
}

/* An object backend of ours and what it works with. */
typedef struct {
    git_odb_backend parent;
    void *payload;
} gitpatch_backend;

/* The 20 bytes of an object id: the struct's layout differs between builds of libgit2, its `id` field does not. */
static inline const unsigned char *gitpatch_oid_bytes(const git_oid *oid) { return oid->id; }
static inline void gitpatch_oid_set(git_oid *oid, const unsigned char *bytes) { git_oid_fromraw(oid, bytes); }

/* Initialisers that are macros in C. */
static inline git_merge_options gitpatch_merge_options(void) {
    git_merge_options options = GIT_MERGE_OPTIONS_INIT;
    return options;
}
static inline git_diff_options gitpatch_diff_options(void) {
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    return options;
}

#endif
