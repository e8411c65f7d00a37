/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * If the exporter is killed between any two instructions, the state file has all of a record or
 * nothing of it. The test steps a child process through its work. Between two instructions, the
 * file that the child has mapped is what a kill would leave there. If the file differs from the
 * previous one, the test opens it as the next exporter would, and compares it with the states
 * between two records.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/state_fixture.h"

#define PAGE STATE_PAGE
#define HEAD_PAGES (STATE_WORDS_AT / PAGE)

/*
 * The files' bytes: the file that the child maps, the file that a kill left, and the states between
 * records.
 */
static uint8_t *live, *left;
static uint8_t *moments[STATE_STEPS + 1];
static size_t size;
/* The pages that are not empty in some state; most pages of the 4 MB of paths are empty. */
static size_t pages[64], page_count;
static struct state_shape shape;
static unsigned seen[STATE_STEPS + 1];
/* The file with the most words in its journal, and the state that it becomes. */
static uint8_t *worst;
static int worst_moment;
static unsigned instructions, recoveries;

static void keep_moment(int number)
{
	struct bytes bytes = state_read(state_path("reference"));

	size = bytes.size;
	moments[number] = bytes.data;
}

/* Performs all steps without a kill. */
static void make_moments(void)
{
	struct exporter e;

	shape = state_fixture_shape();
	state_exporter_init(&e, "reference");
	keep_moment(0);
	for (int step = 0; step < STATE_STEPS; step++) {
		state_step(&e, step);
		keep_moment(step + 1);
	}
	exporter_deinit(&e);
}

static bool is_used(size_t page)
{
	static const uint8_t empty[PAGE];

	for (int i = 0; i <= STATE_STEPS; i++) {
		if (memcmp(moments[i] + page * PAGE, empty, PAGE) != 0)
			return true;
	}
	return false;
}

static void find_pages(void)
{
	for (size_t page = 0; page * PAGE < size; page++) {
		if (!is_used(page))
			continue;
		cr_assert_lt(page_count, sizeof(pages) / sizeof(pages[0]));
		pages[page_count++] = page;
	}
}

static bool is_same(const uint8_t *a, const uint8_t *b, size_t from)
{
	for (size_t i = 0; i < page_count; i++) {
		size_t at = pages[i] * PAGE;

		if (pages[i] >= from && memcmp(a + at, b + at, PAGE) != 0)
			return false;
	}
	return true;
}

static void copy(uint8_t *to, const uint8_t *from)
{
	for (size_t i = 0; i < page_count; i++)
		memcpy(to + pages[i] * PAGE, from + pages[i] * PAGE, PAGE);
}

/* Checks that the next exporter reads state `number` or the one after it. Returns which. */
static int recover(int number)
{
	struct state *state;

	cr_assert_eq(state_open(&state, state_path("left"), &shape), 0);
	state_close(state);
	if (!is_same(left, moments[number], HEAD_PAGES))
		number++;
	cr_assert(number <= STATE_STEPS && is_same(left, moments[number], HEAD_PAGES),
		"neither moment %d nor that before it", number);
	seen[number]++;
	return number;
}

/* Lets the child run to its next instruction. Returns false at its end. */
static bool step(pid_t child)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, child, 0, 0), 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFSTOPPED(status))
		cr_assert_eq(WSTOPSIG(status), SIGTRAP);
	else
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return WIFSTOPPED(status);
}

/* The child stops itself, so that the parent can step through what follows. */
static void be_traced(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(77);
	raise(SIGSTOP);
}

/* Returns false if tracing is not permitted on this host. */
static bool wait_for(pid_t child)
{
	int status;

	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFSTOPPED(status);
}

static void work(void)
{
	struct exporter e;

	state_exporter_init(&e, "live");
	be_traced();
	for (int number = 0; number < STATE_STEPS; number++)
		state_step(&e, number);
	_exit(0);
}

/* Returns how many words of a change are in the journal. */
static uint64_t noted(const uint8_t *file)
{
	return ((const struct state_head *)file)->journal.count & UINT32_MAX;
}

/*
 * Steps the child from state `number` to state `until`. Returns the state that it reached. Keeps
 * the file that had the most words in its journal.
 */
static int follow(pid_t child, int number, int until)
{
	uint8_t *before = calloc(1, size + PAGE);

	do {
		instructions++;
		if (is_same(live, before, 0))
			continue;
		copy(before, live);
		copy(left, live);
		number = recover(number);
		recoveries++;
		if (noted(live) > noted(worst)) {
			copy(worst, live);
			worst_moment = number;
		}
		if (noted(live) == 0 && number == until)
			break;
	} while (step(child));
	free(before);
	return number;
}

Test(state_kill, at_every_instruction, .init = state_directory_make, .fini = state_directory_remove,
	.timeout = 300)
{
	struct state *state;
	pid_t child;

	make_moments();
	find_pages();
	worst = calloc(1, size + PAGE);
	state_write(state_path("left"), (struct bytes){moments[0], size});
	left = state_map(state_path("left"));
	child = fork();
	if (child == 0)
		work();
	if (!wait_for(child))
		cr_skip_test("no process may be traced");
	live = state_map(state_path("live"));
	cr_assert_eq(follow(child, 0, STATE_STEPS), STATE_STEPS);
	for (int i = 0; i <= STATE_STEPS; i++)
		cr_assert_gt(seen[i], 0, "moment %d", i);

	/*
	 * The same for an exporter that undoes a change: if it is killed, the change can be undone
	 * again.
	 */
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_gt(noted(worst), 10, "%u", (unsigned)noted(worst));
	copy(live, worst);
	child = fork();
	if (child == 0) {
		be_traced();
		_exit(state_open(&state, state_path("live"), &shape) ? 1 : 0);
	}
	cr_assert(wait_for(child));
	cr_assert_eq(follow(child, worst_moment, worst_moment), worst_moment);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_log_info("%u instructions, %u recoveries", instructions, recoveries);
}
