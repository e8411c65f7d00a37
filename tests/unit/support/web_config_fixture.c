/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/web_config_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct web_config config;
char error[WEB_ERROR_SIZE];

int read_text(const char *text)
{
	char name[] = "/tmp/rexmit-web-config-XXXXXX";
	int fd = mkstemp(name), r;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = web_config_read(&config, name, error);
	unlink(name);
	return r;
}

void accept_text(const char *text)
{
	cr_assert_eq(read_text(text), 0, "%s: %s", text, error);
}
