/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the defaults, every flag, and the line for each mistake. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>

#include "exporter_options.h"

static struct options options;

static enum flags_result parse(const char *first, const char *second)
{
	log_init("rexmit-exporter", LOG_LEVEL_INFO);
	char *argv[] = {"rexmit-exporter", (char *)first, (char *)second, NULL};

	return exporter_options_parse(&options, 1 + (first != NULL) + (second != NULL), argv);
}

static void refuse(const char *first, const char *second, const char *line)
{
	cr_redirect_stderr();
	cr_assert_eq(parse(first, second), FLAGS_WRONG);
	fflush(stderr);
	cr_assert_stderr_eq_str(line);
}

Test(options, defaults)
{
	cr_assert_eq(parse(NULL, NULL), FLAGS_RUN);
	cr_assert_str_eq(options.collector_socket, "/run/rexmit/collector.sock");
	cr_assert_eq(options.listen_count, 1);
	cr_assert_str_eq(options.listen_addresses[0], "127.0.0.1:2112");
	cr_assert_eq(options.grouping.labels, (unsigned)GROUP_DEFAULT_LABELS);
	cr_assert_not(options.grouping.all_ports);
	cr_assert_eq(options.grouping.prefix4, 32);
	cr_assert_eq(options.grouping.prefix6, 128);
	cr_assert_eq(options.max_series, 10000);
	cr_assert_eq(options.idle_expiry_s, 3600);
	cr_assert_eq(options.collector_user, (uid_t)-1);
	cr_assert_not(options.created || options.exemplars);
	cr_assert_eq(options.log_level, LOG_LEVEL_INFO);
}

Test(options, each)
{
	cr_assert_eq(parse("--collector-socket", "/a"), FLAGS_RUN);
	cr_assert_str_eq(options.collector_socket, "/a");
	cr_assert_eq(parse("--web.listen-address=[::]:1", NULL), FLAGS_RUN);
	cr_assert_eq(options.listen_count, 1);
	cr_assert_str_eq(options.listen_addresses[0], "[::]:1");
	cr_assert_eq(parse("--web.listen-address=:1", "--web.listen-address=unix:/a"), FLAGS_RUN);
	cr_assert_eq(options.listen_count, 2);
	cr_assert_str_eq(options.listen_addresses[0], ":1");
	cr_assert_str_eq(options.listen_addresses[1], "unix:/a");
	cr_assert_eq(parse("--group-by=none", NULL), FLAGS_RUN);
	cr_assert_eq(options.grouping.labels, 0);
	cr_assert_eq(parse("--ports=all", NULL), FLAGS_RUN);
	cr_assert(options.grouping.all_ports);
	cr_assert_eq(parse("--ports=service", NULL), FLAGS_RUN);
	cr_assert_not(options.grouping.all_ports);
	cr_assert_eq(parse("--prefix4=0", NULL), FLAGS_RUN);
	cr_assert_eq(options.grouping.prefix4, 0);
	cr_assert_eq(parse("--prefix6=48", NULL), FLAGS_RUN);
	cr_assert_eq(options.grouping.prefix6, 48);
	cr_assert_eq(parse("--max-series=10000000", NULL), FLAGS_RUN);
	cr_assert_eq(options.max_series, 10000000);
	cr_assert_eq(parse("--log-level", "debug"), FLAGS_RUN);
	cr_assert_eq(options.log_level, LOG_LEVEL_DEBUG);
	cr_assert_eq(parse("--collector-user=1000", NULL), FLAGS_RUN);
	cr_assert_eq(options.collector_user, 1000);
}

