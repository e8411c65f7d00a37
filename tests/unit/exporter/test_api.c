/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which paths return a summary. */
#include <criterion/criterion.h>

#include "ui/api.h"

static struct history *history;

static struct http_answer answer_to(const char *path, const char *encoding, bool with_page)
{
	static struct api api;
	const struct http_query query = {.path = path, .accept_encoding = encoding};

	if (!history)
		cr_assert_eq(history_new(&history), 0);
	api_init(&api, &(struct api_sources){.history = with_page ? history : NULL});
	return api_answer(&api, &query);
}

/* There are two sources, because two clients may receive a summary at the same time. */
Test(api, summary_has_a_source)
{
	struct http_answer plain = answer_to("/api/v1/summary", "", true);
	struct http_answer packed = answer_to("/api/v1/summary", "gzip", true);

	cr_assert_eq(plain.status, 200);
	cr_assert_not_null(plain.source);
	cr_assert_null(plain.content_encoding);
	cr_assert_str_eq(packed.content_encoding, "gzip");
	cr_assert_neq(plain.source, packed.source);
	history_free(history);
}

Test(api, other_paths_are_not_found)
{
	cr_assert_eq(answer_to("/api/v1/summaries", "", true).status, 404);
	cr_assert_eq(answer_to("/api/v1/summary", "", false).status, 404);
	history_free(history);
}
