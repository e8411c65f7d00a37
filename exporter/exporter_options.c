/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "exporter_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flags.h"
#include "counts/table.h"
#include "http/listen.h"
#include "version.h"

#define PROGRAM "rexmit-exporter"
#define LABELS "ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role"
#define IDLE_EXPIRY_MAX (366 * 24 * 3600)

static const char help[] =
	"Usage: " PROGRAM " [OPTION]... (see rexmit-exporter(8))\n"
	"\n"
	"  --collector-socket PATH         the collector (/run/rexmit/collector.sock)\n"
	"  --collector-user UID            also trust a collector of this user (none)\n"
	"  --web.listen-address ADDR:PORT  where to serve, up to 8 times (127.0.0.1:2112)\n"
	"  --web.probe-address ADDR:PORT   /healthz, /readyz without password (none)\n"
	"  --web.config.file FILE          TLS and passwords (neither)\n"
	"  --web.host-names NAME,...       more host names to accept in requests (none)\n"
	"  --web.disable-page              serve a plain index at / instead of the page\n"
	"  --group-by LABEL,...            labels of a series, or none (the first six of\n"
	"         " LABELS ")\n"
	"  --ports service|all             fold the ephemeral port, or none (service)\n"
	"  --prefix4 BITS                  fold IPv4 addresses to networks (32)\n"
	"  --prefix6 BITS                  fold IPv6 addresses to networks (128)\n"
	"  --max-series N                  most series of a metric, besides other (10000)\n"
	"  --idle-expiry TIME              remove idle groups: 90s, 1h, 7d; 0 never (1h)\n"
	"  --state-file PATH               keep all counts here over restarts (none)\n"
	"  --openmetrics EXTRA,...         add created, exemplars or both (neither)\n"
	"  --print-events                  also print retransmissions and resets\n"
	"  --format human|json             format of those lines (human)\n"
	"  --allow-root                    run even as root or with capabilities\n"
	"  --seccomp kill|log|off          on a system call outside the list (kill)\n"
	"  --log-level LEVEL               error, warning, info or debug (info)\n"
	"  --version                       print the version\n"
	"  --help                          print this\n";

enum {
	OPT_COLLECTOR_SOCKET = 1, /* not a character: there are no short options */
	OPT_COLLECTOR_USER,
	OPT_LISTEN_ADDRESS,
	OPT_PROBE_ADDRESS,
	OPT_WEB_CONFIG,
	OPT_HOST_NAMES,
	OPT_DISABLE_PAGE,
	OPT_GROUP_BY,
	OPT_PORTS,
	OPT_PREFIX4,
	OPT_PREFIX6,
	OPT_MAX_SERIES,
	OPT_IDLE_EXPIRY,
	OPT_STATE_FILE,
	OPT_OPENMETRICS,
	OPT_PRINT_EVENTS,
	OPT_FORMAT,
	OPT_ALLOW_ROOT,
	OPT_SECCOMP,
	OPT_LOG_LEVEL,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{"collector-socket", required_argument, NULL, OPT_COLLECTOR_SOCKET},
	{"collector-user", required_argument, NULL, OPT_COLLECTOR_USER},
	{"web.listen-address", required_argument, NULL, OPT_LISTEN_ADDRESS},
	{"web.probe-address", required_argument, NULL, OPT_PROBE_ADDRESS},
	{"web.config.file", required_argument, NULL, OPT_WEB_CONFIG},
	{"web.host-names", required_argument, NULL, OPT_HOST_NAMES},
	{"web.disable-page", no_argument, NULL, OPT_DISABLE_PAGE},
	{"group-by", required_argument, NULL, OPT_GROUP_BY},
	{"ports", required_argument, NULL, OPT_PORTS},
	{"prefix4", required_argument, NULL, OPT_PREFIX4},
	{"prefix6", required_argument, NULL, OPT_PREFIX6},
	{"max-series", required_argument, NULL, OPT_MAX_SERIES},
	{"idle-expiry", required_argument, NULL, OPT_IDLE_EXPIRY},
	{"state-file", required_argument, NULL, OPT_STATE_FILE},
	{"openmetrics", required_argument, NULL, OPT_OPENMETRICS},
	{"print-events", no_argument, NULL, OPT_PRINT_EVENTS},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"allow-root", no_argument, NULL, OPT_ALLOW_ROOT},
	{"seccomp", required_argument, NULL, OPT_SECCOMP},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

