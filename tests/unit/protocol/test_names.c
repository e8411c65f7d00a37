/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Dashboards and alerts use these names as values of labels, so the test has its own copy. */
#include <criterion/criterion.h>
#include <limits.h>

#include "protocol/codec.h"

static void check_names(const char *const *wanted, const char *(*name)(unsigned))
{
	unsigned value = 0;

	for (; wanted[value] != NULL; value++)
		cr_assert_str_eq(name(value), wanted[value], "value %u", value);
	cr_assert_str_eq(name(value), "invalid");
	cr_assert_str_eq(name(UINT_MAX), "invalid");
}

Test(names, cause)
{
	check_names((const char *[]){"none", "syn", "synack", "timeout", "slow_start", "fast",
			    "probe", "unknown", NULL},
		wire_cause_name);
}

Test(names, role)
{
	check_names((const char *[]){"invalid", "client", "server", NULL}, wire_role_name);
}

Test(names, scope)
{
	check_names((const char *[]){"host", "other", NULL}, wire_scope_name);
}

Test(names, reset)
{
	check_names((const char *[]){"sent", "received", NULL}, wire_reset_name);
}

Test(names, refusal)
{
	check_names(
		(const char *[]){"busy", "user", "protocol", "silent", NULL}, wire_refusal_name);
}

Test(names, program)
{
	check_names(
		(const char *[]){"inet_sock_set_state", "tcp_destroy_sock", "tcp_retransmit_synack",
			"tcp_retransmit_skb", "tcp_retransmit_skb_again", "tcp_send_reset",
			"tcp_receive_reset", NULL},
		wire_program_name);
}

static const char *error_name(unsigned error)
{
	return wire_error_name((enum wire_error)error);
}

Test(names, error)
{
	check_names((const char *[]){"ok", "length", "type", "magic", "version", "record_size",
			    "reserved", "enum", "value", "position", NULL},
		error_name);
}
