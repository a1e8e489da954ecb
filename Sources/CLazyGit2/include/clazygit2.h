#ifndef GITPATCH_CLAZYGIT2_H
#define GITPATCH_CLAZYGIT2_H

/* Loads libgit2 unless it is loaded; before that none of its functions may be called. Not for two threads at once.
 * Returns NULL, or the words of the dynamic linker, valid until the next call. */
const char *gitpatch_load_libgit2(void);

/* Whether the library has been loaded: for tests of what does without it. */
int gitpatch_libgit2_is_loaded(void);

/* Waits until the content of a file has left for the disk, without waiting for the disk itself: a name that is given to
   the file afterwards is never there without the content. Only where the file system keeps that order: ext4 with a
   journal, and XFS, write their journal after what it refers to. -1 where nothing is known, and nothing was done. */
int gitpatch_write_back(int descriptor);

/* Sends the content of a file on its way to the disk and waits for nothing; whoever waits later waits less. */
void gitpatch_begin_write_back(int descriptor);

#endif
