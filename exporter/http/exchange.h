/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * An exchange is one request and its response. These functions read the request, check its password,
 * call the handler, and send the response, at once or when there is room. They change the phase of
 * the connection but never close it. Each returns 0, or -ENOMEM if the connection must be freed.
 */
#ifndef REXMIT_HTTP_EXCHANGE_H
#define REXMIT_HTTP_EXCHANGE_H

#include "http/guard.h"

struct http_connection;

/* Parses the input received so far, and answers the request if it is complete. */
int http_exchange_read(struct http_connection *connection);
/* Continues with a complete request after the verdict on its password, or waits for the verdict. */
int http_exchange_decide(struct http_connection *connection, enum http_verdict verdict);
/* Serves the request, or waits if there is no room because of the bodies of other responses. */
int http_exchange_admit(struct http_connection *connection);
/*
 * Refuses a request with a 4xx or 5xx. No later request is read from this connection. `why` is a
 * line that explains the refusal, or NULL.
 */
int http_exchange_refuse(struct http_connection *connection, int status, const char *why);

#endif
