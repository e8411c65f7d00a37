/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/view.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "terminal/printable.h"

static const char *const cause_names[VIEW_CAUSES] = {
	"syn", "synack", "timeout", "slow_start", "fast", "probe", "unknown"};

static const json_t *at(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

static uint64_t count_of(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(at(object, name));

	return value > 0 ? (uint64_t)value : 0;
}

static const char *label(const json_t *labels, const char *name)
{
	const char *value = json_string_value(at(labels, name));

	return value ? value : "";
}

/* Whether the value of a workload's label is known. */
static bool is_named(const char *value)
{
	return *value && strcmp(value, "none") != 0 && strcmp(value, "unknown") != 0;
}

/* Writes the address and the port, if they are known, else the name of the network. */
static void write_end(char end[VIEW_TEXT], const json_t *labels, const char *ip_name,
	const char *port_name, const char *network_name)
{
	const char *ip = label(labels, ip_name), *port = label(labels, port_name);
	bool brackets = *port && strchr(ip, ':');

	*end = '\0';
	if (!*ip)
		printable_append(end, VIEW_TEXT, label(labels, network_name));
	printable_append(end, VIEW_TEXT, brackets ? "[" : "");
	printable_append(end, VIEW_TEXT, ip);
	printable_append(end, VIEW_TEXT, brackets ? "]" : "");
	if (!*port || strcmp(port, "other") == 0)
		return;
	printable_append(end, VIEW_TEXT, ":");
	printable_append(end, VIEW_TEXT, strcmp(port, "ephemeral") == 0 ? "*" : port);
}

/* Writes the workload by the first label that is known. The most specific label is first. */
static void write_workload(char workload[VIEW_TEXT], const json_t *labels)
{
	static const char *const names[] = {
		"pod_uid", "container_id", "unit", "process", "cgroup", "uid"};
	const char *found = "";

	for (size_t i = 0; i < ARRAY_SIZE(names) && !is_named(found); i++)
		if (*label(labels, names[i]))
			found = label(labels, names[i]);
	*workload = '\0';
	printable_append(workload, VIEW_TEXT, found);
}

static const struct view_row *find_row(const struct view *view, const char *key)
{
	for (unsigned i = 0; view && i < view->count; i++)
		if (strcmp(view->rows[i].key, key) == 0)
			return &view->rows[i];
	return NULL;
}

static const char *main_cause(const struct view_row *row, const struct view_row *before)
{
	const char *cause = "-";
	uint64_t most = 0;

	for (unsigned i = 0; i < VIEW_CAUSES; i++) {
		uint64_t old = before ? before->causes[i] : 0;

		if (row->causes[i] <= old || row->causes[i] - old <= most)
			continue;
		most = row->causes[i] - old;
		cause = cause_names[i];
	}
	/* Without new segments, the cause does not change. */
	return most == 0 && before ? before->cause : cause;
}

static void read_rates(struct view_row *row, const struct view *view, const struct view *before)
{
	const struct view_row *old = find_row(before, row->key);
	double seconds = old ? view->time - before->time : view->recent_seconds;
	double segments = (double)row->recent_retransmitted;

	if (old)
		segments = row->retransmitted > old->retransmitted
				   ? (double)(row->retransmitted - old->retransmitted)
				   : 0;
	row->rate = seconds > 0 ? segments / seconds : 0;
	row->cause = main_cause(row, old);
}

static void read_row(struct view *view, const json_t *group, const struct view *before)
{
	struct view_row *row = &view->rows[view->count++];
	const json_t *labels = at(group, "labels");
	const char *name;
	json_t *value;

	*row = (struct view_row){
		.recent_retransmitted = count_of(group, "recent_retransmitted"),
		.recent_sent = count_of(group, "recent_sent"),
		.retransmitted = count_of(group, "retransmitted"),
	};
	json_object_foreach((json_t *)labels, name, value)
	{
		size_t length = strlen(row->key);

		/* A value may have spaces. */
		snprintf(row->key + length, sizeof(row->key) - length, "%s\n",
			json_string_value(value));
	}
	write_end(row->peer, labels, "dst_ip", "dst_port", "dst_network");
	write_end(row->local, labels, "src_ip", "src_port", "src_network");
	write_workload(row->workload, labels);
	for (unsigned i = 0; i < VIEW_CAUSES; i++)
		row->causes[i] = count_of(at(group, "causes"), cause_names[i]);
	if (row->recent_sent > 0)
		row->ratio = (double)row->recent_retransmitted / (double)row->recent_sent;
	read_rates(row, view, before);
}

static double newest(const json_t *list)
{
	size_t size = json_array_size(list);

	return size ? json_number_value(json_array_get(list, size - 1)) : 0;
}

static void read_host(struct view *view, const json_t *history)
{
	const json_t *time = at(history, "time"), *host = at(history, "host");
	size_t samples = json_array_size(time);
	double seconds;

	if (samples < 2)
		return;
	seconds = json_number_value(json_array_get(time, samples - 1)) -
		  json_number_value(json_array_get(time, samples - 2));
	if (seconds <= 0)
		return;
	view->host_known = true;
	view->host_retransmitted = newest(at(history, "kernel_retrans_segments")) / seconds;
	view->host_sent = newest(at(history, "kernel_out_segments")) / seconds;
	view->resets_sent = newest(at(host, "resets_sent")) / seconds;
	view->resets_received = newest(at(host, "resets_received")) / seconds;
}

/* Whether `group` is an object whose labels are all strings. */
static bool is_group(const json_t *group)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(group, "labels"), name, value)
	{
		if (!json_is_string(value))
			return false;
	}
	return json_is_object(at(group, "labels"));
}

