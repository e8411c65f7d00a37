/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The page at / and its files, compressed and embedded in the program by web/embed.py. */
#ifndef REXMIT_WEB_H
#define REXMIT_WEB_H

#include <stddef.h>

#include "http/handler.h"

struct web_file {
	const char *path, *content_type;
	size_t length, plain_length;
	const unsigned char *gzip;
};

/* The first file is "/". */
extern const unsigned web_file_count;
extern const struct web_file web_files[];

/* Answers with the file of the path, or with status 404. */
struct http_answer web_answer(const struct http_query *query);

#endif
