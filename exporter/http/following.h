/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A connection that receives a feed. */
#ifndef REXMIT_HTTP_FOLLOWING_H
#define REXMIT_HTTP_FOLLOWING_H

#include <stdbool.h>

struct http_answer;
struct http_connection;

/*
 * Answers a complete request with the feed, or refuses the request if there are too many readers.
 * Returns 0, or -ENOMEM if the caller must free the connection.
 */
int http_following_begin(struct http_connection *connection, const struct http_answer *answer);

/* Whether bytes wait for the client. */
bool http_following_owes(const struct http_connection *connection);

/* Sets the next deadline. Returns false if the client has received nothing, although bytes wait. */
bool http_following_continues(struct http_connection *connection);

#endif
