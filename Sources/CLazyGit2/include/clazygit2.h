#ifndef GITPATCH_CLAZYGIT2_H
#define GITPATCH_CLAZYGIT2_H

/* Loads libgit2 unless it is loaded; before that none of its functions may be called. Not for two threads at once.
 * Returns NULL, or the words of the dynamic linker, valid until the next call. */
const char *gitpatch_load_libgit2(void);

/* Whether the library has been loaded: for tests of what does without it. */
int gitpatch_libgit2_is_loaded(void);

#endif
