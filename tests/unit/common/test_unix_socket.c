/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Each test has a directory, which is removed at the end. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/unix_socket.h"

static char directory[] = "/tmp/rexmit-unix-socket-XXXXXX";
static char path[sizeof(directory) + 8];

/* A child process waits until the test ends. After a crash .fini would not run. */
static void remove_directory_at_exit(void)
{
	int alive[2];
	char byte;

	cr_assert_eq(pipe2(alive, O_CLOEXEC), 0);
	if (fork() == 0) {
		close(alive[1]);
		(void)!read(alive[0], &byte, 1);
		execlp("rm", "rm", "-rf", "--", directory, NULL);
		_exit(1);
	}
	close(alive[0]);
}

static void make_directory(void)
{
	cr_assert_not_null(mkdtemp(directory));
	remove_directory_at_exit();
	cr_assert_eq(chmod(directory, 0755), 0);
	snprintf(path, sizeof(path), "%s/socket", directory);
}

TestSuite(unix_socket, .init = make_directory, .timeout = 20);

/* Makes a socket of `type`, binds it to the path, and listens if `listening` is set. */
static int bound_socket(int type, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	memcpy(address.sun_path, path, sizeof(path));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (listening)
		cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

static void assert_flags(int fd)
{
	cr_assert_geq(fd, 0, "%s", strerror(-fd));
	cr_assert_neq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_neq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

/* Checks that bytes sent to the path arrive at the listener. */
static void assert_serves(int listener)
{
	_cleanup_close_ int client = unix_connect(path), server = -1;
	char buffer[8];

	assert_flags(client);
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	cr_assert_geq(server, 0);
	cr_assert_eq(send(client, "abc", 3, 0), 3);
	cr_assert_eq(send(client, "de", 2, 0), 2);
	cr_assert_eq(recv(server, buffer, sizeof(buffer), 0), 3, "the packet has another size");
	cr_assert_eq(recv(server, buffer, sizeof(buffer), 0), 2);
}

static void assert_in_use(void)
{
	struct stat before, after;

	cr_assert_eq(lstat(path, &before), 0);
	cr_assert_eq(unix_listen(path, 0600), -EADDRINUSE);
	cr_assert_eq(lstat(path, &after), 0);
	cr_assert_eq(before.st_ino, after.st_ino, "the file was replaced");
}

Test(unix_socket, listens_and_connects)
{
	_cleanup_close_ int listener = unix_listen(path, 0600);

	assert_flags(listener);
	assert_serves(listener);
}

Test(unix_socket, mode_is_private_under_any_umask)
{
	static const mode_t umasks[] = {0, 022, 077, 0777};

	for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
		mode_t before = umask(umasks[i]);
		_cleanup_close_ int listener = unix_listen(path, 0600);
		struct stat st;

		cr_assert_geq(listener, 0);
		cr_assert_eq(umask(before), umasks[i], "the umask was changed");
		cr_assert_eq(stat(path, &st), 0);
		cr_assert_eq(st.st_mode, S_IFSOCK | 0600, "umask %o: %o", umasks[i], st.st_mode);
		unlink(path);
	}
}

Test(unix_socket, path_length)
{
	char longest[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	size_t limit = sizeof(longest) - 2; /* the last byte is the final zero */
	_cleanup_close_ int listener = -1;

	memset(longest, 'x', sizeof(longest));
	memcpy(longest, directory, strlen(directory));
	longest[strlen(directory)] = '/';
	longest[limit + 1] = '\0';
	cr_assert_eq(unix_listen(longest, 0600), -ENAMETOOLONG);
	cr_assert_eq(unix_connect(longest), -ENAMETOOLONG);
	longest[limit] = '\0';
	listener = unix_listen(longest, 0600);
	unlink(longest);
	cr_assert_geq(listener, 0);
	cr_assert_eq(unix_listen("", 0600), -EINVAL);
	cr_assert_eq(unix_connect(""), -EINVAL);
}

/* The listener must not notice this attempt. */
Test(unix_socket, in_use)
{
	_cleanup_close_ int listener = unix_listen(path, 0600);

	assert_in_use();
	cr_assert_eq(accept4(listener, NULL, NULL, 0), -1);
	cr_assert_eq(errno, EAGAIN);
	assert_serves(listener);
}

Test(unix_socket, in_use_by_another_type)
{
	static const struct {
		int type;
		bool listening;
	} others[] = {{SOCK_SEQPACKET, false}, {SOCK_STREAM, false}, {SOCK_STREAM, true},
		{SOCK_DGRAM, false}};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		_cleanup_close_ int fd = bound_socket(others[i].type, others[i].listening);

		cr_assert_geq(fd, 0);
		assert_in_use();
		unlink(path);
	}
}

Test(unix_socket, in_use_by_another_user)
{
	_cleanup_close_ int listener = unix_listen(path, 0600);
	int status;
	pid_t child;

	if (geteuid() != 0)
		cr_skip_test("needs root to become another user");
	cr_assert_eq(chmod(directory, 0777), 0);
	child = fork();
	if (child == 0)
		_exit(setuid(65534) == 0 && unix_listen(path, 0600) == -EADDRINUSE ? 0 : 1);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	assert_serves(listener);
}

Test(unix_socket, stale_file_is_replaced)
{
	static const int types[] = {SOCK_SEQPACKET, SOCK_STREAM, SOCK_DGRAM};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		_cleanup_close_ int listener = -1;

		close(bound_socket(types[i], false));
		listener = unix_listen(path, 0600);
		cr_assert_geq(listener, 0);
		assert_serves(listener);
		unlink(path);
	}
}

