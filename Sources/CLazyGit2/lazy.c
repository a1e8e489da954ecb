/* libgit2, loaded when it is first needed.
 *
 * A program linked against libgit2 loads it and fifteen libraries below it (TLS, SSH, Kerberos) at every start, which
 * takes longer than all the work of a small patch. Here each function of it that the suite calls is a jump through a
 * table, and the table is filled by the dynamic linker when the first repository is opened.
 *
 * Only on Linux: other systems link the library as usual and load it at the start. */
#include "clazygit2.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <dlfcn.h>
#include <git2/version.h>
#include <stddef.h>

#define NAME "libgit2.so." LIBGIT2_SOVERSION

/* Every function in use; one that is missing here is an error of the linker. */
#define EACH(DO) \
    DO(git_attr_get) DO(git_attr_value) DO(git_blob_free) DO(git_blob_lookup) \
    DO(git_blob_rawcontent) DO(git_blob_rawsize) DO(git_commit_author) DO(git_commit_committer) \
    DO(git_commit_free) DO(git_commit_lookup) DO(git_commit_message_encoding) \
    DO(git_commit_message_raw) DO(git_commit_parent_id) DO(git_commit_parentcount) \
    DO(git_commit_tree_id) DO(git_config_free) DO(git_config_get_bool) DO(git_config_get_int32) \
    DO(git_config_iterator_free) \
    DO(git_config_multivar_iterator_new) DO(git_config_next) DO(git_config_open_default) \
    DO(git_diff_free) DO(git_diff_get_delta) DO(git_diff_num_deltas) \
    DO(git_diff_tree_to_tree) DO(git_error_clear) DO(git_error_last) DO(git_error_set_str) \
    DO(git_graph_descendant_of) DO(git_index_conflict_iterator_free) \
    DO(git_index_conflict_iterator_new) DO(git_index_conflict_next) DO(git_index_free) \
    DO(git_index_has_conflicts) DO(git_index_write_tree_to) DO(git_libgit2_init) \
    DO(git_libgit2_opts) DO(git_mempack_new) DO(git_merge_bases) DO(git_merge_commits) \
    DO(git_merge_trees) DO(git_object_free) DO(git_object_id) DO(git_object_lookup) \
    DO(git_object_peel) DO(git_object_string2type) DO(git_object_type2string) DO(git_odb_add_backend) \
    DO(git_odb_backend_data_alloc) DO(git_odb_backend_data_free) DO(git_odb_free) DO(git_odb_hash) \
    DO(git_odb_init_backend) DO(git_odb_object_free) DO(git_odb_read_header) DO(git_odb_write) \
    DO(git_oid_fromraw) DO(git_oidarray_dispose) DO(git_patch_free) DO(git_patch_from_diff) \
    DO(git_patch_get_delta) DO(git_patch_print) \
    DO(git_repository_config_snapshot) \
    DO(git_repository_free) DO(git_repository_odb) DO(git_repository_open_ext) \
    DO(git_revparse_single) DO(git_revwalk_free) DO(git_revwalk_hide) DO(git_revwalk_new) \
    DO(git_revwalk_next) DO(git_revwalk_push) DO(git_revwalk_sorting) \
    DO(git_tree_entry_byindex) DO(git_tree_entry_bypath) DO(git_tree_entry_filemode_raw) \
    DO(git_tree_entry_free) DO(git_tree_entry_id) DO(git_tree_entry_name) DO(git_tree_entrycount) \
    DO(git_tree_free) DO(git_tree_lookup)

#define TABLE_ENTRY(name) __attribute__((visibility("hidden"))) void *gitpatch_entry_##name;
EACH(TABLE_ENTRY)

#if defined(__x86_64__)
#define JUMP(name) "jmpq *gitpatch_entry_" #name "(%rip)\n"
#else
#define JUMP(name) "adrp x16, gitpatch_entry_" #name "\nldr x16, [x16, :lo12:gitpatch_entry_" #name "]\nbr x16\n"
#endif
#define FUNCTION(name)                                                                               \
    __asm__(".text\n.balign 16\n.globl " #name "\n.hidden " #name "\n.type " #name ", %function\n" #name ":\n" \
            JUMP(name) ".size " #name ", . - " #name "\n");
EACH(FUNCTION)

static const struct {
    const char *name;
    void **entry;
} table[] = {
#define ROW(name) {#name, &gitpatch_entry_##name},
    EACH(ROW)};

static int is_loaded;

const char *gitpatch_load_libgit2(void) {
    if (is_loaded) return NULL;
    void *library = dlopen(NAME, RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) return dlerror();
    for (size_t row = 0; row < sizeof table / sizeof *table; row += 1) {
        *table[row].entry = dlsym(library, table[row].name);
        if (*table[row].entry == NULL) return dlerror();
    }
    is_loaded = 1;
    return NULL;
}

int gitpatch_libgit2_is_loaded(void) { return is_loaded; }

#else

const char *gitpatch_load_libgit2(void) { return 0; }
int gitpatch_libgit2_is_loaded(void) { return 1; }

#endif
