/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text/gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

/*
 * The fastest level. Higher levels save little, because expositions repeat the same labels. They
 * would block the event loop several times as long.
 */
#define LEVEL 1
#define WINDOW_BITS (15 + 16) /* the largest window, with a gzip header */
#define MEMORY_LEVEL 9

/*
 * Compresses all of `texts` into `buffer`, which is large enough, and frees them. Returns false on
 * failure.
 */
static bool deflate_all(
	z_stream *stream, struct text *texts, size_t count, char *buffer, size_t bound)
{
	stream->next_out = (Bytef *)buffer;
	stream->avail_out = (uInt)bound;
	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == count;
		int expected = last ? Z_STREAM_END : Z_OK;

		/* deflate() fails if it has nothing to do. */
		if (texts[i].length == 0 && !last)
			continue;
		stream->next_in = (Bytef *)texts[i].data;
		stream->avail_in = (uInt)texts[i].length;
		if (deflate(stream, last ? Z_FINISH : Z_NO_FLUSH) != expected)
			return false;
		text_deinit(&texts[i]);
	}
	return true;
}

int gzip_compress(struct text *texts, size_t count, char **out, size_t *length)
{
	z_stream stream = {0};
	size_t bound, total = 0;
	bool done;

	for (size_t i = 0; i < count; i++)
		total += texts[i].length;
	if (total > UINT_MAX / 2 || deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS,
					    MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	bound = deflateBound(&stream, total);
	*out = malloc(bound);
	done = *out && deflate_all(&stream, texts, count, *out, bound);
	*length = stream.total_out;
	deflateEnd(&stream);
	if (done)
		return 0;
	free(*out);
	return -ENOMEM;
}

int gzip_expand(const void *in, size_t length, void *out, size_t size)
{
	z_stream stream = {
		.next_in = (Bytef *)in,
		.avail_in = (uInt)length,
		.next_out = out,
		.avail_out = (uInt)size,
	};
	int r;

	if (inflateInit2(&stream, WINDOW_BITS) != Z_OK)
		return -ENOMEM;
	r = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return r == Z_STREAM_END && stream.total_out == size ? 0 : -EBADMSG;
}
