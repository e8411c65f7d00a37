/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A filter of events by labels, such as "dst_ip=192.0.2.0/24&cause=timeout". A label can be given
 * only once. An event must match all labels. The value for an address can be a network.
 */
#ifndef REXMIT_FILTER_H
#define REXMIT_FILTER_H

#include <stdbool.h>

#include "counts/group.h"
#include "counts/names.h"
#include "counts/network.h"
#include "events/event_line.h"

struct filter {
	unsigned labels;                   /* a bit, 1 << group_label, for each label given */
	struct network src, dst;           /* values of src_ip and dst_ip */
	uint32_t number[GROUP_LABELS];     /* values of cause, role, and labels that are numbers */
	char name[GROUP_NAMES][NAME_SIZE]; /* values of GROUP_NAME_LABELS */
};

/* Room for the message of filter_parse(). */
#define FILTER_ERROR_SIZE 256

/*
 * Parses the percent-encoded query of a URL. `networks`: whether networks have names. Returns 0, or
 * -EINVAL after setting `error` to a line about the accepted values. The line contains no part of
 * the query.
 */
int filter_parse(
	struct filter *filter, const char *query, bool networks, char error[FILTER_ERROR_SIZE]);

bool filter_matches(const struct filter *filter, const struct wire_event *event,
	const struct event_names *names);

#endif
