/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/load.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/log.h"

/*
 * Paths of the second exporter, in the build directory and in an installation. The paths are
 * relative to the directory of this program, so an installation works below any prefix.
 */
static const char *const places[] = {
	"/web_config/rexmit-exporter-tls",
	"/../libexec/rexmit/rexmit-exporter-tls",
};

/* Executes the second exporter. Returns only on failure, with a negative errno. */
static int execute_next_to(const char *directory, char *const argv[])
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strlen(directory) + strlen(places[i]) >= sizeof(path))
			return -ENAMETOOLONG;
		strcat(strcpy(path, directory), places[i]);
		execv(path, argv);
	}
	return -errno;
}

/*
 * execve(2) keeps the process id, no_new_privs, and the sockets that the service manager passed.
 * serve_open() sets the close-on-exec flag of the sockets later.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[])
{
	char directory[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
	char *slash = n > 0 ? strrchr(directory, '/') : NULL;
	int r = n < 0 ? -errno : -ENOENT;

	(void)guard, (void)path, (void)base, (void)mode;
	if (slash) {
		*slash = '\0';
		r = execute_next_to(directory, argv);
	}
	log_error("--web.config.file: cannot execute rexmit-exporter-tls, which has TLS and "
		  "passwords: %s",
		strerror(-r));
	return r;
}