Test(options, smallest_and_largest_numbers)
{
	static const char *const accepted[] = {"--collector-user=1", "--collector-user=4294967294",
		"--prefix4=0", "--prefix4=32", "--prefix6=0", "--prefix6=128", "--max-series=1"};
	static const char *const refused[] = {"--collector-user=0", "--collector-user=4294967295",
		"--prefix4=33", "--prefix6=129", "--max-series=0"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		cr_expect_eq(parse(accepted[i], NULL), FLAGS_RUN, "%s", accepted[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(parse(refused[i], NULL), FLAGS_WRONG, "%s", refused[i]);
}

Test(options, openmetrics)
{
	cr_assert_eq(parse("--openmetrics=exemplars", NULL), FLAGS_RUN);
	cr_assert(options.exemplars && !options.created);
	cr_assert_eq(parse("--openmetrics=created", NULL), FLAGS_RUN);
	cr_assert(options.created && !options.exemplars);
	cr_assert_eq(parse("--openmetrics=created,exemplars", NULL), FLAGS_RUN);
	cr_assert(options.created && options.exemplars);
}

Test(options, networks_file)
{
	cr_assert_eq(parse("--networks=/a", "--group-by=src_network,dst_network"), FLAGS_RUN);
	cr_assert_str_eq(options.networks_file, "/a");
	cr_assert_eq(parse("--ignore", "::1,127.0.0.0/8"), FLAGS_RUN);
	cr_assert_eq(options.ignored_count, 2);
}

Test(options, network_labels_need_a_file)
{
	refuse("--group-by=dst_network", NULL,
		"rexmit-exporter: --group-by src_network or dst_network needs --networks\n");
}

Test(options, ignore_line)
{
	refuse("--ignore=127.0.0.1/8", NULL,
		"rexmit-exporter: --ignore does not accept '127.0.0.1/8': give up to 64 networks, "
		"such as 127.0.0.0/8,::1, without bits past a prefix\n");
}

Test(options, durations)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} cases[] = {{"0", 0}, {"1", 1}, {"90s", 90}, {"30m", 1800}, {"1h", 3600}, {"7d", 604800},
		{"366d", 366 * 86400}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(parse("--idle-expiry", cases[i].text), FLAGS_RUN);
		cr_assert_eq(options.idle_expiry_s, cases[i].seconds, "%s", cases[i].text);
	}
}

Test(options, wrong_durations)
{
	static const char *const wrong[] = {"", "h", "-1", "+1", " 1", "1 h", "1hh", "1w", "1.5h",
		"367d", "99999999999999999999s", "31622401", "0x10"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(parse("--idle-expiry", wrong[i]), FLAGS_WRONG, "%s", wrong[i]);
}

Test(options, wrong_numbers)
{
	static const char *const wrong[] = {
		"", "0", "-1", "+1", " 1", "1 ", "1k", "10000001", "18446744073709551617", "1e3"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(parse("--max-series", wrong[i]), FLAGS_WRONG, "%s", wrong[i]);
}

Test(options, max_series_line)
{
	refuse("--max-series", "many",
		"rexmit-exporter: --max-series does not accept 'many': "
		"give a number from 1 to 10000000\n");
}

Test(options, prefix_line)
{
	refuse("--prefix4=33", NULL,
		"rexmit-exporter: --prefix4 does not accept '33': give a number from 0 to 32\n");
}

Test(options, label_line)
{
	refuse("--group-by=dst_ip,port,cause", NULL,
		"rexmit-exporter: --group-by does not accept 'port': give none, or some of "
		"ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role,uid,pod_uid,"
		"container_id,unit,process,src_network,dst_network\n");
}

Test(options, unknown_line)
{
	refuse("--frobnicate", NULL,
		"rexmit-exporter: '--frobnicate' is not a flag; see rexmit-exporter --help\n");
}

Test(options, operand_line)
{
	refuse("start", NULL,
		"rexmit-exporter: 'start' is not a flag; see rexmit-exporter --help\n");
}

Test(options, missing_value_line)
{
	refuse("--max-series", NULL,
		"rexmit-exporter: --max-series needs a value; see rexmit-exporter --help\n");
}

Test(options, no_flag_takes_an_empty_value)
{
	static const char *const flags[] = {"--collector-socket", "--web.listen-address",
		"--web.config.file", "--group-by", "--ports", "--prefix4", "--prefix6",
		"--networks", "--ignore", "--max-series", "--idle-expiry", "--state-file",
		"--openmetrics", "--format", "--seccomp", "--log-level"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		cr_assert_eq(parse(flags[i], ""), FLAGS_WRONG, "%s ''", flags[i]);
}

Test(options, empty_value_line)
{
	refuse("--state-file=", NULL,
		"rexmit-exporter: --state-file needs a value; see rexmit-exporter --help\n");
}

Test(options, only_addresses_may_be_given_twice)
{
	static const char *const flags[] = {"--collector-socket=/a", "--web.config.file=/a",
		"--web.host-names=a", "--web.disable-page", "--web.disable-events",
		"--group-by=none", "--ports=all", "--prefix4=8", "--prefix6=8", "--networks=/a",
		"--ignore=::1", "--max-series=8", "--idle-expiry=8", "--state-file=/a",
		"--openmetrics=created", "--print-events", "--format=json", "--allow-root",
		"--seccomp=kill", "--log-level=info"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		cr_assert_eq(parse(flags[i], NULL), FLAGS_RUN, "%s", flags[i]);
		cr_assert_eq(parse(flags[i], flags[i]), FLAGS_WRONG, "%s twice", flags[i]);
	}
}

Test(options, twice_line)
{
	refuse("--max-series=1", "--max-series=2",
		"rexmit-exporter: --max-series may be given only once\n");
}

Test(options, short_line)
{
	refuse("-v", NULL, "rexmit-exporter: '-v' is not a flag; see rexmit-exporter --help\n");
}

/* No abbreviation is accepted, because a new flag could make it ambiguous. */
Test(options, abbreviations)
{
	static const char *const wrong[] = {
		"--pre", "--print", "--max-serie=1", "--web", "--h", "--"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(parse(wrong[i], NULL), FLAGS_WRONG, "%s", wrong[i]);
}

Test(options, abbreviation_line)
{
	refuse("--max-serie", "1",
		"rexmit-exporter: '--max-serie' is not a flag; see rexmit-exporter --help\n");
}

Test(options, addresses)
{
	static const char *const wrong[] = {"", "localhost:2112", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "[::1:2112", "::1:2112",
		"1.2.3:1"};

	cr_redirect_stderr();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(parse("--web.listen-address", wrong[i]), FLAGS_WRONG, "%s", wrong[i]);
	cr_assert_eq(parse("--collector-socket=", NULL), FLAGS_WRONG);
}

Test(options, host_names_line)
{
	refuse("--web.host-names", "a:2112",
		"rexmit-exporter: --web.host-names does not accept 'a:2112': give names without a "
		"port, separated by commas, or *\n");
}

Test(options, address_line)
{
	refuse("--web.listen-address", "here",
		"rexmit-exporter: --web.listen-address does not accept 'here': give ADDRESS:PORT, "
		"[IPV6]:PORT, :PORT or "
		"unix:PATH\n");
}

Test(options, superfluous_value)
{
	refuse("--version=1", NULL,
		"rexmit-exporter: --version takes no value; see rexmit-exporter --help\n");
}

Test(options, help_fits_the_width_of_a_terminal)
{
	char text[8192], *line;
	int lines = 0;
	FILE *out;
	size_t n;

	cr_redirect_stdout();
	cr_assert_eq(parse("--help", NULL), FLAGS_DONE);
	fflush(stdout);
	out = cr_get_redirected_stdout();
	n = fread(text, 1, sizeof(text) - 1, out);
	text[n] = '\0';
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
		cr_assert_leq(strlen(line), 80, "%s", line);
	cr_assert_leq(lines, 30);
	cr_assert_geq(lines, 10);
}
