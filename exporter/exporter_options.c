/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "exporter_options.h"

#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "counts/table.h"
#include "version.h"

#define LABELS "ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role," MORE_LABELS
#define MORE_LABELS "uid,pod_uid,container_id,unit,process,src_network,dst_network"
#define IDLE_EXPIRY_MAX (366 * 24 * 3600)

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

static int parse_duration(const struct flag *flag, const char *value, void *to)
{
	const char *unit;
	uint64_t number;

	if (flag_digits(value, &number, &unit) == 0 && unit_seconds(unit) > 0 &&
		number <= IDLE_EXPIRY_MAX / unit_seconds(unit)) {
		*(uint32_t *)to = (uint32_t)(number * unit_seconds(unit));
		return 0;
	}
	return flag_refuse(flag, value, "seconds, or a number with s, m, h or d, up to 366d");
}

static int parse_group_by(const struct flag *flag, const char *value, void *to)
{
	const char *name;
	size_t length;

	if (group_labels_parse(value, to, &name, &length) == 0)
		return 0;
	log_error("--%s does not accept '%.*s': give none, or some of " LABELS, flag->name,
		(int)length, name);
	return -EINVAL;
}

static int parse_ignore(const struct flag *flag, const char *value, void *to)
{
	struct options *options = to;

	options->ignored_count = network_list_parse(options->ignored, OPTIONS_IGNORED, value);
	if (options->ignored_count < 0)
		return flag_refuse(flag, value,
			"up to 64 networks, such as 127.0.0.0/8,::1, without bits past a prefix");
	network_sort(options->ignored, (size_t)options->ignored_count);
	return 0;
}

static bool networks_are_given_for_labels(const struct options *options)
{
	if (!(options->grouping.labels & GROUP_NETWORK_LABELS) || options->networks_file)
		return true;
	log_error("--group-by src_network or dst_network needs --networks");
	return false;
}

static int parse_openmetrics(const struct flag *flag, const char *value, void *to)
{
	struct options *options = to;

	for (const char *name = value;; name++) {
		size_t length = strcspn(name, ",");

		if (length == 7 && memcmp(name, "created", length) == 0)
			options->created = true;
		else if (length == 9 && memcmp(name, "exemplars", length) == 0)
			options->exemplars = true;
		else
			return flag_refuse(flag, value, "created, exemplars or both");
		name += length;
		if (*name == '\0')
			return 0;
	}
}

static int parse_format(const struct flag *flag, const char *value, void *to)
{
	enum event_format format = strcmp(value, "json") == 0 ? EVENT_JSON : EVENT_HUMAN;

	*(enum event_format *)to = format;
	if (format == EVENT_JSON || strcmp(value, "human") == 0)
		return 0;
	return flag_refuse(flag, value, "human or json");
}

static int parse_address(const struct flag *flag, const char *value, void *to)
{
	if (http_listen_check(value) == 0)
		return flag_text(flag, value, to);
	return flag_refuse(flag, value, "ADDRESS:PORT, [IPV6]:PORT, :PORT or unix:PATH");
}

static int parse_listen_address(const struct flag *flag, const char *value, void *to)
{
	struct options *options = to;

	for (unsigned i = 0; i < options->listen_count; i++)
		if (strcmp(options->listen_addresses[i], value) == 0)
			return flag_refuse(flag, value, "each address once");
	if (options->listen_count == HTTP_LISTENERS)
		return flag_refuse(flag, value, "8 addresses at most");
	return parse_address(flag, value, &options->listen_addresses[options->listen_count++]);
}

