/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The messages of libbpf, which this file writes in its place. */
#include <bpf/libbpf.h>
#include <stdarg.h>

#include "common/log.h"
#include "libbpf_log.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

static libbpf_print_fn_t print;

REPLACED_CALL(libbpf_print_fn_t, libbpf_set_print, (libbpf_print_fn_t function))
{
	print = function;
	return NULL;
}

FAILING_CALL(void *, NULL, malloc, (size_t size), (size))

static void setup(void)
{
	log_sink_use_pipe();
	log_init(NULL, LOG_LEVEL_DEBUG);
	libbpf_log_init();
}

TestSuite(libbpf_log, .init = setup);

__attribute__((format(printf, 1, 2))) static void write_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cr_assert_eq(print(LIBBPF_WARN, format, args), 0);
	va_end(args);
}

Test(libbpf_log, writes_each_line)
{
	write_message("first %d\n\nsecond\n", 1);
	log_sink_assert_line("first 1\n");
	log_sink_assert_line("second\n");
	log_sink_assert_silence();
	cr_assert_null(libbpf_log_missing_member());
}

Test(libbpf_log, finds_the_missing_member)
{
	write_message("prog 'rexmit_skb': BTF is there\n"
		      "prog 'rexmit_skb': relo #3: failed to resolve CO-RE relocation <byte_off> "
		      "[16] struct tcp_sock.total_retrans (0:1 @ offset 4)\nprocessed\n");
	cr_assert_str_eq(libbpf_log_missing_member(), "struct tcp_sock.total_retrans");
	write_message("failed to resolve CO-RE relocation <field_exists> [2] struct sock   \n");
	cr_assert_str_eq(libbpf_log_missing_member(), "struct sock");
}

/* Other formats, of other versions of libbpf, leave the last one. */
Test(libbpf_log, ignores_other_lines)
{
	write_message("failed to resolve CO-RE relocation [1] struct sock (0)\n");
	write_message("failed to resolve CO-RE relocation of something else\n");
	write_message("cannot resolve [2] struct other (0)\n");
	cr_assert_str_eq(libbpf_log_missing_member(), "struct sock");
	write_message("failed to resolve CO-RE relocation [3] (0)\n");
	cr_assert_null(libbpf_log_missing_member());
}

Test(libbpf_log, without_memory)
{
	failing_calls_set("malloc", 1, ENOMEM);
	write_message("lost\n");
	failing_calls_assert_made();
	log_sink_assert_silence();
}
