/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The command line of rexmit-traffic. traffic.c explains the options. */
#ifndef REXMIT_TRAFFIC_OPTIONS_H
#define REXMIT_TRAFFIC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define TRAFFIC_FLOWS_MAX 1000 /* fewer than the usual limit of open files */
#define TRAFFIC_WRITE_MAX 65536

struct traffic_options {
	bool listen; /* false: connect */
	struct sockaddr_storage address;
	socklen_t address_size;
	uint64_t count, parallel, bytes, write_bytes, rounds, seconds, reply;
	bool may_fail, abort;
};

/* Parses the command line. If it is wrong, writes a line to standard error and exits with 2. */
void traffic_options_parse(struct traffic_options *options, int argc, char **argv);

#endif
