/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which addresses of exporters --url accepts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "terminal/target.h"

static void accepts(const char *text, const char *host, const char *port, const char *prefix)
{
	struct target target;

	cr_assert_eq(target_parse(&target, text), 0, "%s", text);
	cr_assert_null(target.socket);
	cr_assert_str_eq(target.host, host);
	cr_assert_str_eq(target.port, port);
	cr_assert_str_eq(target.prefix, prefix);
}

Test(target, http)
{
	accepts("http://127.0.0.1:2112", "127.0.0.1", "2112", "");
	accepts("http://host", "host", "2112", "");
	accepts("http://host:80/", "host", "80", "");
	accepts("http://host/rexmit", "host", "2112", "/rexmit");
	accepts("http://[2001:db8::1]:81/a/b", "2001:db8::1", "81", "/a/b");
	accepts("http://[::1]", "::1", "2112", "");
}

Test(target, unix_socket)
{
	struct target target;

	cr_assert_eq(target_parse(&target, "unix:/run/a.sock"), 0);
	cr_assert_str_eq(target.socket, "/run/a.sock");
}

Test(target, refuses_invalid_addresses)
{
	static const char *const wrong[] = {"", "host", "host:2112", "https://host", "http://",
		"http://:80", "http://host:", "http://host:x", "http://host:123456", "http://[::1",
		"http://[]", "http://[::1]x", "http://host:80x", "http://host/a b", "unix:"};
	struct target target;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(target_parse(&target, wrong[i]), -EINVAL, "%s", wrong[i]);
}
