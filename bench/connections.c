/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Makes connections without losses over the loopback interface of a network namespace.
 *
 *   rexmit-connections pairs N  N times, on one CPU: connects two sockets, sends a byte each way,
 *                               and closes both
 *   rexmit-connections hold N   makes N connections, prints "holding", and keeps them until
 *                               standard input ends
 *
 * `pairs` prints "pairs N ns T cpu_ns C": the duration T and the CPU time C of the process. C
 * covers both ends and the interface's softirq.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool.h"

/*
 * The connections use these addresses in turn. Otherwise the kernel would search for a port that is
 * not in TIME_WAIT.
 */
#define ADDRESSES 250

struct pair {
	int client, server;
};

/* Returns a listener on all addresses. `*port` is the port that the kernel has chosen. */
static int listen_anywhere(in_port_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) ||
		listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &length))
		fatal("cannot listen");
	*port = address.sin_port;
	return listener;
}

static struct pair make_pair(int listener, in_port_t port, unsigned i)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i % ADDRESSES)};
	struct pair pair = {.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	if (pair.client < 0 || connect(pair.client, (struct sockaddr *)&address, sizeof(address)))
		fatal("cannot connect");
	pair.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (pair.server < 0)
		fatal("cannot accept");
	return pair;
}

static void pass_byte(int from, int to)
{
	char byte = 'x';

	if (write(from, &byte, 1) != 1 || read(to, &byte, 1) != 1)
		fatal("cannot pass a byte");
}

static void use_one_cpu(void)
{
	cpu_set_t cpus;
	int cpu = sched_getcpu();

	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if (cpu < 0 || sched_setaffinity(0, sizeof(cpus), &cpus))
		fatal("cannot stay on one CPU");
}

static void measure_pairs(unsigned count)
{
	in_port_t port;
	int listener = listen_anywhere(&port);
	uint64_t before, cpu_before;

	use_one_cpu();
	before = read_ns(CLOCK_MONOTONIC);
	cpu_before = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < count; i++) {
		struct pair pair = make_pair(listener, port, i);

		pass_byte(pair.client, pair.server);
		pass_byte(pair.server, pair.client);
		close(pair.client);
		close(pair.server);
	}
	printf("pairs %u ns %llu cpu_ns %llu\n", count,
		(unsigned long long)(read_ns(CLOCK_MONOTONIC) - before),
		(unsigned long long)(read_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_before));
}

static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fatal("cannot get the limit of open files");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		fatal("cannot raise the limit of open files");
}

static void hold(unsigned count)
{
	in_port_t port;
	int listener = listen_anywhere(&port);
	char byte;

	allow_files();
	for (unsigned i = 0; i < count; i++)
		make_pair(listener, port, i);
	puts("holding");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (count == 0)
		return 2;
	if (!strcmp(argv[1], "pairs"))
		measure_pairs(count);
	else if (!strcmp(argv[1], "hold"))
		hold(count);
	else
		return 2;
	return 0;
}