static int parse_host_names(const struct flag *flag, const char *value, void *to)
{
	static const char octets[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._,";

	if (strcmp(value, "*") == 0 || value[strspn(value, octets)] == '\0')
		return flag_text(flag, value, to);
	return flag_refuse(flag, value, "names without a port, separated by commas, or *");
}

static int parse_ports(const struct flag *flag, const char *value, void *to)
{
	*(bool *)to = strcmp(value, "all") == 0;
	if (*(bool *)to || strcmp(value, "service") == 0)
		return 0;
	return flag_refuse(flag, value, "service or all");
}

#define AT(member) offsetof(struct options, member)
#define WHOLE 0 /* for parsers that set several members */

static const struct flag list[] = {
	{"collector-socket", "PATH", "connect to this (/run/rexmit/collector.sock)", flag_text,
		AT(collector_socket)},
	{"collector-user", "UID", "also trust a collector that runs as UID (none)", flag_number,
		AT(collector_user), 1, UINT32_MAX - 1},
	{"web.listen-address", "ADDR:PORT", "address to serve on; up to 8 (127.0.0.1:2112)",
		parse_listen_address, WHOLE, .repeatable = true},
	{"web.probe-address", "ADDR:PORT", "address for /healthz and /readyz only (none)",
		parse_address, AT(probe_address)},
	{"web.config.file", "FILE", "settings for TLS and passwords (none)", flag_text,
		AT(web_config)},
	{"web.host-names", "NAME,...", "also accept requests for these hosts (none)",
		parse_host_names, AT(host_names)},
	{"web.disable-page", NULL, "serve a plain index at / instead of the page", flag_set,
		AT(disable_page)},
	{"web.disable-events", NULL, "do not serve /events", flag_set, AT(disable_events)},
	{"group-by", "LABEL,...",
		"labels of a series, or none (the first six of\n"
		"         ip_version,src_ip,src_port,dst_ip,dst_port,cause,cgroup,netns,role,\n"
		"         " MORE_LABELS ")",
		parse_group_by, AT(grouping.labels)},
	{"ports", "service|all", "show only ports of services, or all (service)", parse_ports,
		AT(grouping.all_ports)},
	{"prefix4", "BITS", "group IPv4 addresses by network (32)", flag_number,
		AT(grouping.prefix4), 0, 32},
	{"prefix6", "BITS", "group IPv6 addresses by network (128)", flag_number,
		AT(grouping.prefix6), 0, 128},
	{"networks", "FILE", "file with names of networks (none)", flag_text, AT(networks_file)},
	{"ignore", "NETWORK,...", "count these peers in totals only (none)", parse_ignore, WHOLE},
	{"max-series", "N", "maximum series of each metric (10000)", flag_number, AT(max_series), 1,
		TABLE_LIMIT_MAX},
	{"idle-expiry", "TIME", "remove idle groups: 90s, 1h, 7d; 0 never (1h)", parse_duration,
		AT(idle_expiry_s)},
	{"state-file", "PATH", "keep counts over restarts in this file (none)", flag_text,
		AT(state_file)},
	{"openmetrics", "EXTRA,...", "add created, exemplars or both (none)", parse_openmetrics,
		WHOLE},
	{"print-events", NULL, "print each retransmission and reset", flag_set, AT(print_events)},
	{"format", "human|json", "format of printed events (human)", parse_format,
		AT(event_format)},
	{"allow-root", NULL, "run even as root or with capabilities", flag_set, AT(allow_root)},
	{"seccomp", "kill|log|off", "reaction to a forbidden system call (kill)", flag_seccomp,
		AT(sandbox)},
	{"log-level", "LEVEL", "error, warning, info or debug (info)", flag_log_level,
		AT(log_level)},
};

static const struct flags flags = {
	.program = "rexmit-exporter",
	.version = REXMIT_VERSION,
	.head = "Usage: rexmit-exporter [OPTION]...; see rexmit-exporter(8). Defaults are in ().\n\n",
	.tail = "",
	.column = 34,
	.list = list,
	.count = ARRAY_SIZE(list),
};

enum flags_result exporter_options_parse(struct options *options, int argc, char *argv[])
{
	struct grouping *grouping = &options->grouping;
	enum flags_result result;

	*options = (struct options){
		.collector_socket = "/run/rexmit/collector.sock",
		.host_names = "",
		.collector_user = (uid_t)-1,
		.grouping = {.labels = GROUP_DEFAULT_LABELS, .prefix4 = 32, .prefix6 = 128},
		.max_series = 10000,
		.idle_expiry_s = 3600,
		.log_level = LOG_LEVEL_INFO,
	};
	result = flags_parse(&flags, options, argc, argv);
	if (result == FLAGS_RUN && !networks_are_given_for_labels(options))
		result = FLAGS_WRONG;
	if (options->listen_count == 0)
		options->listen_addresses[options->listen_count++] = "127.0.0.1:2112";
	grouping_init(grouping, grouping->labels, grouping->all_ports, grouping->prefix4,
		grouping->prefix6);
	return result;
}
