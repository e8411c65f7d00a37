/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A preloaded library that makes one call of a program fail, or several calls.
 *
 * REXMIT_FAULT selects the calls that fail. If it is "memory", allocations fail. If it is an errno
 * of the table below, system calls through libc fail with that errno. If it is "short", calls that
 * move bytes of a stream move fewer bytes.
 *
 * REXMIT_FAULT_AT is the number of the first call that fails, starting at 1. The next calls fail,
 * too, so that REXMIT_FAULT_FOR calls fail in a row. If REXMIT_FAULT_AGAIN is N > 0, every N-th
 * later call fails.
 *
 * The library writes the name of the first failed call to the descriptor REXMIT_FAULT_REPORT. At
 * the program's end it writes the number of calls of each kind. It does not see calls within libc.
 * It omits calls that fail only for a wrong argument, such as sigprocmask().
 */
#undef _FILE_OFFSET_BITS /* this file defines both names; see LARGE_FILE() */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum kind { MEMORY, CALL, SHORT, KINDS };

static struct {
	bool armed;
	enum kind kind;
	int error;
	unsigned long at, again, in_a_row;
	unsigned long seen[KINDS];
	int report; /* -1: none */
	bool reported;
} fault = {.report = -1};

static const struct {
	const char *name;
	int error;
} errors[] = {
	{"EINTR", EINTR},
	{"EAGAIN", EAGAIN},
	{"ENOSPC", ENOSPC},
	{"EMFILE", EMFILE},
	{"ENOMEM", ENOMEM},
};

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void arm(void)
{
	const char *what = getenv("REXMIT_FAULT");

	if (!what)
		return;
	fault.kind = !strcmp(what, "memory") ? MEMORY : !strcmp(what, "short") ? SHORT : CALL;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(what, errors[i].name))
			fault.error = errors[i].error;
	fault.at = number("REXMIT_FAULT_AT");
	fault.again = number("REXMIT_FAULT_AGAIN");
	fault.in_a_row = number("REXMIT_FAULT_FOR");
	if (getenv("REXMIT_FAULT_REPORT"))
		fault.report = (int)number("REXMIT_FAULT_REPORT");
	fault.armed = true;
}

static void report(const char *format, ...)
{
	char line[160];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (fault.report < 0 || n <= 0)
		return;
	fault.armed = false; /* this write(2) is not the program's */
	(void)!write(fault.report, line, (size_t)n);
	fault.armed = true;
}

__attribute__((destructor)) static void tell(void)
{
	if (fault.armed)
		report("seen %lu %lu %lu\n", fault.seen[MEMORY], fault.seen[CALL],
			fault.seen[SHORT]);
}

/* The program closes all descriptors from `low` on. The report's descriptor must stay open. */
void closefrom(int low)
{
	if (fault.report >= low) {
		if (fault.report > low)
			close_range((unsigned)low, (unsigned)fault.report - 1, 0);
		low = fault.report + 1;
	}
	close_range((unsigned)low, ~0U, 0);
}

/* Whether this call must fail. In that case sets errno. */
static bool fails(enum kind kind, const char *name)
{
	unsigned long n;

	if (!fault.armed)
		return false;
	/* In a series this must not fail: without its event loop a program can only end. */
	if (fault.in_a_row > 1 && (!strcmp(name, "epoll_wait") || !strcmp(name, "epoll_pwait")))
		return false;
	n = ++fault.seen[kind];
	if (kind != fault.kind || fault.at == 0 || n < fault.at)
		return false;
	if (n > fault.at && n >= fault.at + fault.in_a_row &&
		(!fault.again || (n - fault.at) % fault.again))
		return false;
	if (!fault.reported) {
		fault.reported = true;
		report("failed %s\n", name);
	}
	errno = kind == MEMORY ? ENOMEM : fault.error;
	return true;
}

/* OpenSSL makes 98 % of the allocations of an exporter with TLS. Unit tests make its calls fail. */
static bool is_openssl(void *caller)
{
	struct dl_find_object object;

	if (!fault.armed || _dl_find_object(caller, &object) < 0)
		return false;
	return strstr(object.dlfo_link_map->l_name, "/libcrypto.so") ||
	       strstr(object.dlfo_link_map->l_name, "/libssl.so");
}

