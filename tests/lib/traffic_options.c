/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Parses the command line of rexmit-traffic. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traffic_options.h"

static _Noreturn void usage(void)
{
	fputs("usage: rexmit-traffic listen ADDRESS PORT [--reply BYTES]\n"
	      "       rexmit-traffic connect ADDRESS PORT [--count N] [--parallel N] [--bytes N]\n"
	      "                      [--write N] [--rounds N] [--seconds N] [--may-fail] [--abort]\n",
		stderr);
	exit(2);
}

static uint64_t number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end != '\0' || text[0] < '0' || text[0] > '9' || value < min || value > max) {
		fprintf(stderr,
			"rexmit-traffic: not a number from %" PRIu64 " to %" PRIu64 ": %s\n", min,
			max, text);
		exit(2);
	}
	return value;
}

static void parse_address(struct traffic_options *o, const char *address, const char *port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&o->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&o->address;
	uint16_t net_port = htons((uint16_t)number(port, 1, UINT16_MAX));

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = net_port;
		o->address_size = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = net_port;
		o->address_size = sizeof(*v6);
	} else {
		fprintf(stderr, "rexmit-traffic: expected an address, not: %s\n", address);
		exit(2);
	}
}

void traffic_options_parse(struct traffic_options *o, int argc, char **argv)
{
	const struct {
		uint64_t *value, min, max;
	} numbers[] = {
		{&o->count, 1, UINT32_MAX},
		{&o->parallel, 1, TRAFFIC_FLOWS_MAX},
		{&o->bytes, 0, UINT64_MAX},
		{&o->write_bytes, 1, TRAFFIC_WRITE_MAX},
		{&o->rounds, 1, UINT32_MAX},
		{&o->seconds, 1, UINT32_MAX},
		{&o->reply, 0, UINT64_MAX},
	};
	/* The last column is the option's index in numbers[]. */
	static const struct option table[] = {
		{"count", required_argument, NULL, 0},
		{"parallel", required_argument, NULL, 1},
		{"bytes", required_argument, NULL, 2},
		{"write", required_argument, NULL, 3},
		{"rounds", required_argument, NULL, 4},
		{"seconds", required_argument, NULL, 5},
		{"reply", required_argument, NULL, 6},
		{"may-fail", no_argument, NULL, 'f'},
		{"abort", no_argument, NULL, 'a'},
		{},
	};
	int opt;

	*o = (struct traffic_options){
		.count = 1, .parallel = 1, .write_bytes = TRAFFIC_WRITE_MAX, .rounds = 1};
	while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (opt == '?')
			usage();
		else if (opt == 'f')
			o->may_fail = true;
		else if (opt == 'a')
			o->abort = true;
		else
			*numbers[opt].value = number(optarg, numbers[opt].min, numbers[opt].max);
	}
	if (argc - optind != 3)
		usage();
	o->listen = strcmp(argv[optind], "listen") == 0;
	if (!o->listen && strcmp(argv[optind], "connect") != 0)
		usage();
	parse_address(o, argv[optind + 1], argv[optind + 2]);
}
