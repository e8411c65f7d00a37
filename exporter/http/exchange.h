/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * An exchange is one request and its response. These functions never close the connection. Each
 * returns 0, or a negative errno if the caller must free it.
 */
#ifndef REXMIT_HTTP_EXCHANGE_H
#define REXMIT_HTTP_EXCHANGE_H

#include "http/guard.h"

struct http_connection;

#define HTTP_NO_MEMORY "There is no memory for the response. Try again."

/* Parses the input that has arrived. Answers the request if it is complete. */
int http_exchange_read(struct http_connection *connection);
/* Continues with a complete request, by the verdict on its password. With HTTP_PENDING, waits. */
int http_exchange_decide(struct http_connection *connection, enum http_verdict verdict);
/* Serves the request. If there is no room for its body, the request waits. */
int http_exchange_admit(struct http_connection *connection);
/*
 * Refuses a request with status 4xx or 5xx. The connection reads no other request. `why` is a line
 * that explains the refusal, or NULL.
 */
int http_exchange_refuse(struct http_connection *connection, int status, const char *why);

#endif
