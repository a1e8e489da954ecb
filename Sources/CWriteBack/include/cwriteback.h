#ifndef CWRITEBACK_H
#define CWRITEBACK_H

/* Waits until the content of a file has left for the disk, without waiting for the disk itself: a name that is given to
   the file afterwards is never there without the content. Only where the file system keeps that order: ext4 with a
   journal, and XFS, write their journal after what it refers to. -1 where nothing is known, and nothing was done. */
int gitpatch_write_back(int descriptor);

/* Sends the content of a file on its way to the disk and waits for nothing; whoever waits later waits less. */
void gitpatch_begin_write_back(int descriptor);

#endif
