/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/bcrypt_checker.h"

#include <crypt.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/array.h"
#include "common/child.h"
#include "common/clock.h"

#define SALT_END 29 /* the digest follows the version, the cost and the salt */

static bool is_right(const struct checker_question *question)
{
	static struct crypt_data data; /* too large for the stack: 32 KiB */
	const char *hash = crypt_rn(question->password, question->hash, &data, (int)sizeof(data));
	/* Only two bits of the last character of the salt count. Some programs set its other bits,
	 * and crypt_rn() clears them in its result. strcmp() need not be constant-time, because
	 * clients cannot choose the hash. */
	bool right = hash && strcmp(hash + SALT_END, question->hash + SALT_END) == 0;

	explicit_bzero(&data, sizeof(data)); /* `data` contains the password */
	return right;
}

/*
 * Computes more hashes, so that the time does not reveal which users exist, or their costs. A hash
 * of cost n takes 2^n rounds. The first hash and one hash of each cost from `cost` to `cost_as` - 1
 * together take as long as a hash of `cost_as`.
 */
static void pad(const struct checker_question *question)
{
	struct checker_question more = *question;

	for (; more.cost < more.cost_as; more.cost++) {
		more.hash[4] = (char)('0' + more.cost / 10);
		more.hash[5] = (char)('0' + more.cost % 10);
		is_right(&more);
	}
	explicit_bzero(&more, sizeof(more));
}

static void answer_all(int fd)
{
	struct checker_question question;

	while (recv(fd, &question, sizeof(question), 0) == sizeof(question)) {
		uint64_t begin_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
		struct checker_answer answer = {.right = is_right(&question)};

		pad(&question);
		explicit_bzero(&question, sizeof(question));
		answer.cpu_us = (uint32_t)(clock_us(CLOCK_PROCESS_CPUTIME_ID) - begin_us);
		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
}

static int restrict_calls(enum sandbox_mode mode)
{
	static const struct sandbox_rule rules[] = {
		{SCMP_SYS(recvfrom), {SANDBOX_IS(4, 0)}},
		{SCMP_SYS(sendto), {SANDBOX_IS(4, 0)}},
		{.call = SCMP_SYS(clock_gettime)},
		{.call = SCMP_SYS(exit_group)},
	};

	return sandbox_enter(mode, rules, ARRAY_SIZE(rules));
}

static void checker_run(int fd, void *context)
{
	const enum sandbox_mode *mode = context;

	/* Gives priority to scrapes. The lowest priority would be too low on a busy host. */
	setpriority(PRIO_PROCESS, 0, 5);
	if (!restrict_calls(*mode))
		answer_all(fd);
}

int checker_start(enum sandbox_mode mode)
{
	const struct child child = {
		.name = "rexmit-password", .run = checker_run, .context = &mode};

	return child_start(&child);
}