/* libyaml 0.2.5 loses 64 bytes if there is no memory for a document. The exporter cannot free them. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:yaml_parser_load\n";
}

/* Calls the allocator of the address sanitizer if it is linked, by the name of its wrapper. */
#define ALLOCATOR(name, params, args)                                                              \
	extern void *__interceptor_##name params __attribute__((weak));                            \
	extern void *__libc_##name params;                                                         \
	void *name params                                                                          \
	{                                                                                          \
		if (!is_openssl(__builtin_return_address(0)) && fails(MEMORY, #name))              \
			return NULL;                                                               \
		return __interceptor_##name ? __interceptor_##name args : __libc_##name args;      \
	}

ALLOCATOR(malloc, (size_t size), (size));
ALLOCATOR(calloc, (size_t count, size_t size), (count, size));
ALLOCATOR(realloc, (void *old, size_t size), (old, size));

char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

#define NEXT(name)                                                                                 \
	static __typeof__(&name) next;                                                             \
	if (!next)                                                                                 \
	next = (__typeof__(next))dlsym(RTLD_NEXT, #name)

#define WRAP(result, failure, name, params, args)                                                  \
	result name params                                                                         \
	{                                                                                          \
		NEXT(name);                                                                        \
		return fails(CALL, #name) ? (failure) : next args;                                 \
	}
#define CALL_INT(name, params, args) WRAP(int, -1, name, params, args)
#define CALL_SIZE(name, params, args) WRAP(ssize_t, -1, name, params, args)

/* Calls that move bytes of a stream. With "short" they move at least one byte. */
#define TRANSFER(name, params, args)                                                               \
	ssize_t name params                                                                        \
	{                                                                                          \
		NEXT(name);                                                                        \
		if (fails(CALL, #name))                                                            \
			return -1;                                                                 \
		if (fails(SHORT, #name))                                                           \
			size = (size + 1) / 2;                                                     \
		return next args;                                                                  \
	}

/* The same for a vector: with "short" the call moves only half of the vector's first part. */
#define TRANSFER_VECTOR(name)                                                                      \
	ssize_t name(int fd, const struct iovec *parts, int count)                                 \
	{                                                                                          \
		NEXT(name);                                                                        \
		if (fails(CALL, #name))                                                            \
			return -1;                                                                 \
		if (count > 0 && fails(SHORT, #name)) {                                            \
			struct iovec part = {parts->iov_base, (parts->iov_len + 1) / 2};           \
			return next(fd, &part, 1);                                                 \
		}                                                                                  \
		return next(fd, parts, count);                                                     \
	}

TRANSFER(read, (int fd, void *data, size_t size), (fd, data, size));
TRANSFER(write, (int fd, const void *data, size_t size), (fd, data, size));
TRANSFER(pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at));
TRANSFER(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at));
TRANSFER(getrandom, (void *data, size_t size, unsigned flags), (data, size, flags));
TRANSFER_VECTOR(readv);
TRANSFER_VECTOR(writev);

CALL_SIZE(send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags));
CALL_SIZE(recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags));
CALL_SIZE(sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags));
CALL_SIZE(recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags));
CALL_INT(socket, (int family, int type, int protocol), (family, type, protocol));
CALL_INT(socketpair, (int family, int type, int protocol, int ends[2]),
	(family, type, protocol, ends));
CALL_INT(bind, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size));
CALL_INT(connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size));
CALL_INT(listen, (int fd, int backlog), (fd, backlog));
CALL_INT(accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
	(fd, address, size, flags));
CALL_INT(getsockname, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size));
CALL_INT(getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
	(fd, level, name, value, size));
CALL_INT(setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
	(fd, level, name, value, size));
CALL_INT(shutdown, (int fd, int how), (fd, how));
CALL_INT(epoll_create1, (int flags), (flags));
CALL_INT(epoll_ctl, (int fd, int op, int watched, struct epoll_event *event),
	(fd, op, watched, event));
CALL_INT(epoll_wait, (int fd, struct epoll_event *events, int max, int ms), (fd, events, max, ms));
CALL_INT(epoll_pwait,
	(int fd, struct epoll_event *events, int max, int ms, const sigset_t *signals),
	(fd, events, max, ms, signals));
CALL_INT(poll, (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms));
CALL_INT(ppoll,
	(struct pollfd * fds, nfds_t count, const struct timespec *time, const sigset_t *signals),
	(fds, count, time, signals));
CALL_INT(pipe2, (int ends[2], int flags), (ends, flags));
CALL_INT(signalfd, (int fd, const sigset_t *signals, int flags), (fd, signals, flags));
CALL_INT(sigaction, (int number, const struct sigaction *new, struct sigaction *old),
	(number, new, old));
CALL_INT(fstat, (int fd, struct stat *status), (fd, status));
CALL_INT(fstatfs, (int fd, struct statfs *status), (fd, status));
CALL_INT(statfs, (const char *path, struct statfs *status), (path, status));
CALL_INT(stat, (const char *path, struct stat *status), (path, status));
CALL_INT(lstat, (const char *path, struct stat *status), (path, status));
CALL_INT(fstatat, (int fd, const char *path, struct stat *status, int flags),
	(fd, path, status, flags));
CALL_INT(mkdir, (const char *path, mode_t mode), (path, mode));
CALL_INT(chmod, (const char *path, mode_t mode), (path, mode));
CALL_INT(lchown, (const char *path, uid_t uid, gid_t gid), (path, uid, gid));
CALL_INT(fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
	(fd, path, uid, gid, flags));
CALL_INT(unlink, (const char *path), (path));
CALL_INT(unlinkat, (int fd, const char *path, int flags), (fd, path, flags));
CALL_INT(rmdir, (const char *path), (path));
CALL_INT(rename, (const char *from, const char *to), (from, to));
CALL_SIZE(readlink, (const char *path, char *text, size_t size), (path, text, size));
CALL_INT(gethostname, (char *name, size_t size), (name, size));
CALL_INT(flock, (int fd, int how), (fd, how));
CALL_INT(ftruncate, (int fd, off_t size), (fd, size));
CALL_INT(fallocate, (int fd, int mode, off_t from, off_t size), (fd, mode, from, size));
WRAP(int, fault.error, posix_fallocate, (int fd, off_t from, off_t size), (fd, from, size));
CALL_INT(fsync, (int fd), (fd));
CALL_INT(msync, (void *from, size_t size, int flags), (from, size, flags));
CALL_INT(setgroups, (size_t count, const gid_t *groups), (count, groups));
CALL_INT(setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved));
CALL_INT(setresgid, (gid_t real, gid_t effective, gid_t saved), (real, effective, saved));
WRAP(void *, MAP_FAILED, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t from),
	(at, size, prot, flags, fd, from));
