/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "invariant.h"

#include "log.h"

void invariant_fail(const char *file, int line, const char *text)
{
	log_error("%s:%d: assertion failed: %s; this is a bug of rexmit, please report it", file,
		line, text);
	__builtin_trap();
}
