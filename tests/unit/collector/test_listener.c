/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Makes the socket as root or as another user, whom this file plays: it replaces the calls that
 * show and change users and groups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/systemd.h"
#include "common/unix_socket.h"
#include "listener.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

#define NEITHER ((uid_t)-1)

static const struct user owner = {.uid = 901, .gid = 902}, peer = {.uid = 903, .gid = 904};

static uid_t own_uid;
static gid_t own_gid, gid_at_start;
static mode_t file_type = S_IFSOCK;
static uid_t file_uid = NEITHER; /* NEITHER: own_uid */
static nlink_t file_links = 1;
static struct user given; /* the user and group of the last chown(2) */
static int passed = -ENOENT;

static char parent[] = "/tmp/test-listener-XXXXXX", path[64];
static struct listener listener;
static unsigned fds_before;

REPLACED_CALL(int, systemd_listen_fds, (int family, int type, int limit))
{
	cr_assert(family == AF_UNIX && type == SOCK_SEQPACKET && limit == 1);
	return passed;
}

REPLACED_CALL(uid_t, geteuid, (void))
{
	return own_uid;
}

REPLACED_CALL(gid_t, getegid, (void))
{
	return own_gid;
}

REPLACED_CALL(int, setegid, (gid_t gid))
{
	if (failing_calls_now("setegid"))
		return -1;
	own_gid = gid;
	return 0;
}

int __real_unix_listen(const char *where, mode_t mode);
REPLACED_CALL(int, unix_listen, (const char *where, mode_t mode))
{
	gid_at_start = own_gid;
	return __real_unix_listen(where, mode);
}

REPLACED_CALL(int, lchown, (const char *directory, uid_t uid, gid_t gid))
{
	cr_assert_eq(strncmp(directory, path, strlen(directory)), 0);
	given = (struct user){uid, gid};
	return failing_calls_now("lchown") ? -1 : 0;
}

REPLACED_CALL(int, fchownat, (int fd, const char *name, uid_t uid, gid_t gid, int flags))
{
	(void)fd;
	cr_assert_str_empty(name);
	cr_assert_eq(flags, AT_EMPTY_PATH);
	given = (struct user){uid, gid};
	return failing_calls_now("fchownat") ? -1 : 0;
}

int __real_fstat64(int fd, struct stat *st);
REPLACED_CALL(int, fstat64, (int fd, struct stat *st))
{
	if (failing_calls_now("fstat64") || __real_fstat64(fd, st))
		return -1;
	st->st_mode = (st->st_mode & ~(mode_t)S_IFMT) | file_type;
	st->st_uid = file_uid == NEITHER ? own_uid : file_uid;
	st->st_nlink = file_links;
	return 0;
}

FAILING_CALL(int, -1, chmod, (const char *file, mode_t mode), (file, mode))
FAILING_CALL(int, -1, mprotect, (void *at, size_t size, int protection), (at, size, protection))
FAILING_CALL(void *, MAP_FAILED, mmap64,
	(void *at, size_t size, int protection, int flags, int fd, off_t from),
	(at, size, protection, flags, fd, from))
FAILING_CALL(int, -1, mkdir, (const char *directory, mode_t mode), (directory, mode))
FAILING_CALL(char *, NULL, strndup, (const char *text, size_t size), (text, size))

static void setup(void)
{
	cr_assert_not_null(mkdtemp(parent));
	snprintf(path, sizeof(path), "%s/run/socket", parent);
	log_sink_use_pipe();
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", parent);
	cr_assert_eq(system(command), 0);
}

TestSuite(listener, .init = setup, .fini = teardown);

static void be(uid_t uid, gid_t gid)
{
	own_uid = uid;
	own_gid = gid;
}

static int open_listener(void)
{
	return listener_open(&listener, path, &owner, &peer);
}

static mode_t mode_of_file(void)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode;
}

