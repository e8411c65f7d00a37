/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * From which file the collector reads the kernel's counters. This file plays the namespaces of the
 * process and the files of procfs.
 */
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mib.h"
#include "support/failing_calls.h"

#define HOST_PIDS 0xEFFFFFFC /* PID_NS_INIT_INO */
#define HOST_NET 4026531840
#define SNMP(retrans)                                                                              \
	"Tcp: RtoAlgorithm OutSegs RetransSegs InErrs OutRsts\nTcp: 1 22 " #retrans " 0 44\n"

static ino_t own_pids = HOST_PIDS, own_net = HOST_NET;
/* The contents of /proc/1/net/snmp, /proc/self/net/snmp and standard input. NULL: ENOENT. */
static const char *of_first, *of_own, *of_stdin;
static unsigned fds_before;

static int file_with(const char *text)
{
	int fd = memfd_create("snmp", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

REPLACED_CALL(int, open64, (const char *path, int flags, ...))
{
	const char *text = strcmp(path, "/proc/1/net/snmp") == 0 ? of_first : of_own;

	(void)flags;
	cr_assert(text == of_first || strcmp(path, "/proc/self/net/snmp") == 0);
	errno = ENOENT;
	return !text || failing_calls_now("open64") ? -1 : file_with(text);
}

REPLACED_CALL(int, stat64, (const char *path, struct stat *st))
{
	bool pids = strcmp(path, "/proc/self/ns/pid") == 0;

	cr_assert(pids || strcmp(path, "/proc/self/ns/net") == 0);
	*st = (struct stat){.st_ino = pids ? own_pids : own_net};
	return failing_calls_now(pids ? "stat pid" : "stat net") ? -1 : 0;
}

REPLACED_CALL(int, fstatfs64, (int fd, struct statfs *fs))
{
	cr_assert_eq(fd, STDIN_FILENO);
	*fs = (struct statfs){.f_type = PROC_SUPER_MAGIC};
	return failing_calls_now("fstatfs64") ? -1 : 0;
}

int __real_fcntl64(int fd, int command, ...);
REPLACED_CALL(int, fcntl64, (int fd, int command, ...))
{
	if (command != F_DUPFD_CLOEXEC)
		return __real_fcntl64(fd, command);
	return failing_calls_now("fcntl64") ? -1 : file_with(of_stdin);
}

FAILING_CALL(int, -1, fstat64, (int fd, struct stat *st), (fd, st))
FAILING_CALL(
	ssize_t, -1, pread64, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))

static void give_stdin(const char *text)
{
	int fd = file_with(text);

	of_stdin = text;
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

static void setup(void)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO); /* not a regular file */
	of_first = SNMP(1);
	of_own = SNMP(2);
	fds_before = failing_calls_open_fds();
}

TestSuite(mib_source, .init = setup);

/* Checks that the counters are those of the file with this number of retransmissions. */
static void reads(uint64_t retrans)
{
	struct mib mib;

	cr_assert_eq(mib_init(&mib, HOST_NET), 0);
	cr_assert_eq(mib.retrans_segs, retrans);
	cr_assert_eq(mib.out_segs, 22);
	cr_assert_eq(mib.out_rsts, 44);
	mib_deinit(&mib);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

static void reads_nothing(int r)
{
	struct mib mib;

	cr_assert_eq(mib_init(&mib, HOST_NET), r);
	cr_assert_eq(mib_read(&mib), -EBADF);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(mib_source, first_process)
{
	reads(1);
	own_net = 7;
	reads(1);
}

Test(mib_source, standard_input)
{
	give_stdin(SNMP(3));
	reads(3);
	own_net = 7;
	reads(3);
}

/* Standard input that cannot be used is no reason to do without the counters. */
Test(mib_source, instead_of_standard_input)
{
	static const char *const calls[] = {"fstat64", "fstatfs64", "fcntl64", "pread64"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		give_stdin(SNMP(3));
		failing_calls_set(calls[i], 1, EMFILE);
		reads(1);
		failing_calls_assert_made();
	}
	give_stdin("Tcp: RetransSegs\nTcp: 1\n");
	reads(1);
}

/* Without the first process's file, that of the collector is as good in the host's network. */
Test(mib_source, own_file)
{
	of_first = NULL;
	reads(2);
	of_first = "Udp:\n";
	reads(2);
	own_pids = 7;
	reads(2);
	give_stdin(SNMP(3));
	reads(2);
}

Test(mib_source, none)
{
	own_net = 7;
	of_first = NULL;
	reads_nothing(-ENOENT);
	of_first = "Udp:\n";
	reads_nothing(-EBADMSG);
	own_pids = 7;
	reads_nothing(-EXDEV);
	own_net = HOST_NET;
	of_own = NULL;
	reads_nothing(-ENOENT);
	of_own = "Udp:\n";
	reads_nothing(-EBADMSG);
}

/* If a namespace cannot be read, it may be another one. */
Test(mib_source, unknown_namespace)
{
	failing_calls_set("stat pid", 1, EACCES);
	reads(2);
	failing_calls_assert_made();
	own_pids = 7;
	failing_calls_set("stat net", 1, EACCES);
	reads_nothing(-EXDEV);
	failing_calls_assert_made();
}
