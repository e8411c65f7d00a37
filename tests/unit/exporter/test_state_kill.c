/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * If the exporter is killed between two instructions, the state file has all of a record or nothing
 * of it.
 *
 * The test steps through a child process. Between two instructions, the file that the child has
 * mapped is the file that a kill would leave. The test opens that file as the next exporter would,
 * and compares it with the states between records.
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
 * The bytes of three kinds of files: the file that the child maps, the file that a kill leaves, and
 * the states between records.
 */
static uint8_t *live, *left;
static uint8_t *states[STATE_STEPS + 1];
static size_t size;
/* The pages that have bytes in some state. Most pages of the 4 MB of paths are empty. */
static size_t pages[64], page_count;
static struct state_shape shape;
static unsigned seen[STATE_STEPS + 1];
/* The file with the most words in its journal, and the number of its state. */
static uint8_t *worst;
static int worst_state;
static unsigned instructions, recoveries;

static void keep_state(int number)
{
	struct bytes bytes = state_read(state_path("reference"));

	size = bytes.size;
	states[number] = bytes.data;
}

/* Performs all steps without a kill. */
static void make_states(void)
{
	struct exporter e;

	shape = state_fixture_shape();
	state_exporter_init(&e, "reference");
	keep_state(0);
	for (int step = 0; step < STATE_STEPS; step++) {
		state_step(&e, step);
		keep_state(step + 1);
	}
	exporter_deinit(&e);
}

static bool is_used(size_t page)
{
	static const uint8_t empty[PAGE];

	for (int i = 0; i <= STATE_STEPS; i++) {
		if (memcmp(states[i] + page * PAGE, empty, PAGE) != 0)
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

/* The next exporter must read state `number` or the next state. Returns which one. */
static int recover(int number)
{
	struct state *state;

	cr_assert_eq(state_open(&state, state_path("left"), &shape), 0);
	state_close(state);
	if (!is_same(left, states[number], HEAD_PAGES))
		number++;
	cr_assert(number <= STATE_STEPS && is_same(left, states[number], HEAD_PAGES),
		"neither state %d nor the one before it", number);
	seen[number]++;
	return number;
}

/* Lets the child run its next instruction. Returns false at its end. */
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

/* The child stops itself. After that the parent can step through its instructions. */
static void let_parent_trace(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(77);
	raise(SIGSTOP);
}

/* Returns false if the host does not permit tracing. */
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
	let_parent_trace();
	for (int number = 0; number < STATE_STEPS; number++)
		state_step(&e, number);
	_exit(0);
}

/* Returns how many words of a change the journal has. */
static uint64_t noted(const uint8_t *file)
{
	return ((const struct state_head *)file)->journal.count & UINT32_MAX;
}

/*
 * Steps the child from state `number` to state `until`. Returns the state that it reached. Keeps
 * the file with the most words in its journal.
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
			worst_state = number;
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

	make_states();
	find_pages();
	worst = calloc(1, size + PAGE);
	state_write(state_path("left"), (struct bytes){states[0], size});
	left = state_map(state_path("left"));
	child = fork();
	if (child == 0)
		work();
	if (!wait_for(child))
		cr_skip_test("this host does not permit tracing");
	live = state_map(state_path("live"));
	cr_assert_eq(follow(child, 0, STATE_STEPS), STATE_STEPS);
	for (int i = 0; i <= STATE_STEPS; i++)
		cr_assert_gt(seen[i], 0, "state %d", i);

	/*
	 * Kills an exporter that undoes a change, in the same way. The next exporter can undo the
	 * change again.
	 */
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_gt(noted(worst), 10, "%u", (unsigned)noted(worst));
	copy(live, worst);
	child = fork();
	if (child == 0) {
		let_parent_trace();
		_exit(state_open(&state, state_path("live"), &shape) ? 1 : 0);
	}
	cr_assert(wait_for(child));
	cr_assert_eq(follow(child, worst_state, worst_state), worst_state);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_log_info("%u instructions, %u recoveries", instructions, recoveries);
}
