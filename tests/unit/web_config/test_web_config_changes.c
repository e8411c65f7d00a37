/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which changes of a web configuration withdraw a permission. */
#include <criterion/criterion.h>

#include "support/web_config_fixture.h"

static struct web_config before;

static void forget(void)
{
	web_config_deinit(&before);
	web_config_deinit(&config);
}

static void change(const char *from, const char *to)
{
	forget();
	accept_text(from);
	before = config;
	accept_text(to);
}

Test(web_config_changes, finds_withdrawn_permissions)
{
	static const char a[] = "basic_auth_users:\n  a: " HASH "\n",
			  a_and_b[] = "basic_auth_users:\n  b: " HASH "\n  a: " HASH "\n",
			  other_a[] = "basic_auth_users:\n  a: $2y$10$" SALTED "T\n",
			  some[] = TLS
			  "  client_ca_file: c\n  client_auth_type: VerifyClientCertIfGiven\n",
			  every[] = TLS
			  "  client_ca_file: c\n  client_auth_type: RequireAndVerifyClientCert\n",
			  another[] = TLS
			  "  client_ca_file: d\n  client_auth_type: VerifyClientCertIfGiven\n",
			  named[] = TLS
			  "  client_ca_file: c\n  client_auth_type: VerifyClientCertIfGiven\n"
			  "  client_allowed_sans: [x]\n";

	change(a, a_and_b);
	cr_assert_not(web_config_removes_user(&before, &config));
	change(a_and_b, a);
	cr_assert(web_config_removes_user(&before, &config));
	change(a, other_a);
	cr_assert(web_config_removes_user(&before, &config));
	change(some, some);
	cr_assert_not(web_config_changes_clients(&before, &config));
	change(some, every);
	cr_assert(web_config_changes_clients(&before, &config));
	change(some, another);
	cr_assert(web_config_changes_clients(&before, &config));
	change(some, named);
	cr_assert(web_config_changes_clients(&before, &config));
	forget();
}
