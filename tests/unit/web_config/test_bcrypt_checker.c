/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the process that checks passwords: the time of a check, and its result. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/only_child.h"
#include "web_config/bcrypt_checker.h"

/* Returns the CPU time of a check with this hash. */
static uint32_t checked_us(int fd, const char *hash, uint8_t cost, uint8_t cost_as)
{
	struct checker_question question = {.cost = cost, .cost_as = cost_as, .password = "U*V"};
	struct checker_answer answer;

	strcpy(question.hash, hash);
	cr_assert_eq(send(fd, &question, sizeof(question), 0), sizeof(question));
	cr_assert_eq(recv(fd, &answer, sizeof(answer), 0), sizeof(answer));
	cr_assert_eq(answer.right, 0);
	return answer.cpu_us;
}

/* The times differ by less than a factor of two, although the costs differ by a factor of 32. */
Test(bcrypt_checker, all_costs_take_the_same_time)
{
	static const char low[] = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
			  high[] = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	int fd = checker_start(SANDBOX_OFF);
	uint32_t of_low, of_high;

	cr_assert_geq(fd, 0);
	of_low = checked_us(fd, low, 5, 10);
	of_high = checked_us(fd, high, 10, 10);
	close(fd);
	cr_assert(of_low > of_high / 2 && of_low < 2 * of_high, "%u and %u us", of_low, of_high);
}

/* Uses a test vector of OpenBSD's bcrypt. */
Test(bcrypt_checker, accepts_only_the_right_password)
{
	static const struct {
		const char *hash, *password;
		uint8_t right;
	} cases[] = {
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", 1},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", 1},
		{"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", 1},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V", 0},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeX", "U*U", 0},
		/* unused bits of the salt are set */
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", 1},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V", 0},
		{"*0", "U*U", 0},
	};
	int fd = checker_start(SANDBOX_OFF);

	cr_assert_geq(fd, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checker_question question = {0};
		struct checker_answer answer = {.right = 2};

		strcpy(question.hash, cases[i].hash);
		strcpy(question.password, cases[i].password);
		cr_assert_eq(send(fd, &question, sizeof(question), 0), sizeof(question));
		cr_assert_eq(recv(fd, &answer, sizeof(answer), 0), sizeof(answer));
		cr_assert_eq(answer.right, cases[i].right, "%zu", i);
	}
	close(fd);
}

/* systemd sends a signal to all processes of the unit, and the exporter may still answer requests. */
Test(bcrypt_checker, outlives_the_signals_that_stop_a_program)
{
	static const char hash[] = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	int fd = checker_start(SANDBOX_OFF);

	cr_assert_geq(fd, 0);
	checked_us(fd, hash, 5, 5); /* it has started */
	kill(only_child(), SIGTERM);
	kill(only_child(), SIGINT);
	checked_us(fd, hash, 5, 5);
	close(fd);
}

Test(bcrypt_checker, is_confined)
{
	static const char hash[] = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	int fd = checker_start(SANDBOX_LOG), mode = -1;
	char path[64], line[256];
	FILE *status;

	cr_assert_geq(fd, 0);
	checked_us(fd, hash, 5, 5);
	snprintf(path, sizeof(path), "/proc/%d/status", only_child());
	status = fopen(path, "r");
	cr_assert_not_null(status);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "Seccomp: %d", &mode);
	fclose(status);
	cr_assert_eq(mode, 2, "%d", mode);
	close(fd);
}
