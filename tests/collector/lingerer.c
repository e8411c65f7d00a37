/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Closes a TCP socket while a walk over files visits it. The socket's close sleeps (SO_LINGER),
 * because its peer never reads.
 *
 * `lingerer` creates processes that share one table of files, which is full of descriptors of the
 * socket. Then it prints "ready". For each line of standard input it closes all descriptors, and
 * prints "gone", or "own" if its own close slept. Then it fills the table again and prints "ready".
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define FILES_MAX 1000000 /* one step of the collector's walk visits so many */
#define FIRST_COPY 16
#define STACK_BYTES 16384
#define LINGER_S 3600

static volatile sig_atomic_t slept;

static void note_sleep(int number)
{
	(void)number;
	slept = 1;
}

static int wait_forever(void *parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == *(pid_t *)parent)
		pause();
	return 0;
}

/* Creates the processes. The table has room for `files` descriptors. Returns false on failure. */
static bool share_table(long files)
{
	static pid_t self;

	self = getpid();
	for (long met = 0; met < FILES_MAX; met += files) {
		char *stack = malloc(STACK_BYTES);

		if (!stack || clone(wait_forever, stack + STACK_BYTES,
				      CLONE_FILES | CLONE_VM | SIGCHLD, &self) < 0)
			return false;
	}
	return true;
}

static int listen_on(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) || listen(fd, 4) ||
		getsockname(fd, (struct sockaddr *)address, &size))
		return -1;
	return fd;
}

/* Connects a socket and sends until the peer's buffer is full. Sets `*peer`. Returns the socket. */
static int connect_and_fill(int listener, const struct sockaddr_in *address, int *peer)
{
	static const char data[65536];
	const struct linger long_time = {1, LINGER_S};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return -1;
	*peer = accept(listener, NULL, NULL);
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		continue;
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_time, sizeof(long_time)))
		return -1;
	return fd;
}

/* Fills the table, and closes all descriptors on request. Returns false on failure. */
static bool run_once(int listener, const struct sockaddr_in *address)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 300000}}, never = {0};
	int peer = -1, fd = connect_and_fill(listener, address, &peer);
	char line[8];

	if (fd < 0 || peer < 0)
		return false;
	while (fcntl(fd, F_DUPFD, FIRST_COPY) >= 0)
		continue;
	close(fd);
	puts("ready");
	if (!fgets(line, sizeof(line), stdin))
		return false;
	slept = 0;
	setitimer(ITIMER_REAL, &soon, NULL);
	syscall(SYS_close_range, FIRST_COPY, ~0U, 0);
	setitimer(ITIMER_REAL, &never, NULL);
	puts(slept ? "own" : "gone");
	if (!fgets(line, sizeof(line), stdin))
		return false;
	close(peer);
	return true;
}

int main(void)
{
	const struct sigaction action = {.sa_handler = note_sleep};
	struct sockaddr_in address;
	struct rlimit limit;
	int listener = listen_on(&address);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (listener < 0 || getrlimit(RLIMIT_NOFILE, &limit) || sigaction(SIGALRM, &action, NULL))
		return 1;
	limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	if (setrlimit(RLIMIT_NOFILE, &limit) || !share_table((long)limit.rlim_cur))
		return 1;
	while (run_once(listener, &address))
		continue;
	return 0;
}
