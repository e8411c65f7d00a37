/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the file of --networks: the accepted texts, the line for each mistake, and reloads. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "counts/network_names.h"
#include "support/exporter_events.h"
#include "support/failing_calls.h"

FAILING_CALL(
	FILE *, NULL, fmemopen, (void *memory, size_t size, const char *mode), (memory, size, mode))

static char path[] = "/tmp/rexmit-networks-XXXXXX";
static struct network_names *networks;
static struct names *names;
static struct table *table;

static void setup(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	log_init("rexmit-exporter", LOG_LEVEL_INFO);
	cr_assert_eq(table_new(&table, NULL, 10), 0);
	cr_assert_eq(names_new(&names, NULL, table), 0);
}

static void teardown(void)
{
	network_names_free(networks);
	names_free(names);
	table_free(table);
	unlink(path);
}

TestSuite(network_names, .init = setup, .fini = teardown);

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Returns "NAME, NAME" of the local and the remote network. */
static const char *found(const char *local, const char *remote)
{
	struct wire_event event = event_make(local, 1, remote, 2, WIRE_CAUSE_FAST, 1);
	static char text[2 * NAME_SIZE + 2];
	union group_key key = {0};

	network_names_find(networks, &event, &key.names);
	snprintf(text, sizeof(text), "%s, %s", group_name(names, &key, GROUP_SRC_NETWORK),
		group_name(names, &key, GROUP_DST_NETWORK));
	return text;
}

/* Checks that the file is refused with this line, in which PATH is its path. */
static void refuse(const char *text, const char *line)
{
	char wanted[512];

	put(text);
	snprintf(wanted, sizeof(wanted),
		"rexmit-exporter: cannot use line %.*s of the networks "
		"file %s: %s\n",
		(int)strcspn(line, " "), line, path, strchr(line, ' ') + 1);
	cr_redirect_stderr();
	cr_assert_lt(network_names_new(&networks, path, names), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str(wanted);
}

Test(network_names, names_of_networks)
{
	put("# our networks\n\n10.0.0.0/8  office\r\n\t10.9.0.0/16\tvpn \n  # a comment\n"
	    "2001:db8::/32 office\n192.0.2.7 printer/3~'<&");
	cr_assert_eq(network_names_new(&networks, path, names), 0);
	cr_assert_str_eq(found("10.1.2.3", "10.9.1.1"), "office, vpn");
	cr_assert_str_eq(found("2001:db8::1", "2001:db9::1"), "office, other");
	cr_assert_str_eq(found("192.0.2.8", "192.0.2.7"), "other, printer/3~'<&");
}

Test(network_names, an_empty_file)
{
	put("");
	cr_assert_eq(network_names_new(&networks, path, names), 0);
	cr_assert_str_eq(found("10.1.2.3", "10.9.1.1"), "other, other");
}

Test(network_names, reload_keeps_the_networks_after_a_mistake)
{
	put("10.0.0.0/8 office\n");
	cr_assert_eq(network_names_new(&networks, path, names), 0);
	put("10.0.0.0/9 east\n10.128.0.0/9 west\n");
	cr_redirect_stderr();
	network_names_reload(networks);
	cr_assert_str_eq(found("10.1.2.3", "10.200.1.1"), "east, west");
	/* The last valid networks remain after an invalid file, and after a missing file. */
	put("10.0.0.0/8\n");
	network_names_reload(networks);
	unlink(path);
	network_names_reload(networks);
	cr_assert_str_eq(found("10.1.2.3", "10.200.1.1"), "east, west");
}

/* Writes networks 10.0.0.0/24, 10.0.1.0/24, ... with names that no other file has. */
static void put_many(int file_number)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	for (int i = 0; i < NETWORKS_LIMIT; i++)
		fprintf(file, "10.%d.%d.0/24 name-%d-%d\n", i / 256, i % 256, file_number, i);
	fclose(file);
}

/* The files together have more names than there is room for. A name that no network has any more
 * is forgotten. */