static int read_groups(struct view *view, const json_t *groups, const struct view *before)
{
	size_t i;
	json_t *group;

	if (!json_is_array(groups))
		return -EBADMSG;
	json_array_foreach((json_t *)groups, i, group)
	{
		if (!is_group(group))
			return -EBADMSG;
		if (view->count < VIEW_ROWS)
			read_row(view, group, before);
	}
	return 0;
}

int view_read(struct view *view, const char *summary, const struct view *before)
{
	json_t *root = json_loads(summary, JSON_DISABLE_EOF_CHECK, NULL);
	int r;

	*view = (struct view){
		.time = json_number_value(at(root, "time")),
		.recent_seconds = json_number_value(at(root, "recent_seconds")),
	};
	printable_append(
		view->version, sizeof(view->version), label(at(root, "exporter"), "version"));
	printable_append(view->state, sizeof(view->state), label(at(root, "collector"), "state"));
	read_host(view, at(root, "history"));
	r = read_groups(view, at(root, "groups"), before);
	json_decref(root);
	return r;
}

static int descending(double a, double b)
{
	return (a < b) - (a > b);
}

static int compare_rate(const void *a, const void *b)
{
	return descending(((const struct view_row *)a)->rate, ((const struct view_row *)b)->rate);
}

static int compare_ratio(const void *a, const void *b)
{
	return descending(((const struct view_row *)a)->ratio, ((const struct view_row *)b)->ratio);
}

static int compare_segments(const void *a, const void *b)
{
	return descending((double)((const struct view_row *)a)->recent_retransmitted,
		(double)((const struct view_row *)b)->recent_retransmitted);
}

static int compare_peer(const void *a, const void *b)
{
	return strcmp(((const struct view_row *)a)->peer, ((const struct view_row *)b)->peer);
}

void view_sort(struct view *view, enum view_order order)
{
	static int (*const compare[])(const void *, const void *) = {
		[VIEW_BY_RATE] = compare_rate,
		[VIEW_BY_RATIO] = compare_ratio,
		[VIEW_BY_SEGMENTS] = compare_segments,
		[VIEW_BY_PEER] = compare_peer,
	};

	qsort(view->rows, view->count, sizeof(view->rows[0]), compare[order]);
}
