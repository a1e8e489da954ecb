#ifndef GITPATCH_CZLIB_SHIM_H
#define GITPATCH_CZLIB_SHIM_H

#include <zlib.h>

/* deflateInit and inflateInit are macros, which Swift does not import. */
static inline int gitpatch_deflate_init(z_stream *stream, int level) { return deflateInit(stream, level); }
static inline int gitpatch_inflate_init(z_stream *stream) { return inflateInit(stream); }

#endif
