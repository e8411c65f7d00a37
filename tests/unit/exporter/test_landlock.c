/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What Landlock must deny, for each of its ABIs. This file plays Landlock's system calls. The bits
 * are those of include/uapi/linux/landlock.h.
 */
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/log.h"
#include "confine/landlock.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

#define FILES_MAX 4
#define ABI_NEWEST 6
#define READ_FILE (UINT64_C(1) << 2)

static int version; /* the kernel's ABI, or -1 */
static uint64_t files, net, scopes;
static char allowed[FILES_MAX][PATH_MAX]; /* directories */
static unsigned n_allowed, made, restricted;
static int ruleset;
static char directory[64]; /* of the test's files */
static unsigned fds_before;

static long create(const uint64_t *attr, size_t size, uint32_t flags)
{
	if (flags == LANDLOCK_CREATE_RULESET_VERSION) {
		cr_assert(!attr && size == 0);
		errno = ENOSYS;
		return version;
	}
	cr_assert_eq(flags, 0);
	cr_assert_eq(size, 3 * sizeof(uint64_t));
	files = attr[0], net = attr[1], scopes = attr[2];
	if (failing_calls_now("create"))
		return -1;
	made++;
	ruleset = memfd_create("ruleset", MFD_CLOEXEC);
	return ruleset;
}

static long add(int fd, int type, const struct landlock_path_beneath_attr *rule)
{
	char link[64];
	ssize_t length;

	cr_assert(fd == ruleset && type == LANDLOCK_RULE_PATH_BENEATH);
	cr_assert_eq(rule->allowed_access, READ_FILE);
	cr_assert_lt(n_allowed, FILES_MAX);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", rule->parent_fd);
	length = readlink(link, allowed[n_allowed], PATH_MAX - 1);
	cr_assert_gt(length, 0);
	allowed[n_allowed++][length] = '\0';
	return failing_calls_now("add") ? -1 : 0;
}

static long restrict_self(int fd)
{
	cr_assert_eq(fd, ruleset);
	if (failing_calls_now("restrict"))
		return -1;
	restricted++;
	return 0;
}

REPLACED_CALL(long, syscall, (long call, long a, long b, long c, long d))
{
	(void)d;
	if (call == SYS_landlock_create_ruleset)
		return create((const void *)a, (size_t)b, (uint32_t)c);
	if (call == SYS_landlock_add_rule)
		return add((int)a, (int)b, (const void *)c);
	cr_assert(call == SYS_landlock_restrict_self && (uint32_t)b == 0);
	return restrict_self((int)a);
}

FAILING_CALL(int, -1, open64, (const char *path, int flags), (path, flags))
FAILING_CALL(char *, NULL, strndup, (const char *text, size_t size), (text, size))
FAILING_CALL(char *, NULL, strdup, (const char *text), (text))

static void setup(void)
{
	version = ABI_NEWEST;
	cr_assert(mkdtemp(strcpy(directory, "/tmp/rexmit-landlock-XXXXXX")));
	log_sink_use_pipe();
	log_init(NULL, LOG_LEVEL_DEBUG);
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
	cr_assert_eq(rmdir(directory), 0);
}

TestSuite(landlock, .init = setup, .fini = teardown);

Test(landlock, denies_what_each_abi_can_deny)
{
	static const struct {
		uint64_t files, net, scopes;
	} denied[] = {{0x1fff, 0, 0}, {0x3fff, 0, 0}, {0x7fff, 0, 0}, {0x7fff, 3, 0},
		{0xffff, 3, 0}, {0xffff, 3, 3}, {0xffff, 3, 3}};

	log_init(NULL, LOG_LEVEL_INFO);
	for (int i = 0; i < 7; i++) {
		version = i + 1;
		cr_assert_eq(landlock_restrict(true, NULL, 0), 0);
		cr_assert_eq(files, denied[i].files, "files of ABI %d", version);
		cr_assert_eq(net, denied[i].net, "net of ABI %d", version);
		cr_assert_eq(scopes, denied[i].scopes, "scopes of ABI %d", version);
		cr_assert_eq(restricted, (unsigned)version);
		cr_assert_eq(n_allowed, 0);
	}
	log_sink_assert_silence();
}

