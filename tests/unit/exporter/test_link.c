/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the longest path of a collector's socket, and the delays. tests/exporter/ tests the rest of the link. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/un.h>

#include "intake/link.h"

static struct timeval delay;
int __real_event_add(struct event *event, const struct timeval *timeout);
int __wrap_event_add(struct event *event, const struct timeval *timeout);

/* Notes the delay. The event happens at once. */
int __wrap_event_add(struct event *event, const struct timeval *timeout)
{
	delay = *timeout;
	return __real_event_add(event, &(struct timeval){0});
}

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

/* docs/protocol.md: at most 50 ms, then twice as long each time, up to 2 s. A random part spreads exporters. */
Test(link, connects_again_after_growing_delays)
{
	struct event_base *base = event_base_new();
	struct stream stream = {0};
	struct link *link;
	long ms, longest_ms = 50, below = 0;

	cr_assert_eq(link_new(&link, base, "/nowhere/collector.sock", 0, &stream), 0);
	for (int i = 0; i < 200; i++) {
		ms = delay.tv_sec * 1000 + delay.tv_usec / 1000;
		cr_assert(ms >= longest_ms / 2 && ms <= longest_ms, "%d: %ld ms", i, ms);
		below += ms < longest_ms * 3 / 4;
		longest_ms = longest_ms < 1000 ? longest_ms * 2 : 2000;
		event_base_loop(base, EVLOOP_ONCE);
	}
	cr_assert(below > 0 && below < 200, "%ld", below);
	link_free(link);
	event_base_free(base);
}
