/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Without a free descriptor the exporter can neither connect to the collector nor read its files
 * again. If the limit were lower than the number of places for clients, the clients of one listener
 * could cause that, and keep out those of another, such as probes.
 */
#include "descriptor_limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "common/log.h"
#include "http/limits.h"
#include "serve.h"

/* The standard streams, listeners, the collector, the service manager, the loop and files: 25. */
#define OTHER_DESCRIPTORS 40

int descriptor_limit_check(void)
{
	const struct http_limits *clients = &http_default_limits;
	rlim_t needed =
		clients->connections + clients->readers + PROBE_CONNECTIONS + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max < needed) {
		log_error("the limit of open files is %llu, but %llu may be needed: raise it "
			  "(systemd: LimitNOFILE=; a shell: ulimit -n)",
			(unsigned long long)limit.rlim_max, (unsigned long long)needed);
		return -EMFILE;
	}
	limit.rlim_cur = needed;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return 0;
	log_error("cannot raise the limit of open files to %llu: %s", (unsigned long long)needed,
		strerror(errno));
	return -EMFILE;
}