Test(network_names, reloads_forget_old_names)
{
	log_init("rexmit-exporter", LOG_LEVEL_ERROR);
	put_many(0);
	cr_assert_eq(network_names_new(&networks, path, names), 0);
	for (int number = 1; number < 8; number++) {
		put_many(number);
		network_names_reload(networks);
	}
	cr_assert_str_eq(found("10.39.15.3", "10.0.0.9"), "name-7-9999, name-7-0");
}

/* Uses places that cgroups may have. A reload needs places for the old and the new names. */
Test(network_names, a_reload_may_lack_places)
{
	char text[32], lines[512];

	put_many(0);
	cr_assert_eq(network_names_new(&networks, path, names), 0);
	for (int i = NETWORKS_LIMIT + 2; i < NAMES - NETWORKS_LIMIT / 2; i++)
		names_hold(names, text, (size_t)snprintf(text, sizeof(text), "/%d", i));
	names_commit(names);
	put_many(1);
	cr_redirect_stderr();
	network_names_reload(networks);
	cr_assert_str_eq(found("10.39.15.3", "10.0.0.9"), "unknown, name-1-0");
	fflush(stderr);
	snprintf(lines, sizeof(lines),
		"rexmit-exporter: read 10000 networks from %s\n"
		"rexmit-exporter: 5000 networks of %s are called \"unknown\": there are too many "
		"names at once; send SIGHUP again\n",
		path, path);
	cr_assert_stderr_eq_str(lines);
}

Test(network_names, a_network_without_a_name)
{
	refuse("10.0.0.0/8 a\n10.1.0.0/16\n", "2 write a network and a name, separated by a blank");
}

Test(network_names, two_names)
{
	refuse("10.0.0.0/8 a b\n", "1 write a network and a name, separated by a blank");
}

Test(network_names, a_line_without_a_network)
{
	refuse("\n\nlocalhost a\n", "3 write the network like 192.0.2.0/24 or 2001:db8::/32");
}

Test(network_names, bits_past_the_prefix)
{
	refuse("10.0.0.1/8 a\n", "1 the address has bits past the prefix");
}

Test(network_names, the_same_network_twice)
{
	refuse("10.0.0.0/8 a\n::1 b\n10.0.0.0/8 a\n", "3 line 1 has the same network");
}

Test(network_names, odd_names)
{
	refuse("10.0.0.0/8 \"a\"\n", "1 a name is printable ASCII without blanks, \" and \\");
}

Test(network_names, the_reserved_name_overflow)
{
	refuse("10.0.0.0/8 overflow\n", "1 the name overflow has another meaning");
}

Test(network_names, a_long_name)
{
	refuse("10.0.0.0/8 "
	       "0123456789012345678901234567890123456789012345678901234567890123\n",
		"1 the name is longer than 63 bytes");
}

Test(network_names, a_long_line)
{
	char text[600];

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	refuse(text, "1 it is longer than 254 bytes");
}

Test(network_names, too_many_networks)
{
	char *text = calloc(NETWORKS_LIMIT + 1, 32), *end = text;

	for (int i = 0; i <= NETWORKS_LIMIT; i++)
		end += sprintf(end, "10.%d.%d.0/24 a\n", i / 256, i % 256);
	refuse(text, "10001 there are more than 10000 networks");
	free(text);
}

/* Checks that the file cannot be read, and that one line has this reason. */
static void fail(const char *reason)
{
	char line[256];

	snprintf(line, sizeof(line), "rexmit-exporter: cannot read the networks file %s: %s\n",
		path, reason);
	cr_redirect_stderr();
	cr_assert_lt(network_names_new(&networks, path, names), 0);
	fflush(stderr);
	cr_assert_stderr_eq_str(line);
}

Test(network_names, a_missing_file)
{
	unlink(path);
	fail("No such file or directory");
}

Test(network_names, no_memory)
{
	failing_calls_set("fmemopen", 1, ENOMEM);
	fail("Cannot allocate memory");
}
