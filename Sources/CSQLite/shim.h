#ifndef GITPATCH_CSQLITE_SHIM_H
#define GITPATCH_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/stat.h>

/* SQLITE_TRANSIENT is a cast macro, which Swift does not import. */
static inline int gitpatch_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}
static inline int gitpatch_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}

/* The last one to close a database leaves its log as it is. sqlite3_db_config takes a variable number of arguments, which
   Swift does not import. */
static inline int gitpatch_keep_log(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* The size of the header of a log (https://www.sqlite.org/fileformat2.html, section 4.1). */
#define GITPATCH_LOG_HEADER 32

/* A connection that may have made the log waits for the folder's names before its first commit, and SQLite believes that
   of every connection. It waits for header and names before it writes a frame; so where there is one, the name is on the
   disk, and the log is opened without the right to make it. */
static inline int gitpatch_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *opened) {
    sqlite3_vfs *system = (sqlite3_vfs *)vfs->pAppData;
    struct stat status;
    if ((flags & SQLITE_OPEN_WAL) && name && stat(name, &status) == 0 && status.st_size > GITPATCH_LOG_HEADER) {
        int found = system->xOpen(system, name, file, flags & ~SQLITE_OPEN_CREATE, opened);
        if (found == SQLITE_OK) { return found; }
    }
    return system->xOpen(system, name, file, flags, opened);
}

/* Makes the way to open files known to SQLite, under the name "gitpatch"; says whether that was possible. Call it once. */
static inline int gitpatch_register_files(void) {
    static sqlite3_vfs ours;
    sqlite3_vfs *system = sqlite3_vfs_find((const char *)0);
    if (!system) { return 0; }
    ours = *system;
    ours.pNext = (sqlite3_vfs *)0;
    ours.pAppData = system;
    ours.xOpen = gitpatch_open;
    ours.zName = "gitpatch";
    return sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
}

#endif
