/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"

struct process {
	int statm_fd; /* -1: not available */
	DIR *fds;     /* NULL: not available */
	uint64_t page_size;
	uint64_t start_ms; /* 0: not known */
	uint64_t max_fds;
};

/*
 * Reads the start time of the process, in ticks since boot: field 22 of proc_pid_stat(5). Field 2,
 * the name, may contain any bytes and ends with the last ')'.
 */
static int start_ticks(uint64_t *ticks)
{
	_cleanup_close_ int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	char text[1024];
	const char *field;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	field = strrchr(text, ')');
	for (int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	return field && sscanf(field, "%" SCNu64, ticks) == 1 ? 0 : -EBADMSG;
}

static uint64_t start_time_ms(void)
{
	uint64_t ticks, since_boot_ms;

	if (start_ticks(&ticks) < 0)
		return 0;
	since_boot_ms = ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	return (clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME)) / 1000000 + since_boot_ms;
}

int process_new(struct process **process)
{
	struct process *p = calloc(1, sizeof(*p));
	struct rlimit limit;

	if (!p)
		return -ENOMEM;
	p->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	p->fds = opendir("/proc/self/fd");
	p->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	p->start_ms = start_time_ms();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		p->max_fds = limit.rlim_cur;
	*process = p;
	return 0;
}

void process_free(struct process *process)
{
	if (!process)
		return;
	cleanup_close(&process->statm_fd);
	if (process->fds)
		closedir(process->fds);
	free(process);
}

static bool measure_memory(const struct process *p, struct process_usage *usage)
{
	char text[128];
	uint64_t virtual, resident;
	ssize_t n = p->statm_fd < 0 ? -1 : pread(p->statm_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &virtual, &resident) != 2)
		return false;
	usage->virtual_bytes = virtual * p->page_size;
	usage->resident_bytes = resident * p->page_size;
	return true;
}

static bool count_fds(const struct process *p, uint64_t *count)
{
	const struct dirent *entry;

	if (!p->fds)
		return false;
	*count = 0;
	rewinddir(p->fds);
	while ((entry = readdir(p->fds)))
		*count += entry->d_name[0] != '.';
	return *count > 0;
}

void process_measure(struct process *process, struct process_usage *usage)
{
	*usage = (struct process_usage){
		.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		.start_ms = process->start_ms,
		.start_known = process->start_ms > 0,
		.max_fds = process->max_fds,
	};
	usage->memory_known = measure_memory(process, usage);
	usage->open_fds_known = count_fds(process, &usage->open_fds);
}
