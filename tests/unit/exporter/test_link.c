/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the longest path of a collector's socket. tests/exporter/ tests the rest of the link. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/un.h>

#include "intake/link.h"

Test(link, refuses_a_path_that_is_too_long)
{
	char path[sizeof((struct sockaddr_un){0}.sun_path) + 1] = "/nowhere/";
	struct event_base *base = event_base_new();
	struct stream stream = {0};
	struct link *link;

	memset(path + strlen("/nowhere/"), 'a', sizeof(path) - 1 - strlen("/nowhere/"));
	cr_assert_eq(link_new(&link, base, path, 0, &stream), -ENAMETOOLONG);
	path[sizeof(path) - 2] = '\0';
	cr_assert_eq(link_new(&link, base, path, 0, &stream), 0);
	cr_assert_eq(link_state(link), LINK_DOWN);
	cr_assert(strstr(link_describe(link), strerror(ENOENT)));
	link_free(link);
	event_base_free(base);
}
