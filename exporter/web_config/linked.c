/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/load.h"

#include "http/guard.h"
#include "web_config/module.h"

int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[])
{
	(void)argv;
	return rexmit_web_config_open(guard, path, base, mode);
}
