/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The page at / and the files that it needs. They are in the program, compressed; web/embed.py
 * writes them as C when it is built.
 */
#ifndef REXMIT_WEB_H
#define REXMIT_WEB_H

#include <stddef.h>

#include "http/handler.h"

struct web_file {
	const char *path, *content_type;
	size_t length, plain_length;
	const unsigned char *gzip;
};

/* The first is "/". */
extern const unsigned web_file_count;
extern const struct web_file web_files[];

/* `status` is 0 for a path that is none of theirs. */
struct http_answer web_answer(const struct http_query *query, struct evbuffer *body);

#endif