/* The options from which struct grouping is made, and the rest. */
struct parse {
	struct options *options;
	unsigned labels;
	bool all_ports;
	uint32_t prefix4, prefix6;
};

/* Parses a decimal number without sign or space. Sets *end to what follows it. */
static int parse_digits(const char *text, uint64_t *value, const char **end)
{
	char *after;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &after, 10);
	*end = after;
	return -errno;
}

static int parse_option_number(
	const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
	char accepted[64];
	const char *end;
	uint64_t value;

	if (parse_digits(text, &value, &end) == 0 && *end == '\0' && value >= min && value <= max) {
		*number = (uint32_t)value;
		return 0;
	}
	snprintf(accepted, sizeof(accepted), "a number from %u to %u", min, max);
	return flags_refuse(option, text, accepted);
}

static uint64_t unit_seconds(const char *unit)
{
	static const char units[] = "smhd";
	static const uint32_t seconds[] = {1, 60, 3600, 86400};
	const char *found;

	if (*unit == '\0')
		return 1;
	found = unit[1] == '\0' ? strchr(units, *unit) : NULL;
	return found ? seconds[found - units] : 0;
}

static int parse_duration(const char *option, const char *text, uint32_t *seconds)
{
	const char *unit;
	uint64_t value;

	if (parse_digits(text, &value, &unit) == 0 && unit_seconds(unit) > 0 &&
		value <= IDLE_EXPIRY_MAX / unit_seconds(unit)) {
		*seconds = (uint32_t)(value * unit_seconds(unit));
		return 0;
	}
	return flags_refuse(option, text, "seconds, or a number with s, m, h or d, up to 366d");
}

static int parse_group_by(const char *option, const char *text, unsigned *labels)
{
	const char *name;
	size_t length;

	if (group_labels_parse(text, labels, &name, &length) == 0)
		return 0;
	log_error("--%s does not accept '%.*s': give none, or some of " LABELS, option, (int)length,
		name);
	return -EINVAL;
}

static int parse_openmetrics(const char *option, const char *text, struct options *options)
{
	for (const char *name = text;; name++) {
		size_t length = strcspn(name, ",");

		if (length == 7 && memcmp(name, "created", length) == 0)
			options->created = true;
		else if (length == 9 && memcmp(name, "exemplars", length) == 0)
			options->exemplars = true;
		else
			return flags_refuse(option, text, "created, exemplars or both");
		name += length;
		if (*name == '\0')
			return 0;
	}
}

static int parse_format(const char *option, const char *text, enum event_format *format)
{
	*format = strcmp(text, "json") == 0 ? EVENT_JSON : EVENT_HUMAN;
	if (*format == EVENT_JSON || strcmp(text, "human") == 0)
		return 0;
	return flags_refuse(option, text, "human or json");
}

static int check_address(const char *option, const char *text)
{
	if (http_listen_check(text) == 0)
		return 0;
	return flags_refuse(option, text, "ADDRESS:PORT, [IPV6]:PORT, :PORT or unix:PATH");
}

static int parse_address(const char *option, const char *text, struct options *options)
{
	if (check_address(option, text) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < options->listen_count; i++) {
		if (strcmp(options->listen_addresses[i], text) == 0)
			return flags_refuse(option, text, "each address once");
	}
	if (options->listen_count == HTTP_LISTENERS)
		return flags_refuse(option, text, "8 addresses at most");
	options->listen_addresses[options->listen_count++] = text;
	return 0;
}