Test(unix_socket, other_files_are_left_alone)
{
	char other[sizeof(path) + 2];

	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_in_use();
	unlink(path);
	cr_assert_eq(mkdir(path, 0700), 0);
	assert_in_use();
	rmdir(path);
	cr_assert_eq(symlink("nowhere", path), 0);
	assert_in_use();
	unlink(path);

	/* A symbolic link to a stale socket does not count as a stale socket. */
	close(bound_socket(SOCK_SEQPACKET, false));
	snprintf(other, sizeof(other), "%s.1", path);
	cr_assert_eq(rename(path, other), 0);
	cr_assert_eq(symlink(other, path), 0);
	assert_in_use();
	unlink(other);
}

Test(unix_socket, listen_errors)
{
	char below[sizeof(path) + 2];

	snprintf(below, sizeof(below), "%s/x", path);
	cr_assert_eq(unix_listen(below, 0600), -ENOENT);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	cr_assert_eq(unix_listen(below, 0600), -ENOTDIR);
}

Test(unix_socket, no_descriptor_left)
{
	struct rlimit before, none;
	int listened, connected;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	listened = unix_listen(path, 0600);
	connected = unix_connect(path);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert_eq(listened, -EMFILE);
	cr_assert_eq(connected, -EMFILE);
}

Test(unix_socket, connect_errors)
{
	_cleanup_close_ int stream = -1;

	cr_assert_eq(unix_connect(path), -ENOENT);
	close(bound_socket(SOCK_SEQPACKET, false));
	cr_assert_eq(unix_connect(path), -ECONNREFUSED);
	unlink(path);
	stream = bound_socket(SOCK_STREAM, true);
	cr_assert_eq(unix_connect(path), -EPROTOTYPE);
}

/* A listener that accepts no connection does not block a client. */
Test(unix_socket, connect_never_blocks)
{
	_cleanup_close_ int listener = unix_listen(path, 0600);
	int fd = 0, clients[1000], count = 0;

	while (count < 1000 && (fd = unix_connect(path)) >= 0)
		clients[count++] = fd;
	while (count > 0)
		close(clients[--count]);
	cr_assert_geq(listener, 0);
	cr_assert_eq(fd, -EAGAIN);
}

Test(unix_socket, peer_is_the_process_that_connected)
{
	_cleanup_close_ int listener = unix_listen(path, 0600), server = -1;
	uid_t uid = geteuid() == 0 ? 65534 : geteuid();
	gid_t gid = geteuid() == 0 ? 65533 : getegid();
	struct ucred peer;
	pid_t child;

	cr_assert_eq(chmod(path, 0666), 0);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && (setgid(gid) < 0 || setuid(uid) < 0))
			_exit(1);
		_exit(unix_connect(path) < 0);
	}
	cr_assert_eq(waitpid(child, NULL, 0), child);
	server = accept4(listener, NULL, NULL, 0);
	cr_assert_geq(server, 0);
	cr_assert_eq(unix_peer(server, &peer), 0);
	cr_assert_eq(peer.pid, child);
	cr_assert_eq(peer.uid, uid);
	cr_assert_eq(peer.gid, gid);
}

Test(unix_socket, peer_without_a_connection)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	_cleanup_close_ int file = open("/dev/null", O_RDONLY);
	struct ucred peer;

	cr_assert_eq(unix_peer(fd, &peer), -ENOTCONN);
	cr_assert_eq(unix_peer(file, &peer), -ENOTSOCK);
	cr_assert_eq(unix_peer(-1, &peer), -EBADF);
}
