/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Accepts connections and keeps their number within the limit. */
#include <errno.h>

#include "http_server.h"

const struct http_limits http_default_limits = {
	.connections = 64,
	.request_seconds = 5,
	.response_seconds = 10,
	.idle_seconds = 60,
	.header_bytes = 8192,
	.output_bytes = 32 << 20,
};

int http_server_new(struct http_server **server, struct event_base *base, int listen_fd,
	const struct http_limits *limits, http_handler_cb handler, void *context)
{
	(void)server, (void)base, (void)listen_fd, (void)limits, (void)handler, (void)context;
	return -ENOSYS;
}

void http_server_free(struct http_server *server)
{
	(void)server;
}

const struct http_statistics *http_server_statistics(const struct http_server *server)
{
	(void)server;
	return NULL;
}
