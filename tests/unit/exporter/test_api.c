/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* When the summary is not written. */
#include <criterion/criterion.h>
#include <event2/buffer.h>

#include "ui/api.h"

static int status_of(const char *path, bool crowded, bool with_page)
{
	const struct http_query query = {.path = path, .accept_encoding = "", .crowded = crowded};
	struct history *history = NULL;
	struct api api = {0};
	struct evbuffer *body = evbuffer_new();
	int status;

	if (with_page)
		cr_assert_eq(history_new(&history), 0);
	api.history = history;
	status = api_answer(&api, &query, body).status;
	cr_assert_eq(evbuffer_get_length(body), 0);
	history_free(history);
	evbuffer_free(body);
	return status;
}

Test(api, summary_waits_for_room)
{
	cr_assert_eq(status_of("/api/v1/summary", true, true), HTTP_ANSWER_LATER);
}

/* A request for a missing resource is refused at once. */
Test(api, nothing_else_waits)
{
	cr_assert_eq(status_of("/api/v1/summaries", true, true), 0);
	cr_assert_eq(status_of("/api/v1/summary", true, false), 0);
}
