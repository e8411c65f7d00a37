/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

/* The headers of Debian 12 have ABI 2. Later parts are defined here. */
#define ABI_WITH_TRUNCATE 3 /* Linux 6.2 */
#define ABI_WITH_TCP 4      /* 6.7 */
#define ABI_WITH_IOCTL 5    /* 6.10 */
#define ABI_WITH_SCOPES 6   /* 6.12 */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

/* From LANDLOCK_ACCESS_FS_EXECUTE to LANDLOCK_ACCESS_FS_MAKE_SYM. */
#define FILE_ACCESS_OF_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/*
 * struct landlock_ruleset_attr of ABI 6. Older kernels accept it if the fields that they do not
 * know are 0.
 */
struct ruleset {
	uint64_t files, net, scopes;
};

/* Returns the ABI, or 0 without Landlock. */
static int abi(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

/*
 * Returns the kinds of access that Landlock denies unless a rule allows them. Before Linux 7.2 (kernel
 * commit 33cb713db016), Landlock does not check TCP Fast Open, which connects by sendto(2) or
 * sendmsg(2). The system call filter denies sendmsg(2), and sendto(2) with an address.
 */
static struct ruleset ruleset_of(int version, bool files)
{
	struct ruleset rules = {0};

	if (files) {
		rules.files = FILE_ACCESS_OF_ABI_1;
		if (version > 1)
			rules.files |= LANDLOCK_ACCESS_FS_REFER;
		if (version >= ABI_WITH_TRUNCATE)
			rules.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
		if (version >= ABI_WITH_IOCTL)
			rules.files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	}
	if (version >= ABI_WITH_TCP)
		rules.net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
	if (version >= ABI_WITH_SCOPES)
		rules.scopes = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
	return rules;
}

static int allow_directory(int ruleset, const char *file)
{
	const char *slash = strrchr(file, '/');
	_cleanup_free_ char *directory =
		slash ? strndup(file, slash > file ? (size_t)(slash - file) : 1) : strdup(".");
	_cleanup_close_ int fd = directory ? open(directory, O_PATH | O_CLOEXEC) : -1;
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE, .parent_fd = fd};

	if (fd < 0 || syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return -errno;
	return 0;
}

/*
 * Allows a file's directory, because the file may be replaced by another file of the same name. A
 * certificate is often a symbolic link, so the directory of the link's target is allowed, too.
 */
static int allow_reading(int ruleset, const char *file)
{
	_cleanup_free_ char *resolved = realpath(file, NULL);
	int r = allow_directory(ruleset, file);

	return r || !resolved ? r : allow_directory(ruleset, resolved);
}

static int restrict_to(const struct ruleset *rules, const char *const readable[], size_t count)
{
	_cleanup_close_ int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, rules, sizeof(*rules), 0U);
	int r = ruleset < 0 ? -errno : 0;

	for (size_t i = 0; rules->files && i < count && !r; i++) {
		if (readable[i])
			r = allow_reading(ruleset, readable[i]);
	}
	if (!r && syscall(SYS_landlock_restrict_self, ruleset, 0U))
		r = -errno;
	return r;
}

static void log_missing(int version)
{
	if (version < ABI_WITH_SCOPES)
		log_debug("Landlock has ABI %d, and ABI %d restricts more: %s", version,
			ABI_WITH_SCOPES,
			version < 1 ? "nothing is restricted"
			: version < ABI_WITH_TCP
				? "accepted sockets can be connected to other addresses"
				: "abstract sockets of other programs can be connected to");
}

int landlock_restrict(bool files, const char *const readable[], size_t count)
{
	int version = abi(), r;
	struct ruleset rules = ruleset_of(version, files);

	log_missing(version);
	if (version < 1 || !(rules.files | rules.net | rules.scopes))
		return 0;
	r = restrict_to(&rules, readable, count);
	if (r)
		log_error("cannot restrict files and connections with Landlock: %s", strerror(-r));
	return r;
}
