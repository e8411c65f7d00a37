/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

static char missing_member[160]; /* of the last program that was refused */

const char *libbpf_log_missing_member(void)
{
	return *missing_member ? missing_member : NULL;
}

/* Parses a line such as "... [16] struct tcp_sock.total_retrans (0:1 @ offset 4)". */
static void note_missing_member(const char *line)
{
	const char *name = strstr(line, "failed to resolve CO-RE relocation ");
	size_t length;

	name = name ? strstr(name, "] ") : NULL;
	if (!name)
		return;
	name += strlen("] ");
	length = strcspn(name, "(");
	while (length && name[length - 1] == ' ')
		length--;
	snprintf(missing_member, sizeof(missing_member), "%.*s", (int)length, name);
}

/*
 * Writes each line of libbpf's message as a log line. The verifier's log has many lines.
 * vasprintf(3) is not used: up to glibc 2.36 it writes one byte too many if its realloc(3) fails.
 */
__attribute__((format(printf, 2, 0))) static int print_libbpf(
	enum libbpf_print_level level, const char *format, va_list args)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	va_list measured;
	int length;

	(void)level;
	va_copy(measured, args);
	length = vsnprintf(NULL, 0, format, measured);
	va_end(measured);
	text = length < 0 ? NULL : malloc((size_t)length + 1);
	if (!text)
		return 0;
	vsnprintf(text, (size_t)length + 1, format, args);
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (*line) {
			note_missing_member(line);
			log_debug("%s", line);
		}
	return 0;
}

void libbpf_log_init(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(print_libbpf);
}
