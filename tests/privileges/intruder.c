/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Tries the calls of an attacker who controls a program.
 *
 *   intruder kill|log|off CALL
 *
 * It drops privileges with the program's own functions, and then makes the call. A filter that
 * works kills it with SIGSYS. Otherwise it prints "allowed" if the call had its usual effect, or
 * the error.
 *
 * meson builds it three times: from the collector's library, for root, with INTRUDER_COLLECTOR;
 * with IS_WALKER=1 it installs the filter of the walker; and from the exporter's library, for an
 * ordinary user.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef INTRUDER_COLLECTOR
#include "collector_privileges.h"
#include "collector_system_calls.h"
#include "walker_system_calls.h"
#else
#include "confine/exporter_privileges.h"
#include "confine/exporter_system_calls.h"
#include "confine/landlock.h"
#endif
#include "common/invariant.h"
#include "common/sandbox.h"
#include "intruder_bpf.h"

static int accepted_fd = -1; /* a connected socket, created before the filter */
static int idle_fd = -1;     /* a socket without a connection, created before the filter */
static int notify_fd = -1;   /* connected to $NOTIFY_SOCKET before the filter */
static struct sockaddr_in elsewhere;
static struct sockaddr_un abstract[2];

static long execute(void)
{
	char *argv[] = {(char *)"true", NULL}, *envp[] = {NULL};

	printf("allowed\n");
	fflush(stdout);
	return execve("/bin/true", argv, envp);
}

static long make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (bind(fd, (struct sockaddr *)address, size) || listen(fd, 1) ||
		getsockname(fd, (struct sockaddr *)address, &size))
		return -1;
	return fd;
}

/* Connects a scraper to accepted_fd. Another socket listens at `elsewhere`. */
static void make_connections(void)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address), scraper = socket(AF_INET, SOCK_STREAM, 0);

	if (!connect(scraper, (struct sockaddr *)&address, sizeof(address)))
		accepted_fd = accept(listener, NULL, NULL);
	idle_fd = socket(AF_INET, SOCK_STREAM, 0);
	listen_on_loopback(&elsewhere);
}

static long disconnect(void)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	return connect(accepted_fd, &nowhere, sizeof(nowhere));
}

static long reconnect(void)
{
	if (disconnect())
		return -1;
	return connect(accepted_fd, (struct sockaddr *)&elsewhere, sizeof(elsewhere));
}

/* TCP Fast Open connects without connect(2). A host may disable Fast Open (EOPNOTSUPP). */
static long send_to_elsewhere(void)
{
	ssize_t sent = sendto(
		idle_fd, "", 1, MSG_FASTOPEN, (struct sockaddr *)&elsewhere, sizeof(elsewhere));

	return sent == 1 || errno == EOPNOTSUPP ? 0 : -1;
}

static long open_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

/* The program may remove its socket file, but no other file. */
__attribute__((unused)) static const char own_path[] = "/nonexistent/rexmit-own";

static long remove_file(const char *path)
{
	return syscall(SYS_unlinkat, AT_FDCWD, path, 0) < 0 && errno == ENOENT ? 0 : -1;
}

static long remove_own(void)
{
	return remove_file(own_path);
}

static long remove_other(void)
{
	return remove_file("/nonexistent/rexmit-other");
}

/* Reads a file as the exporter with --web.config.file does. */
static long open_own_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/ssl/openssl.cnf", O_RDONLY);
}

/*
 * Connects notify_fd to the same address again, which Landlock allows. The kernel ignores the upper
 * half of the descriptor's argument.
 */
static long reconnect_notify(void)
{
	return syscall(SYS_connect, (unsigned long)notify_fd | 1UL << 32, &abstract[0],
		sizeof(abstract[0]));
}

static long connect_abstract(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return connect(fd, (struct sockaddr *)&abstract[1], sizeof(abstract[1]));
}

