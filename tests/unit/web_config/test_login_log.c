/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the log lines about refused logins, which other programs read, and their number. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

#include "common/log.h"
#include "web_config/login_log.h"

static struct login_log login_log;
static const struct http_peer v4 = {{[10] = 0xff, 0xff, 192, 0, 2, 1}},
			      v6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 5}};

static void start(void)
{
	log_init("test", LOG_LEVEL_WARNING);
	cr_redirect_stderr();
}

TestSuite(login_log, .init = start);

Test(login_log, names_the_address)
{
	login_log_refused(&login_log, &v4, 1000);
	login_log_refused(&login_log, &v6, 1000);
	cr_assert_stderr_eq_str("test: refused a wrong password from 192.0.2.1\n"
				"test: refused a wrong password from 2001:db8::5\n");
}

/* The log may have twenty lines at once. After that it has one line a second, with the number of
 * omitted lines. */
Test(login_log, is_limited)
{
	char wanted[4096] = "";

	for (int i = 0; i < 20; i++)
		strcat(wanted, "test: refused a wrong password from 192.0.2.1\n");
	strcat(wanted, "test: refused a wrong password from 2001:db8::5; "
		       "similar lines omitted before: 30\n"
		       "test: refused a wrong password from 192.0.2.1; "
		       "similar lines omitted before: 1\n");
	for (int i = 0; i < 50; i++)
		login_log_refused(&login_log, &v4, 1000);
	login_log_refused(&login_log, &v6, 1001);
	login_log_refused(&login_log, &v6, 1001);
	login_log_refused(&login_log, &v4, 1002);
	cr_assert_stderr_eq_str(wanted);
}
