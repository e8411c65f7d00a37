/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "events/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"

/* The accepted values of a label, for the message. NULL: a name. */
static const char *const value_forms[GROUP_LABELS] = {
	[GROUP_IP_VERSION] = "4 or 6",
	[GROUP_SRC_IP] = "an address or a network",
	[GROUP_SRC_PORT] = "a number up to 65535",
	[GROUP_DST_IP] = "an address or a network",
	[GROUP_DST_PORT] = "a number up to 65535",
	[GROUP_NETNS] = "a number",
	[GROUP_UID] = "a number",
	[GROUP_ROLE] = "client or server",
	[GROUP_CAUSE] = "a cause, or none for resets",
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Decodes a part of a query. Returns 0, or -EINVAL if it is malformed or too long. */
static int decode(char value[NAME_SIZE], const char *text, size_t length)
{
	size_t size = 0;

	for (size_t i = 0; i < length; i++, size++) {
		if (size == NAME_SIZE - 1)
			return -EINVAL;
		value[size] = text[i];
		if (text[i] != '%')
			continue;
		if (length - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
			return -EINVAL;
		value[size] = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
		i += 2;
	}
	value[size] = '\0';
	return strlen(value) == size ? 0 : -EINVAL;
}

static int parse_number(uint32_t *number, const char *value, uint32_t most)
{
	unsigned long long result;
	size_t digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 10 || value[digits] != '\0')
		return -EINVAL;
	result = strtoull(value, NULL, 10);
	*number = (uint32_t)result;
	return result <= most ? 0 : -EINVAL;
}

/* Finds the number from `first` to `last` whose name is `value`. */
static int parse_word(uint32_t *number, const char *value, const char *(*name)(unsigned),
	unsigned first, unsigned last)
{
	for (*number = first; *number <= last; (*number)++)
		if (strcmp(name(*number), value) == 0)
			return 0;
	return -EINVAL;
}

static int parse_value(struct filter *filter, enum group_label label, const char *value)
{
	uint32_t *number = &filter->number[label];

	switch (label) {
	case GROUP_IP_VERSION:
		return parse_number(number, value, 6) < 0 || (*number != 4 && *number != 6)
			       ? -EINVAL
			       : 0;
	case GROUP_SRC_IP:
		return network_parse(&filter->src, value);
	case GROUP_DST_IP:
		return network_parse(&filter->dst, value);
	case GROUP_SRC_PORT:
	case GROUP_DST_PORT:
		return parse_number(number, value, UINT16_MAX);
	case GROUP_NETNS:
	case GROUP_UID:
		return parse_number(number, value, UINT32_MAX);
	case GROUP_ROLE:
		return parse_word(
			number, value, wire_role_name, WIRE_ROLE_CLIENT, WIRE_ROLE_SERVER);
	case GROUP_CAUSE:
		return parse_word(number, value, wire_cause_name, WIRE_CAUSE_NONE, WIRE_CAUSES - 1);
	default:
		strcpy(filter->name[label - GROUP_CGROUP], value);
		return 0;
	}
}

/* Returns GROUP_LABELS if there is no such label. */
static enum group_label find_label(const char *name, size_t length)
{
	enum group_label label;

	for (label = 0; label < GROUP_LABELS; label++) {
		const char *known = group_label_name(label);

		if (strlen(known) == length && memcmp(known, name, length) == 0)
			break;
	}
	return label;
}

static int refuse_label(char error[FILTER_ERROR_SIZE])
{
	int at = snprintf(
		error, FILTER_ERROR_SIZE, "Give LABEL=VALUE, joined by &, once for each of");

	for (enum group_label label = 0; label < GROUP_LABELS && at < FILTER_ERROR_SIZE; label++)
		at += snprintf(error + at, (size_t)(FILTER_ERROR_SIZE - at), "%s %s",
			label > 0 ? "," : "", group_label_name(label));
	return -EINVAL;
}

static int refuse_value(char error[FILTER_ERROR_SIZE], enum group_label label)
{
	const char *form = value_forms[label];

	snprintf(error, FILTER_ERROR_SIZE, "%s needs %s.", group_label_name(label),
		form ? form : "a name, percent-encoded");
	return -EINVAL;
}

/* Parses LABEL=VALUE. */
static int parse_part(struct filter *filter, const char *part, size_t length, bool networks,
	char error[FILTER_ERROR_SIZE])
{
	const char *equals = memchr(part, '=', length);
	size_t name_length = equals ? (size_t)(equals - part) : length;
	enum group_label label = find_label(part, name_length);
	char value[NAME_SIZE];

	if (!equals || label == GROUP_LABELS || filter->labels & 1U << label)
		return refuse_label(error);
	filter->labels |= 1U << label;
	if (1U << label & GROUP_NETWORK_LABELS && !networks) {
		snprintf(error, FILTER_ERROR_SIZE, "%s needs --networks.", group_label_name(label));
		return -EINVAL;
	}
	if (decode(value, equals + 1, length - name_length - 1) < 0 ||
		parse_value(filter, label, value) < 0)
		return refuse_value(error, label);
	return 0;
}

int filter_parse(
	struct filter *filter, const char *query, bool networks, char error[FILTER_ERROR_SIZE])
{
	*filter = (struct filter){0};
	while (*query != '\0') {
		size_t length = strcspn(query, "&");
		int r = parse_part(filter, query, length, networks, error);

		if (r < 0)
			return r;
		query += length;
		if (*query == '&')
			query++;
	}
	return 0;
}

static const char *name_of(const struct event_names *names, enum group_label label)
{
	switch (label) {
	case GROUP_CGROUP:
		return names->cgroup;
	case GROUP_POD_UID:
		return names->pod_uid;
	case GROUP_CONTAINER_ID:
		return names->container_id;
	case GROUP_UNIT:
		return names->unit;
	case GROUP_PROCESS:
		return names->process;
	case GROUP_SRC_NETWORK:
		return names->src_network;
	default:
		return names->dst_network;
	}
}

static bool label_matches(const struct filter *filter, enum group_label label,
	const struct wire_event *e, const struct event_names *names)
{
	uint32_t number = filter->number[label];

	switch (label) {
	case GROUP_IP_VERSION:
		return e->ip_version == number;
	case GROUP_SRC_IP:
		return network_contains(&filter->src, e->local_addr);
	case GROUP_DST_IP:
		return network_contains(&filter->dst, e->remote_addr);
	case GROUP_SRC_PORT:
		return e->local_port == number;
	case GROUP_DST_PORT:
		return e->remote_port == number;
	case GROUP_NETNS:
		return e->netns == number;
	case GROUP_UID:
		return e->uid == number;
	case GROUP_ROLE:
		return e->role == number;
	case GROUP_CAUSE:
		return e->cause == number;
	default:
		return strcmp(filter->name[label - GROUP_CGROUP], name_of(names, label)) == 0;
	}
}

bool filter_matches(const struct filter *filter, const struct wire_event *event,
	const struct event_names *names)
{
	for (unsigned left = filter->labels; left; left &= left - 1)
		if (!label_matches(filter, (enum group_label)__builtin_ctz(left), event, names))
			return false;
	return true;
}
