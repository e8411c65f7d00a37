/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "array.h"
#include "signals.h"

static bool is_kept(const struct child *child, int fd)
{
	for (size_t i = 0; i < child->n_kept; i++)
		if (child->kept[i] == fd)
			return true;
	return false;
}

/*
 * Closes all other descriptors. If the process hangs after the program has ended, no listener stays
 * open, no lock is held, and no BPF program stays attached.
 */
static void close_others(const struct child *child, int fd)
{
	int end = fd + 1;

	for (size_t i = 0; i < child->n_kept; i++)
		end = child->kept[i] < end ? end : child->kept[i] + 1;
	for (int other = STDERR_FILENO + 1; other < end; other++)
		if (other != fd && !is_kept(child, other))
			close(other);
	closefrom(end);
}

static _Noreturn void child_run(const struct child *child, int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals_stop); i++)
		signal(signals_stop[i], SIG_IGN);
	prctl(PR_SET_NAME, child->name);
	close_others(child, fd);
	child->run(fd, child->context);
	_exit(EXIT_SUCCESS);
}

int child_start(const struct child *child)
{
	int fds[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (pid == 0)
		child_run(child, fds[1]);
	r = pid < 0 ? -errno : fds[0];
	close(fds[1]);
	if (r < 0)
		close(fds[0]);
	return r;
}