WRAP(DIR *, NULL, opendir, (const char *path), (path));
WRAP(DIR *, NULL, fdopendir, (int fd), (fd));
WRAP(struct dirent *, NULL, readdir, (DIR * directory), (directory));
WRAP(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode));

/* A wrapper of a variadic call passes on as many arguments as a system call can have. */
#define WRAP_VARIADIC(result, name, params, last, args)                                            \
	result name params                                                                         \
	{                                                                                          \
		unsigned long a[6];                                                                \
		va_list rest;                                                                      \
		NEXT(name);                                                                        \
		va_start(rest, last);                                                              \
		for (int i = 0; i < 6; i++)                                                        \
			a[i] = va_arg(rest, unsigned long);                                        \
		va_end(rest);                                                                      \
		return fails(CALL, #name) ? -1 : next args;                                        \
	}

WRAP_VARIADIC(int, open, (const char *path, int flags, ...), flags, (path, flags, a[0]));
WRAP_VARIADIC(int, openat, (int directory, const char *path, int flags, ...), flags,
	(directory, path, flags, a[0]));
WRAP_VARIADIC(int, fcntl, (int fd, int command, ...), command, (fd, command, a[0]));
WRAP_VARIADIC(int, ioctl, (int fd, unsigned long request, ...), request, (fd, request, a[0]));
WRAP_VARIADIC(int, prctl, (int option, ...), option, (option, a[0], a[1], a[2], a[3]));
WRAP_VARIADIC(long, syscall, (long call, ...), call, (call, a[0], a[1], a[2], a[3], a[4], a[5]));

/* Defines a function also for an off_t of 64 bits. */
#define LARGE_FILE(name) __asm__(".globl " #name "64\n.set " #name "64, " #name)
LARGE_FILE(open);
LARGE_FILE(openat);
LARGE_FILE(fopen);
LARGE_FILE(readdir);
LARGE_FILE(fcntl);
LARGE_FILE(mmap);
LARGE_FILE(pread);
LARGE_FILE(pwrite);
LARGE_FILE(stat);
LARGE_FILE(lstat);
LARGE_FILE(fstat);
LARGE_FILE(fstatat);
LARGE_FILE(statfs);
LARGE_FILE(fstatfs);
LARGE_FILE(ftruncate);
LARGE_FILE(fallocate);
LARGE_FILE(posix_fallocate);
