/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text/output.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>

#include "text/gzip.h"

static void free_cb(const void *data, size_t length, void *context)
{
	(void)length, (void)context;
	free((void *)data);
}

/* On success, `body` owns the data, and `*data` becomes NULL. */
static int output_data(struct evbuffer *body, char **data, size_t length)
{
	if (length == 0)
		return 0;
	if (evbuffer_add_reference(body, *data, length, free_cb, NULL))
		return -ENOMEM;
	*data = NULL;
	return 0;
}

static int output_gzip(struct evbuffer *body, struct text *texts, size_t count)
{
	char *data;
	size_t length;
	int r = gzip_compress(texts, count, &data, &length);

	if (r < 0)
		return r;
	r = output_data(body, &data, length);
	free(data);
	return r;
}

int output_texts(struct evbuffer *body, struct text *texts, size_t count, bool gzip)
{
	int r = 0;

	if (gzip)
		return output_gzip(body, texts, count);
	for (size_t i = 0; i < count && r == 0; i++)
		r = output_data(body, &texts[i].data, texts[i].length);
	return r;
}
