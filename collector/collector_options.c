/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "collector_options.h"

#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "version.h"

#define DEFAULT_SOCKET "/run/rexmit/collector.sock"
#define DEFAULT_RING_BYTES (4 * 1024 * 1024) /* 30 000 events: half a second at the maximum rate */
#define MAX_RING_BYTES (1024 * 1024 * 1024)

/* The kernel requires a power of two, at least a page (kernel/bpf/ringbuf.c). */
static int parse_ring_bytes(const struct flag *flag, const char *value, void *to)
{
	const char *end;
	uint64_t n;

	if (flag_digits(value, &n, &end) || *end || n > MAX_RING_BYTES ||
		n < (uint64_t)sysconf(_SC_PAGESIZE) || (n & (n - 1)))
		return flag_refuse(flag, value, "a power of two from one page to 1073741824");
	*(size_t *)to = n;
	return 0;
}

static int parse_keep_caps(const struct flag *flag, const char *value, void *to)
{
	*(bool *)to = strcmp(value, "bpf") == 0;
	if (*(bool *)to || strcmp(value, "none") == 0)
		return 0;
	return flag_refuse(flag, value, "'bpf' or 'none'");
}

#define AT(member) offsetof(struct options, member)
#define NEXT_LINE "\n                        "

static const struct flag list[] = {
	{"socket", "PATH",
		"listen on PATH (default " DEFAULT_SOCKET ");" NEXT_LINE
		"a socket passed by systemd is used instead",
		flag_text, AT(socket)},
	{"user", "NAME",
		"if started as root, become this user, given by name or" NEXT_LINE
		"uid (default rexmit-collector)",
		flag_text, AT(user)},
	{"allow-user", "NAME",
		"accept connections of this user, besides root and --user" NEXT_LINE
		"(default rexmit-exporter); a name or a uid",
		flag_text, AT(allow_user)},
	{"ring-bytes", "N",
		"size of the kernel's ring: a power of two from one page" NEXT_LINE
		"to 1 GiB (default 4194304)",
		parse_ring_bytes, AT(ring_bytes)},
	{"keep-caps", "bpf|none",
		"keep CAP_BPF and CAP_PERFMON after the start (default)," NEXT_LINE "or keep none",
		parse_keep_caps, AT(keep_caps)},
	{"seccomp", "MODE",
		"after a system call that is not allowed: kill" NEXT_LINE
		"(default) or log; off: allow all",
		flag_seccomp, AT(sandbox)},
	{"pin", "DIR",
		"keep counting while no collector runs: pin programs and" NEXT_LINE
		"counts in DIR, in bpffs; a later collector adopts them",
		flag_text, AT(pin)},
	{"unpin", "DIR", "remove DIR and everything pinned in it, and exit", flag_text, AT(unpin)},
	{"check", NULL,
		"print one line for each requirement of rexmit; exit" NEXT_LINE
		"with 0 if this host meets all",
		flag_set, AT(check)},
	{"log-level", "LEVEL", "error, warning, info (default) or debug", flag_log_level,
		AT(log_level)},
};

static const struct flags flags = {
	.program = "rexmit-collector",
	.version = REXMIT_VERSION,
	.head = "Usage: rexmit-collector [OPTION]...\n"
		"Counts TCP retransmissions in the kernel and streams them to rexmit-exporter.\n"
		"\n",
	.tail = "\n"
		"See rexmit-collector(8).\n",
	.column = 24,
	.list = list,
	.count = ARRAY_SIZE(list),
};

enum flags_result collector_options_parse(struct options *options, int argc, char *argv[])
{
	*options = (struct options){
		.socket = DEFAULT_SOCKET,
		.ring_bytes = DEFAULT_RING_BYTES,
		.keep_caps = true,
		.log_level = LOG_LEVEL_INFO,
	};
	return flags_parse(&flags, options, argc, argv);
}
