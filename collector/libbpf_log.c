/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

/*
 * A message of libbpf may be the verifier's whole log; each of its lines becomes a log line. Not
 * vasprintf(3): up to glibc 2.36 it writes one byte too many if its realloc(3) fails.
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
		if (*line)
			log_debug("%s", line);
	return 0;
}

void libbpf_log_init(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(print_libbpf);
}
