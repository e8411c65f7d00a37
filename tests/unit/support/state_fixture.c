/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/state_fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/exporter_events.h"

static char directory[] = "/tmp/rexmit-test-XXXXXX";
static char path[128];

void state_directory_make(void)
{
	cr_assert_not_null(mkdtemp(directory));
}

void state_directory_remove(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

const char *state_path(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

struct bytes state_read(const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct bytes bytes = {0};
	struct stat status;

	cr_assert(fd >= 0 && fstat(fd, &status) == 0, "%s", from);
	bytes.size = (size_t)status.st_size;
	bytes.data = calloc(1, bytes.size + STATE_PAGE);
	cr_assert_eq(read(fd, bytes.data, bytes.size), (ssize_t)bytes.size);
	close(fd);
	return bytes;
}

uint8_t *state_map(const char *of)
{
	int fd = open(of, O_RDWR | O_CLOEXEC);
	struct stat status;
	void *memory;

	cr_assert(fd >= 0 && fstat(fd, &status) == 0, "%s", of);
	memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(memory, MAP_FAILED);
	close(fd);
	return memory;
}

void state_write(const char *to, struct bytes bytes)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0, "%s", to);
	cr_assert_eq(write(fd, bytes.data, bytes.size), (ssize_t)bytes.size);
	close(fd);
}

int state_exporter_try(struct exporter *exporter, const char *name)
{
	static char file[sizeof(path)];
	char program[] = "rexmit-exporter", state_file[] = "--state-file", limit[] = "--max-series",
	     two[] = "2", group_by[] = "--group-by", labels[] = "cgroup,dst_ip,cause";
	char *argv[] = {program, state_file, file, limit, two, group_by, labels, NULL};

	strcpy(file, state_path(name));
	*exporter = (struct exporter){.base = event_base_new()};
	cr_assert(exporter->base);
	cr_assert_eq(exporter_options_parse(&exporter->options, 7, argv), FLAGS_RUN);
	return exporter_init(exporter);
}

void state_exporter_init(struct exporter *exporter, const char *name)
{
	cr_assert_eq(state_exporter_try(exporter, name), 0);
}

struct state_shape state_fixture_shape(void)
{
	struct exporter exporter;
	struct state_shape shape;

	state_exporter_init(&exporter, "shape");
	shape = *state_shape(exporter.state);
	exporter_deinit(&exporter);
	unlink(state_path("shape"));
	return shape;
}

static void take(struct exporter *e, union wire_record record)
{
	enum wire_error error;

	cr_assert_eq(stream_take(&e->stream, &record, sizeof(record), (struct table_time){1, 1000},
			     &error),
		STREAM_GO_ON, "%s", wire_error_name(error));
}

static void take_hello(struct exporter *e, uint8_t instance)
{
	union wire_record record;

	wire_hello_init(&record, (const uint8_t[16]){instance}, "1.2.3");
	take(e, record);
}

static void take_counter(
	struct exporter *e, enum wire_counter_id id, uint32_t label, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, 0, value);
	take(e, record);
}

static void take_name(struct exporter *e, uint64_t id, const char *name)
{
	union wire_record record[WIRE_NAME_RECORDS];

	cr_assert_eq(wire_name_init(record, id, name), 1);
	take(e, record[0]);
}

static void take_event(struct exporter *e, uint64_t position, const char *remote, uint64_t cgroup,
	enum wire_cause cause, uint32_t segments)
{
	union wire_record record = {
		.event = event_make("192.0.2.1", 443, remote, 50000, cause, segments)};

	record.event.position = position;
	record.event.cgroup_id = cgroup;
	record.event.segments_sent = 100;
	record.event.bytes = segments * 1448;
	record.event.srtt_us = 1500;
	record.event.flags = segments > 0 ? WIRE_EVENT_FIRST : 0;
	take(e, record);
}

void state_step(struct exporter *exporter, int step)
{
	struct exporter *e = exporter;
	union wire_record resume;

	switch (step) {
	case 0:
	case 14:
		return stream_begin(&e->stream, &resume);
	case 1:
		return take_hello(e, 1);
	case 2:
		return take_name(
			e, 7, "/system.slice/a-service-with-a-name-of-some-length.service");
	case 3: /* an event with only sent segments */
		return take_event(e, 104, "192.0.2.7", 7, WIRE_CAUSE_NONE, 0);
	case 4: /* a new group */
		return take_event(e, 208, "192.0.2.8", 7, WIRE_CAUSE_FAST, 3);
	case 5: /* a group that replaces the first one */
		return take_event(e, 312, "192.0.2.9", 8, WIRE_CAUSE_TIMEOUT, 2);
	case 6: /* the table is full */
		return take_event(e, 416, "192.0.2.10", 7, WIRE_CAUSE_FAST, 5);
	case 7: /* the table has no room for another cause */
		return take_event(e, 520, "192.0.2.8", 7, WIRE_CAUSE_PROBE, 1);
	case 8:
		return take_event(e, 624, "192.0.2.8", 7, WIRE_CAUSE_FAST, 45);
	case 9: /* an event that has counted already */
		e->stream.seen = 0;
		return take_event(e, 624, "192.0.2.8", 7, WIRE_CAUSE_FAST, 45);
	case 10:
		return take_counter(e, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 1000);
	case 11:
		return take_counter(e, WIRE_COUNTER_DEFERRED, 0, 17);
	case 12: /* another cgroup with the same slot; no group uses its path */
		return take_name(e, 7 + WIRE_CGROUP_SLOTS, "/b.service");
	case 13:
		return stream_end(&e->stream);
	case 15: /* another instance */
		return take_hello(e, 2);
	case 16:
		return take_counter(e, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 30);
	case 17:
		return take_event(e, 104, "192.0.2.9", 8, WIRE_CAUSE_TIMEOUT, 4);
	case 18: /* an idle group is removed */
		return table_expire(e->table, 1, 0, (struct table_time){1, 1000});
	default:
		cr_assert_fail("no step %d", step);
	}
}

struct bytes state_fill(const char *name)
{
	struct exporter e;

	state_exporter_init(&e, name);
	for (int step = 0; step < STATE_STEPS; step++)
		state_step(&e, step);
	exporter_deinit(&e);
	return state_read(state_path(name));
}