static int parse_host_names(const char *option, const char *text, const char **names)
{
	static const char octets[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._,";

	*names = text;
	if (strcmp(text, "*") == 0 || text[strspn(text, octets)] == '\0')
		return 0;
	return flags_refuse(option, text, "names without a port, separated by commas, or *");
}

static int parse_ports(const char *option, const char *text, bool *all_ports)
{
	*all_ports = strcmp(text, "all") == 0;
	if (*all_ports || strcmp(text, "service") == 0)
		return 0;
	return flags_refuse(option, text, "service or all");
}

static int parse_level(const char *option, const char *text, enum log_level *level)
{
	if (log_level_parse(text, level) == 0)
		return 0;
	return flags_refuse(option, text, "error, warning, info or debug");
}

static int parse_seccomp(const char *option, const char *text, enum sandbox_mode *mode)
{
	if (sandbox_mode_parse(text, mode) == 0)
		return 0;
	return flags_refuse(option, text, "kill, log or off");
}

static int parse_option(struct parse *p, int number, const char *name, const char *value)
{
	struct options *o = p->options;

	switch (number) {
	case OPT_COLLECTOR_SOCKET:
		o->collector_socket = value;
		return 0;
	case OPT_COLLECTOR_USER:
		return parse_option_number(name, value, 1, UINT32_MAX - 1, &o->collector_user);
	case OPT_LISTEN_ADDRESS:
		return parse_address(name, value, o);
	case OPT_PROBE_ADDRESS:
		o->probe_address = value;
		return check_address(name, value);
	case OPT_WEB_CONFIG:
		o->web_config = value;
		return 0;
	case OPT_HOST_NAMES:
		return parse_host_names(name, value, &o->host_names);
	case OPT_DISABLE_PAGE:
		o->disable_page = true;
		return 0;
	case OPT_GROUP_BY:
		return parse_group_by(name, value, &p->labels);
	case OPT_PORTS:
		return parse_ports(name, value, &p->all_ports);
	case OPT_PREFIX4:
		return parse_option_number(name, value, 0, 32, &p->prefix4);
	case OPT_PREFIX6:
		return parse_option_number(name, value, 0, 128, &p->prefix6);
	case OPT_MAX_SERIES:
		return parse_option_number(name, value, 1, TABLE_LIMIT_MAX, &o->max_series);
	case OPT_IDLE_EXPIRY:
		return parse_duration(name, value, &o->idle_expiry_s);
	case OPT_STATE_FILE:
		o->state_file = value;
		return 0;
	case OPT_OPENMETRICS:
		return parse_openmetrics(name, value, o);
	case OPT_PRINT_EVENTS:
		o->print_events = true;
		return 0;
	case OPT_FORMAT:
		return parse_format(name, value, &o->event_format);
	case OPT_ALLOW_ROOT:
		o->allow_root = true;
		return 0;
	case OPT_SECCOMP:
		return parse_seccomp(name, value, &o->sandbox);
	case OPT_LOG_LEVEL:
		return parse_level(name, value, &o->log_level);
	default:
		return -EINVAL;
	}
}

static enum options_result answer(const char *text)
{
	fputs(text, stdout);
	/* Output to a full disk must not look like success. */
	return fflush(stdout) == 0 ? OPTIONS_DONE : OPTIONS_WRONG;
}

static enum options_result parse_all(struct parse *p, int argc, char *argv[])
{
	const struct flags flags = {argc, argv, PROGRAM, long_options, OPT_LISTEN_ADDRESS};
	const char *name;
	int number;

	flags_begin();
	while ((number = flags_next(&flags, &name)) != FLAGS_END) {
		if (number == OPT_HELP)
			return answer(help);
		if (number == OPT_VERSION)
			return answer(PROGRAM " " REXMIT_VERSION "\n");
		if (number == FLAGS_WRONG || parse_option(p, number, name, optarg) < 0)
			return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

enum options_result options_parse(struct options *options, int argc, char *argv[])
{
	struct parse parse = {
		.options = options,
		.labels = GROUP_DEFAULT_LABELS,
		.prefix4 = 32,
		.prefix6 = 128,
	};
	enum options_result result;

	*options = (struct options){
		.collector_socket = "/run/rexmit/collector.sock",
		.host_names = "",
		.collector_user = (uid_t)-1,
		.max_series = 10000,
		.idle_expiry_s = 3600,
		.log_level = LOG_LEVEL_INFO,
	};
	result = parse_all(&parse, argc, argv);
	if (options->listen_count == 0)
		options->listen_addresses[options->listen_count++] = "127.0.0.1:2112";
	grouping_init(
		&options->grouping, parse.labels, parse.all_ports, parse.prefix4, parse.prefix6);
	return result;
}
