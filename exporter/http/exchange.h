/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One request and its response: the request is read, its password judged, the handler asked, and
 * the answer put to the kernel, now or when there is room. An exchange moves its connection from
 * phase to phase but never closes it: each function returns 0, or -ENOMEM if the connection cannot
 * be answered and is to be freed.
 */
#ifndef REXMIT_HTTP_EXCHANGE_H
#define REXMIT_HTTP_EXCHANGE_H

#include "http/guard.h"

struct http_connection;

/* Reads on in what has come, and answers the request if that completes it. */
int http_exchange_read(struct http_connection *connection);
/* What becomes of a complete request, now that its password has been judged; or pends. */
int http_exchange_decide(struct http_connection *connection, enum http_verdict verdict);
/* Serves it now or, while the output of others fills the memory, later. */
int http_exchange_admit(struct http_connection *connection);
/*
 * Nothing after a request that is refused, with a 4xx or 5xx, is ever read as one. `why` is NULL, or
 * a line that says what to do.
 */
int http_exchange_refuse(struct http_connection *connection, int status, const char *why);

#endif
