/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The parent process can make two mistakes:
 *
 * 1. One of the descriptors 0 to 2 is closed. The next file that the program opens gets this
 *    number. Log lines could be written into the state file.
 * 2. Another descriptor is open. The program could use it even after it has dropped its privileges.
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
		/* open(2) returns the lowest free number, which is `fd`. */
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