/* Makes two sockets of other programs. The first one stands for $NOTIFY_SOCKET. */
static void make_abstract(void)
{
	static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};

	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_UNIX, types[i], 0);

		abstract[i] = (struct sockaddr_un){.sun_family = AF_UNIX};
		snprintf(abstract[i].sun_path + 1, 64, "rexmit-intruder-%d-%d", getpid(), i);
		if (bind(fd, (struct sockaddr *)&abstract[i], sizeof(abstract[i])) ||
			(types[i] == SOCK_SEQPACKET && listen(fd, 1)))
			_exit(6);
	}
	notify_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	connect(notify_fd, (struct sockaddr *)&abstract[0], sizeof(abstract[0]));
}

/* Makes memory executable. */
static long protect_memory(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static long trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* Without the filter, an unprivileged user gets EPERM. */
static long become_root(void)
{
	return setuid(0) < 0 && errno == EPERM ? 0 : -1;
}

static long make_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long run_memory(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? -1 : 0;
}

/* These are bugs, not attacks. The last message must contain what a bug report needs. */
static volatile size_t too_long = 64;

static long break_invariant(void)
{
	invariant(too_long == 0);
	return 0;
}

static long overflow(void)
{
	char from[64] = "", to[16];

	memcpy(to, from, too_long);
	return to[0];
}

static long free_wrongly(void)
{
	static char bytes[64];
	char *volatile inside = bytes + 16;

	free(inside);
	return 0;
}

static long nothing(void)
{
	return 0;
}

static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
	{"nothing", nothing},
	{"bpf-prog-load", load_program},
	{"bpf-map-create", create_map},
	{"bpf-map-update-elem", update_map},
	{"bpf-obj-get-info-by-fd", get_info},
	{"bpf-raw-tracepoint-open", open_tracepoint},
	{"execve", execute},
	{"socket", make_socket},
	{"disconnect", disconnect},
	{"reconnect", reconnect},
	{"sendto-elsewhere", send_to_elsewhere},
	{"openat", open_file},
	{"unlink-own", remove_own},
	{"unlink-other", remove_other},
	{"ptrace", trace},
	{"setuid", become_root},
	{"clone", make_process},
	{"mmap-exec", run_memory},
	{"invariant", break_invariant},
	{"overflow", overflow},
	{"free", free_wrongly},
	{"mprotect-exec", protect_memory},
	{"reconnect-notify", reconnect_notify},
	{"connect-abstract", connect_abstract},
	{"web-config-own-file", open_own_file},
	{"web-config-other-file", open_file},
};

static int give_up(enum sandbox_mode mode, bool secure)
{
#ifdef INTRUDER_COLLECTOR
	static const struct user nobody = {.uid = 65534, .gid = 65534};
	const struct listener listener = {.fd = 0, .path = own_path};

	(void)secure;
	return privileges_drop(&nobody, true)
		       ?: IS_WALKER ? walker_system_calls_restrict(mode)
				    : collector_system_calls_restrict(mode, &listener);
#else
	const char *const files[] = {secure ? "/etc/ssl/openssl.cnf" : NULL};

	return privileges_refuse(false)
		?: landlock_restrict(mode != SANDBOX_OFF, files, 1)
		?: exporter_system_calls_restrict(mode, secure, notify_fd);
#endif
}

/* Both programs may write to standard error. */
static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(5);
}

int main(int argc, char **argv)
{
	enum sandbox_mode mode;

	if (argc != 3 || sandbox_mode_parse(argv[1], &mode)) {
		fprintf(stderr, "usage: intruder kill|log|off CALL\n");
		return 2;
	}
	prepare_map();
	make_connections();
	make_abstract();
	if (give_up(mode, strncmp(argv[2], "web-config", 10) == 0))
		return 3;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(argv[2], calls[i].name))
			continue;
		if (calls[i].call() < 0) {
			say(strerror(errno));
			_exit(4);
		}
		say("allowed");
		_exit(0);
	}
	_exit(2);
}