static void assert_open(mode_t mode)
{
	int fd;

	cr_assert_eq(mode_of_file(), S_IFSOCK | mode);
	cr_assert_str_eq(listener.path, path);
	fd = unix_connect(path);
	cr_assert_geq(fd, 0);
	close(fd);
	listener_close(&listener);
	cr_assert_null(listener.path);
	cr_assert_eq(mode_of_file(), 0, "the file is still there");
	close(listener.fd);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(listener, root_gives_the_file_away)
{
	be(0, 0);
	cr_assert_eq(open_listener(), 0);
	cr_assert_eq(gid_at_start, peer.gid, "the file has the group from the start");
	cr_assert_eq(own_gid, 0);
	cr_assert_eq(given.uid, owner.uid);
	cr_assert_eq(given.gid, peer.gid);
	assert_open(0660);
	log_sink_assert_silence();
}

Test(listener, another_user_gives_only_the_group)
{
	be(901, 902);
	cr_assert_eq(open_listener(), 0);
	cr_assert_eq(given.uid, NEITHER);
	cr_assert_eq(given.gid, peer.gid);
	assert_open(0660);
	log_sink_assert_silence();
}

Test(listener, a_user_who_is_not_in_the_group_keeps_the_file)
{
	be(901, 902);
	failing_calls_set("fchownat", 1, EPERM);
	cr_assert_eq(open_listener(), 0);
	assert_open(0600);
	log_sink_assert_contains("only root and user 901 can connect to");
}

/* The exporter has the collector's user, so mode 0600 suffices. */
Test(listener, a_user_who_serves_itself_needs_no_group)
{
	be(peer.uid, 902);
	failing_calls_set("fchownat", 1, EPERM);
	cr_assert_eq(open_listener(), 0);
	assert_open(0600);
	log_sink_assert_silence();
}

Test(listener, makes_the_directory)
{
	char directory[64];
	struct stat st;

	be(0, 0);
	umask(0);
	cr_assert_eq(open_listener(), 0);
	snprintf(directory, sizeof(directory), "%s/run", parent);
	cr_assert_eq(stat(directory, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0755);
	listener_close(&listener);
	cr_assert_eq(open_listener(), 0, "in a directory that exists");
}

/* `path` gets such paths from a user who starts the collector by hand. */
Test(listener, makes_no_other_directory)
{
	be(901, 902);
	cr_assert_eq(chdir(parent), 0);
	snprintf(path, sizeof(path), "socket");
	cr_assert_eq(open_listener(), 0);
	assert_open(0660);
	failing_calls_set("mkdir", 1, EACCES);
	snprintf(path, sizeof(path), "/no-such-directory/socket");
	cr_assert_eq(open_listener(), -EACCES);
	log_sink_assert_line(
		"cannot listen on /no-such-directory/socket: Permission denied; choose "
		"another path with --socket\n");
}

/* Whatever fails, the program ends. It logs one line and leaves no descriptor. */
Test(listener, a_failed_call_is_the_result)
{
	static const struct {
		const char *call;
		unsigned at;
	} calls[] = {{"lchown", 1}, {"setegid", 2}, {"mmap64", 1}, {"mprotect", 1}, {"fstat64", 1},
		{"fchownat", 1}, {"chmod", 1}};
	char line[256];

	snprintf(line, sizeof(line),
		"cannot listen on %s: Input/output error; choose another path with --socket\n",
		path);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		be(0, 0);
		failing_calls_set(calls[i].call, calls[i].at, EIO);
		cr_assert_eq(open_listener(), -EIO, "%s", calls[i].call);
		failing_calls_assert_made();
		log_sink_assert_line(line);
		listener_close(&listener);
	}
}

Test(listener, no_memory)
{
	be(0, 0);
	failing_calls_set("strndup", 1, ENOMEM);
	cr_assert_eq(open_listener(), -ENOMEM);
	failing_calls_assert_made();
	log_sink_assert_contains("Cannot allocate memory");
}

/* Without the group from the start, hand_over() still gives it. */
Test(listener, root_without_the_group)
{
	be(0, 0);
	failing_calls_set("setegid", 1, EPERM);
	cr_assert_eq(open_listener(), 0);
	cr_assert_eq(gid_at_start, 0);
	assert_open(0660);
}

/* The directory's owner has put another file in the place of the socket. */
Test(listener, changes_only_its_own_socket)
{
	be(0, 0);
	file_type = S_IFREG;
	cr_assert_eq(open_listener(), -EADDRINUSE);
	listener_close(&listener);
	file_type = S_IFSOCK;
	file_uid = 905;
	cr_assert_eq(open_listener(), -EADDRINUSE);
	listener_close(&listener);
	file_uid = NEITHER;
	file_links = 2;
	cr_assert_eq(open_listener(), -EADDRINUSE);
	listener_close(&listener);
	cr_assert_eq(given.gid, owner.gid, "only the directory was given away");
}

Test(listener, a_socket_of_the_service_manager)
{
	passed = 1;
	cr_assert_eq(open_listener(), 0);
	cr_assert_eq(listener.fd, SYSTEMD_LISTEN_FDS_START);
	cr_assert_null(listener.path);
	cr_assert_eq(mode_of_file(), 0, "no file");
	listener_close(&listener);
	passed = -EINVAL;
	cr_assert_eq(open_listener(), -EINVAL);
	log_sink_assert_line(
		"systemd must pass exactly one socket, of ListenSequentialPacket=; see "
		"rexmit-collector.socket\n");
}
