/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One request and its response: reads the request, checks its password, asks the handler, and sends
 * the response, at once or when there is room. An exchange changes the phase of its connection but
 * never closes it. Each function returns 0, or -ENOMEM if the connection must be freed.
 */
#ifndef REXMIT_HTTP_EXCHANGE_H
#define REXMIT_HTTP_EXCHANGE_H

#include "http/guard.h"

struct http_connection;

/* Parses the input received so far, and answers the request if it is complete. */
int http_exchange_read(struct http_connection *connection);
/* Continues with a complete request after its password was checked, or waits for the check. */
int http_exchange_decide(struct http_connection *connection, enum http_verdict verdict);
/* Serves the request, or waits if the output of other connections uses up the memory. */
int http_exchange_admit(struct http_connection *connection);
/*
 * Refuses a request with a 4xx or 5xx. No later request is read from this connection. `why` is
 * NULL, or a line that says what to do.
 */
int http_exchange_refuse(struct http_connection *connection, int status, const char *why);

#endif
