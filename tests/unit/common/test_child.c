/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests a process that works for the program: what it inherits, and when it ends. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/child.h"
#include "support/failing_calls.h"
#include "support/only_child.h"

FAILING_CALL(int, -1, socketpair, (int domain, int type, int protocol, int fds[2]),
	(domain, type, protocol, fds))
FAILING_CALL(pid_t, -1, fork, (void), ())

/* For each descriptor that it receives, answers whether it is open. */
static void answer_all(int fd, void *context)
{
	int asked;

	(void)context;
	while (recv(fd, &asked, sizeof(asked), 0) == sizeof(asked)) {
		bool is_open = fcntl(asked, F_GETFD) >= 0;

		send(fd, &is_open, sizeof(is_open), MSG_NOSIGNAL);
	}
}

static bool is_open_in(int child, int asked)
{
	bool answer;

	cr_assert_eq(send(child, &asked, sizeof(asked), 0), sizeof(asked));
	cr_assert_eq(recv(child, &answer, sizeof(answer), 0), sizeof(answer));
	return answer;
}

Test(child, keeps_only_what_it_needs, .timeout = 30)
{
	int before = open("/dev/null", O_RDONLY), low = open("/dev/null", O_RDONLY), fd;
	int high = fcntl(low, F_DUPFD, 200), between = fcntl(low, F_DUPFD, 150);
	int above = fcntl(low, F_DUPFD, 300);
	const int kept[] = {high, low};
	const struct child child = {.name = "test", .run = answer_all, .kept = kept, .n_kept = 2};

	fd = child_start(&child);
	cr_assert_gt(fd, 2);
	cr_expect(is_open_in(fd, STDERR_FILENO));
	cr_expect(is_open_in(fd, low));
	cr_expect(is_open_in(fd, high));
	cr_expect_not(is_open_in(fd, before));
	cr_expect_not(is_open_in(fd, between));
	cr_expect_not(is_open_in(fd, above));
	cr_expect_not(is_open_in(fd, fd), "the program's end of the connection");
	close(fd);
	cr_expect_neq(wait(NULL), -1, "it ends with the connection");
}

Test(child, has_a_name, .timeout = 30)
{
	const struct child child = {.name = "test-name", .run = answer_all};
	int fd = child_start(&child);
	char path[64], name[64] = "";
	FILE *file;

	cr_assert_geq(fd, 0);
	cr_expect(is_open_in(fd, STDERR_FILENO), "it has started");
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)only_child());
	file = fopen(path, "r");
	cr_assert_not_null(file);
	cr_expect_not_null(fgets(name, sizeof(name), file));
	cr_expect_str_eq(name, "test-name\n");
	fclose(file);
	close(fd);
}

Test(child, ignores_stop_signals, .timeout = 30)
{
	const struct child child = {.name = "test", .run = answer_all};
	int fd = child_start(&child), status;

	cr_assert_geq(fd, 0);
	cr_expect(is_open_in(fd, STDERR_FILENO), "it has started");
	kill(only_child(), SIGTERM);
	kill(only_child(), SIGINT);
	cr_expect(is_open_in(fd, STDERR_FILENO));
	close(fd);
	cr_expect_neq(wait(&status), -1);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(child, cannot_start)
{
	const struct child child = {.name = "test", .run = answer_all};
	static const char *const calls[] = {"socketpair", "fork"};
	unsigned before = failing_calls_open_fds();

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i], 1, EAGAIN);
		cr_expect_eq(child_start(&child), -EAGAIN);
		failing_calls_assert_made();
		cr_expect_eq(failing_calls_open_fds(), before);
	}
}