/* --seccomp off is for debuggers and sanitizers, which open files. */
Test(landlock, without_files)
{
	const char *const readable[] = {"/etc/rexmit/web.yml"};

	cr_assert_eq(landlock_restrict(false, readable, 1), 0);
	cr_assert(files == 0 && net == 3 && scopes == 3 && restricted == 1);
	cr_assert_eq(n_allowed, 0);
	version = 3;
	cr_assert_eq(landlock_restrict(false, readable, 1), 0);
	cr_assert_eq(made, 1, "an empty ruleset, which the kernel refuses (ENOMSG)");
}

/* The exporter also runs on kernels without Landlock. A line for debugging says what is missing. */
Test(landlock, tells_what_is_missing)
{
	static const struct {
		int version;
		const char *line;
	} lines[] = {
		{-1, "Landlock has ABI 0, and ABI 6 restricts more: nothing is restricted\n"},
		{3, "Landlock has ABI 3, and ABI 6 restricts more: accepted sockets can be "
		    "connected to other addresses\n"},
		{5, "Landlock has ABI 5, and ABI 6 restricts more: abstract sockets of other "
		    "programs can be connected to\n"},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		version = lines[i].version;
		cr_assert_eq(landlock_restrict(true, NULL, 0), 0);
		log_sink_assert_line(lines[i].line);
		cr_assert_eq(restricted, i, "ABI %d", version);
	}
	version = ABI_NEWEST;
	cr_assert_eq(landlock_restrict(true, NULL, 0), 0);
	log_sink_assert_silence();
}

static void make_file(char path[PATH_MAX], const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	cr_assert_eq(mkdir(path, 0700), 0);
	strcat(path, "/file");
	close(creat(path, 0600));
}

static void remove_file(char path[PATH_MAX])
{
	cr_assert_eq(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	cr_assert_eq(rmdir(path), 0);
}

/* A file may be replaced by another of the same name, and a link's target, too. */
Test(landlock, allows_reading_in_the_directories)
{
	char plain[PATH_MAX], link[PATH_MAX], own[PATH_MAX];
	const char *const readable[] = {NULL, link};

	make_file(plain, "target");
	make_file(link, "links");
	cr_assert(unlink(link) == 0 && symlink(plain, link) == 0);
	cr_assert_eq(landlock_restrict(true, readable, 2), 0);
	cr_assert_eq(n_allowed, 2);
	*strrchr(link, '/') = *strrchr(plain, '/') = '\0';
	cr_assert_str_eq(allowed[0], link);
	cr_assert_str_eq(allowed[1], plain);
	strcat(link, "/file"), strcat(plain, "/file");
	remove_file(link);
	remove_file(plain);
	n_allowed = 0;
	cr_assert_eq(landlock_restrict(true, (const char *const[]){"file", "/file"}, 2), 0);
	cr_assert(getcwd(own, sizeof(own)));
	cr_assert_eq(n_allowed, 2);
	cr_assert_str_eq(allowed[0], own);
	cr_assert_str_eq(allowed[1], "/");
}

/* Without its restrictions the exporter must not go on. */
Test(landlock, a_failed_call_is_the_result)
{
	static const struct {
		const char *call, *file;
	} calls[] = {{"create", "/file"}, {"add", "/file"}, {"restrict", "/file"},
		{"open64", "/file"}, {"strndup", "/file"}, {"strdup", "file"}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		n_allowed = 0;
		failing_calls_set(calls[i].call, 1, ENOMEM);
		cr_assert_eq(
			landlock_restrict(true, &calls[i].file, 1), -ENOMEM, "%s", calls[i].call);
		failing_calls_assert_made();
		cr_assert_eq(restricted, 0, "%s", calls[i].call);
		log_sink_assert_line("cannot restrict files and connections with Landlock: Cannot "
				     "allocate memory\n");
		log_sink_assert_silence();
	}
}
