/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Two mistakes of a parent, and what each would lead to:
 *
 * 1. One of 0 to 2 is closed. The next file that is opened takes its number: if that is 2, log lines
 *    are written into it, into the state file for one.
 * 2. Another descriptor is open that this program knows nothing of. It would outlive the drop of
 *    privileges, and the system call filter allows to read it.
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
		/* It takes the lowest number that is free, which is this one. */
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
