/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "sandbox.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "array.h"
#include "log.h"

int sandbox_mode_parse(const char *name, enum sandbox_mode *mode)
{
	static const char *const names[] = {
		[SANDBOX_KILL] = "kill",
		[SANDBOX_LOG] = "log",
		[SANDBOX_OFF] = "off",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*mode = (enum sandbox_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int install(uint32_t otherwise, const struct sandbox_rule *rules, size_t n)
{
	/* In any mode, calls of another architecture kill the process: libseccomp's default. */
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call,
			rules[i].conditions, rules[i].condition);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return r;
}

int sandbox_enter(enum sandbox_mode mode, const struct sandbox_rule *rules, size_t n)
{
	int r;

	if (mode == SANDBOX_OFF) {
		log_warning("running without a system call filter, because of --seccomp off");
		return 0;
	}
	r = install(mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS, rules, n);
	if (r)
		log_error("cannot install the system call filter: %s", strerror(-r));
	return r;
}
