/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The parent process can make two mistakes:
 *
 * 1. One of the descriptors 0 to 2 is closed. The next file that the program opens then gets this
 *    number. If the number is 2, log lines are written into that file, such as the state file.
 * 2. A descriptor unknown to the program is open. It would stay open after the program has dropped
 *    its privileges, and the system call filter would allow reading from it.
 */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "systemd.h"

int descriptors_init(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open(2) returns the lowest free number, which is this one. */
		if (open("/dev/null", O_RDWR) < 0)
			return -errno;
	}
	closefrom(systemd_listen_end());
	return 0;
}

int descriptors_drop_input(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 || dup2(fd, STDIN_FILENO) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}
