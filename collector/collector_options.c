/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "collector_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/flags.h"
#include "version.h"

#define DEFAULT_SOCKET "/run/rexmit/collector.sock"
#define DEFAULT_RING_BYTES (4 * 1024 * 1024) /* 40 000 events: half a second of a storm */
#define MAX_RING_BYTES (1024 * 1024 * 1024)

static const char help[] =
	"Usage: rexmit-collector [OPTION]...\n"
	"Counts TCP retransmissions in the kernel and streams them to rexmit-exporter.\n"
	"\n"
	"  --socket PATH         listen on PATH (default " DEFAULT_SOCKET ");\n"
	"                        a socket passed by systemd is used instead\n"
	"  --user NAME           if started as root, become this user (default\n"
	"                        rexmit-collector)\n"
	"  --allow-user NAME     accept connections of this user, besides root and --user\n"
	"                        (default rexmit-exporter); both flags accept any uid\n"
	"  --ring-bytes N        size of the kernel's ring: a power of two from one page\n"
	"                        to 1 GiB (default 4194304)\n"
	"  --keep-caps bpf|none  keep CAP_BPF and CAP_PERFMON after the start (default),\n"
	"                        or keep none\n"
	"  --seccomp MODE        for other system calls: kill (default), log, or off\n"
	"  --pin DIR             keep counting while no collector runs: pin everything in\n"
	"                        DIR, in bpffs, and continue with what is pinned there\n"
	"  --unpin DIR           remove DIR and what is pinned in it, and exit\n"
	"  --check               print one line for each requirement of this host; exit\n"
	"                        with 0 if none is missing\n"
	"  --log-level LEVEL     error, warning, info (default) or debug\n"
	"  --version             print the version\n"
	"  --help                print this\n"
	"\n"
	"See rexmit-collector(8).\n";

enum {
	OPTION_SOCKET = 256, /* after FLAGS_WRONG */
	OPTION_USER,
	OPTION_ALLOW_USER,
	OPTION_RING_BYTES,
	OPTION_KEEP_CAPS,
	OPTION_SECCOMP,
	OPTION_PIN,
	OPTION_UNPIN,
	OPTION_CHECK,
	OPTION_LOG_LEVEL,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, OPTION_SOCKET},
	{"user", required_argument, NULL, OPTION_USER},
	{"allow-user", required_argument, NULL, OPTION_ALLOW_USER},
	{"ring-bytes", required_argument, NULL, OPTION_RING_BYTES},
	{"keep-caps", required_argument, NULL, OPTION_KEEP_CAPS},
	{"seccomp", required_argument, NULL, OPTION_SECCOMP},
	{"pin", required_argument, NULL, OPTION_PIN},
	{"unpin", required_argument, NULL, OPTION_UNPIN},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, OPTION_HELP},
	{0},
};

/* A power of two of at least a page (kernel/bpf/ringbuf.c) and below the sanity limit. */
static bool parse_ring_bytes(const char *text, size_t *bytes)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n > MAX_RING_BYTES ||
		n < (unsigned long)sysconf(_SC_PAGESIZE) || (n & (n - 1)))
		return false;
	*bytes = n;
	return true;
}

static bool parse_keep_caps(const char *text, bool *keep)
{
	*keep = strcmp(text, "bpf") == 0;
	return *keep || strcmp(text, "none") == 0;
}

static enum options_result wrong(const char *name, const char *accepted)
{
	flags_refuse(name, optarg, accepted);
	return OPTIONS_WRONG;
}

static enum options_result set_option(struct options *o, int option, const char *name)
{
	switch (option) {
	case OPTION_SOCKET:
		o->socket = optarg;
		return OPTIONS_RUN;
	case OPTION_USER:
		o->user = optarg;
		return OPTIONS_RUN;
	case OPTION_ALLOW_USER:
		o->allow_user = optarg;
		return OPTIONS_RUN;
	case OPTION_RING_BYTES:
		return parse_ring_bytes(optarg, &o->ring_bytes)
			       ? OPTIONS_RUN
			       : wrong(name, "a power of two from one page to 1073741824");
	case OPTION_KEEP_CAPS:
		return parse_keep_caps(optarg, &o->keep_caps) ? OPTIONS_RUN
							      : wrong(name, "'bpf' or 'none'");
	case OPTION_SECCOMP:
		return !sandbox_mode_parse(optarg, &o->sandbox) ? OPTIONS_RUN
								: wrong(name, "kill, log or off");
	case OPTION_PIN:
		o->pin = optarg;
		return OPTIONS_RUN;
	case OPTION_UNPIN:
		o->unpin = optarg;
		return OPTIONS_RUN;
	case OPTION_CHECK:
		o->check = true;
		return OPTIONS_RUN;
	case OPTION_LOG_LEVEL:
		return !log_level_parse(optarg, &o->log_level)
			       ? OPTIONS_RUN
			       : wrong(name, "error, warning, info or debug");
	case OPTION_VERSION:
		puts("rexmit-collector " REXMIT_VERSION);
		return OPTIONS_DONE;
	case OPTION_HELP:
		fputs(help, stdout);
		return OPTIONS_DONE;
	default:
		return OPTIONS_WRONG;
	}
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
	const struct flags flags = {argc, argv, "rexmit-collector", long_options};
	enum options_result result = OPTIONS_RUN;
	const char *name;
	int option;

	*options = (struct options){
		.socket = DEFAULT_SOCKET,
		.ring_bytes = DEFAULT_RING_BYTES,
		.keep_caps = true,
		.log_level = LOG_LEVEL_INFO,
	};
	flags_begin();
	while (result == OPTIONS_RUN && (option = flags_next(&flags, &name)) != FLAGS_END)
		result = set_option(options, option, name);
	return result;
}
