/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel kills a process that exceeds the memory limit of its cgroup. The exporter needs the
 * most memory when the table is full, which happens during an incident. The exporter therefore
 * refuses to start if the limit is too low for --max-series.
 */
#include "memory_limit.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "metrics/exposition.h"

/*
 * Memory for everything except groups:
 *
 * - 3 MiB for an exporter with an empty table
 * - 8 MiB for names
 * - 2 MiB for lines that wait for readers of /events
 * - 2 MiB for new networks while the file of --networks is read again
 * - 2 MiB for smaller responses
 */
#define BASE_BYTES (UINT64_C(17) << 20)
/*
 * More memory with --web.config.file: OpenSSL and the process that checks passwords, and up to 200 KiB
 * for each of the 64 clients. A client may make OpenSSL store its certificate, or space for a message
 * of which it has sent only the length (web_config/tls_stream.c).
 */
#define TLS_BYTES (UINT64_C(16) << 20)
/* Memory for one group in the table: the group, its slot, and its recent counts (table.h). */
#define GROUP_BYTES 296
/*
 * A group with one cause has up to 14 samples in /metrics: two for resets, three for connections that
 * timed out, and one for each of the other metrics. Other causes count for --max-series, too. With the
 * default labels and long IPv6 addresses, the average size of a sample was 192 bytes.
 */
#define GROUP_SAMPLES 14
#define SAMPLE_BYTES 200

/* Maximum size of each other label in a sample, with its escaped value (names.h), and with `,=""`. */
static const uint16_t label_bytes[GROUP_LABELS] = {
	[GROUP_CGROUP] = 265,
	[GROUP_POD_UID] = 47,
	[GROUP_CONTAINER_ID] = 80,
	[GROUP_UNIT] = 263,
	[GROUP_PROCESS] = 41,
	[GROUP_SRC_NETWORK] = 78,
	[GROUP_DST_NETWORK] = 78,
	[GROUP_NETNS] = 19,
	[GROUP_UID] = 17,
	[GROUP_ROLE] = 14,
};

/*
 * The last huge page of each text of /metrics may be almost empty, and the kernel does not always
 * return its memory before it kills. If there is no room for these pages, the exporter uses no huge
 * pages, and writes /metrics more slowly.
 */
#define HUGE_PAGES_BYTES (EXPOSITION_PARTS * (UINT64_C(2) << 20))

static uint64_t sample_bytes(const struct grouping *grouping)
{
	uint64_t bytes = SAMPLE_BYTES;

	for (enum group_label label = 0; label < GROUP_LABELS; label++) {
		if (grouping_has(grouping, label))
			bytes += label_bytes[label];
	}
	return bytes;
}

static uint64_t base_bytes(const struct options *options)
{
	return BASE_BYTES + (options->web_config ? TLS_BYTES : 0);
}

uint64_t memory_needed(const struct options *options)
{
	uint64_t sample = sample_bytes(&options->grouping);
	uint64_t samples = GROUP_SAMPLES * (options->created ? 2 : 1);

	return base_bytes(options) + options->max_series * (GROUP_BYTES + samples * sample);
}

static uint64_t read_limit(const char *directory, const char *cgroup, const char *name)
{
	uint64_t limit = UINT64_MAX;
	char path[PATH_MAX];
	FILE *file = NULL;

	if (snprintf(path, sizeof(path), "%s%s/%s", directory, cgroup, name) < PATH_MAX)
		file = fopen(path, "re");
	if (!file)
		return limit;
	/* Without a limit, the file contains "max". */
	if (fscanf(file, "%" SCNu64, &limit) != 1)
		limit = UINT64_MAX;
	fclose(file);
	return limit;
}

/*
 * Returns the lowest limit of the cgroup and its ancestors, up to the root. In a container, the
 * cgroup may be at the root.
 */
static uint64_t least_limit(const char *directory, char *cgroup, const char *name)
{
	uint64_t least = UINT64_MAX;

	for (;;) {
		uint64_t limit = read_limit(directory, cgroup, name);
		char *slash = strrchr(cgroup, '/');

		least = limit < least ? limit : least;
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* Parses a line of /proc/PID/cgroup: "0::/path" (version 2) or "4:memory:/path" (version 1). */
static uint64_t limit_of_line(const char *sys, char *line)
{
	char *controller = strchr(line, ':');
	char *path = controller ? strchr(controller + 1, ':') : NULL;
	char directory[PATH_MAX];

	if (!path)
		return UINT64_MAX;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(line, "0:") == 0) {
		snprintf(directory, sizeof(directory), "%s/fs/cgroup", sys);
		return least_limit(directory, path, "memory.max");
	}
	if (strcmp(controller + 1, "memory") != 0)
		return UINT64_MAX;
	snprintf(directory, sizeof(directory), "%s/fs/cgroup/memory", sys);
	return least_limit(directory, path, "memory.limit_in_bytes");
}

uint64_t memory_limit(const char *proc, const char *sys)
{
	uint64_t least = UINT64_MAX;
	char line[PATH_MAX];
	FILE *file = NULL;

	if (snprintf(line, sizeof(line), "%s/self/cgroup", proc) < PATH_MAX)
		file = fopen(line, "re");
	while (file && fgets(line, sizeof(line), file)) {
		uint64_t limit = limit_of_line(sys, line);

		least = limit < least ? limit : least;
	}
	if (file)
		fclose(file);
	return least;
}

int memory_limit_check(const struct options *options)
{
	uint64_t limit = memory_limit("/proc", "/sys"), needed = memory_needed(options);
	uint64_t base = base_bytes(options), each = (needed - base) / options->max_series;
	uint64_t most = limit > base ? (limit - base) / each : 0;

	if (needed <= limit && limit - needed < HUGE_PAGES_BYTES)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (needed <= limit)
		return 0;
	log_error("--max-series %" PRIu32 " needs up to %" PRIu64 " bytes (%" PRIu64
		  " for each series), but the cgroup's limit is %" PRIu64 ": give at most %" PRIu64
		  ", or raise the limit (systemd: MemoryMax=; "
		  "Kubernetes: resources.limits.memory)",
		options->max_series, needed, each, limit, most);
	return -ENOMEM;
}
