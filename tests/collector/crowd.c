/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Creates processes that share one table of open files, as full as the limit of a process allows.
 *
 * `crowd TOTAL` creates processes until a walk over the files of all processes visits TOTAL files.
 * Then it prints "ready" and waits until it is killed.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_MAX 1000000
#define STACK_BYTES 16384

static int wait_forever(void *parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == *(pid_t *)parent)
		pause();
	return 0;
}

static long open_files(void)
{
	struct rlimit limit;
	long n = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (n < FILES_MAX && fcntl(STDIN_FILENO, F_DUPFD, 3) >= 0)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	long total = argc == 2 ? atol(argv[1]) : 0, files = open_files();
	pid_t self = getpid();

	for (long met = files; met < total; met += files) {
		char *stack = malloc(STACK_BYTES);

		if (!stack || !files ||
			clone(wait_forever, stack + STACK_BYTES, CLONE_FILES | CLONE_VM | SIGCHLD,
				&self) < 0) {
			perror("crowd");
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
