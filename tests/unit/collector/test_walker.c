/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The process that walks over the sockets. Its memory is its own, so the functions of the sweep and
 * the probe, which this file replaces, tell the test through shared memory what they were called
 * with.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/log_sink.h"
#include "support/only_child.h"
#include "sweep.h"
#include "wake_timer.h"
#include "walker.h"
#include "walker_system_calls.h"

#define SECOND_NS UINT64_C(1000000000)

static struct shared {
	unsigned walks[PROBE_WALKS], steps, deferred, at_once;
	uint64_t most_ns;
	int walk_result, timer_result, restrict_result;
	bool hangs;
} * shared;

int probe_walk_link(const struct probe *probe, enum probe_walk walk)
{
	(void)probe, (void)walk;
	return STDERR_FILENO;
}

static void work(void)
{
	while (shared->hangs)
		usleep(1000);
}

int probe_walk(struct probe *probe, enum probe_walk walk)
{
	(void)probe;
	work();
	shared->walks[walk]++;
	return walk == PROBE_SWEEP ? shared->walk_result : 0;
}

int wake_timer_start(void)
{
	return shared->timer_result;
}

int walker_system_calls_restrict(enum sandbox_mode mode)
{
	cr_assert_eq(mode, SANDBOX_LOG);
	return shared->restrict_result;
}

void sweep_init(struct sweep *sweep, struct probe *probe)
{
	sweep->probe = probe;
}

void sweep_go_on(struct sweep *sweep, bool deferred_and_room)
{
	(void)sweep;
	work();
	shared->steps++;
	shared->deferred += deferred_and_room;
}

void sweep_at_once(struct sweep *sweep, uint64_t most_ns)
{
	(void)sweep;
	work();
	shared->at_once++;
	shared->most_ns = most_ns;
}

static struct walker walker;

static void setup(void)
{
	log_sink_use_pipe();
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(shared, MAP_FAILED);
}

TestSuite(walker, .init = setup, .timeout = 60);

static void start(void)
{
	cr_assert_eq(walker_start(&walker, NULL, SANDBOX_LOG), 0);
	cr_assert_eq(walker_prove(&walker), 0);
}

/* Waits until the process has answered, and does not receive the answer. */
static void wait_for_answer(void)
{
	struct pollfd ready = {.fd = walker.fd, .events = POLLIN};

	cr_assert_eq(poll(&ready, 1, -1), 1);
}

Test(walker, proves_both_walks)
{
	start();
	cr_expect_eq(shared->walks[PROBE_FILES], 1);
	cr_expect_eq(shared->walks[PROBE_SWEEP], 1);
	cr_expect_eq(walker.unanswered, 0);
}

Test(walker, a_first_step_may_have_successors)
{
	shared->walk_result = -EAGAIN;
	start();
}

Test(walker, cannot_walk)
{
	shared->walk_result = -EPERM;
	cr_assert_eq(walker_start(&walker, NULL, SANDBOX_LOG), 0);
	cr_expect_eq(walker_prove(&walker), -EPERM);
	shared->timer_result = -EAGAIN;
	cr_assert_eq(walker_start(&walker, NULL, SANDBOX_LOG), 0);
	cr_expect_eq(walker_prove(&walker), -EAGAIN);
	cr_expect_eq(shared->walks[PROBE_FILES], 1, "no walk without the timer");
}

Test(walker, no_walk_without_a_filter)
{
	shared->restrict_result = -EPERM;
	cr_assert_eq(walker_start(&walker, NULL, SANDBOX_LOG), 0);
	cr_expect_eq(walker_prove(&walker), -ECHILD);
	cr_expect_eq(shared->walks[PROBE_FILES], 0);
}

/* The start does not wait for a step that hangs. */
Test(walker, a_first_step_that_hangs)
{
	int results[] = {0, -EPERM};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		shared->hangs = true;
		shared->walk_result = results[i];
		start();
		cr_expect_eq(walker.unanswered, 1);
		cr_expect_eq(walker_go_on(&walker, false), 0);
		log_sink_assert_silence();
		shared->hangs = false;
		wait_for_answer();
		cr_expect_eq(walker_go_on(&walker, false), results[i]);
		cr_expect_eq(walker.unanswered, results[i] ? 0 : 1, "the first order");
	}
}

Test(walker, one_step_for_each_order)
{
	start();
	for (unsigned i = 1; i <= 3; i++) {
		cr_assert_eq(walker_go_on(&walker, i == 2), 0);
		wait_for_answer();
		cr_expect_eq(shared->steps, i);
	}
	cr_assert_eq(walker_go_on(&walker, false), 0);
	cr_expect_eq(shared->deferred, 1);
	cr_expect_gt(walker.cpu_ns, 0);
}

static void assert_ended(void)
{
	int status;

	cr_expect_neq(wait(&status), -1);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The collector does not wait for a step that hangs, and gives no other order meanwhile. */
Test(walker, a_step_that_hangs)
{
	start();
	shared->hangs = true;
	walker.late_ns = 0;
	for (int i = 0; i < 5; i++)
		cr_assert_eq(walker_go_on(&walker, false), 0);
	cr_expect_eq(walker.unanswered, 1);
	log_sink_assert_silence();
	cr_expect_gt(walker.late_ns, SECOND_NS, "it is measured from the order");
	for (int i = 0; i < 2; i++) {
		walker.late_ns -= 61 * SECOND_NS;
		cr_assert_eq(walker_go_on(&walker, false), 0);
		log_sink_assert_line("a step of the walk over the sockets takes longer than 60 s; "
				     "deferred segments, and those of connections that lose "
				     "nothing, are reported late\n");
		cr_assert_eq(walker_go_on(&walker, false), 0);
		log_sink_assert_silence();
	}
	walker_end(&walker, 10000000);
	cr_expect_eq(walker.unanswered, 2);
	shared->hangs = false;
	assert_ended();
	cr_expect_eq(shared->steps, 1);
	cr_expect_eq(shared->at_once, 1);
}

/* When the collector ends, the process has ended, so systemd finds none that remains. */
Test(walker, last_sweep)
{
	char byte;

	start();
	walker_end(&walker, 30 * SECOND_NS);
	cr_expect_eq(shared->at_once, 1);
	cr_expect_eq(shared->most_ns, 30 * SECOND_NS);
	cr_expect_eq(recv(walker.fd, &byte, 1, MSG_DONTWAIT), 0, "it has closed its end");
	assert_ended();
}

Test(walker, ends_after_the_collector)
{
	start();
	close(walker.fd);
	assert_ended();
}

static void assert_noticed(void)
{
	int status;

	kill(only_child(), SIGKILL);
	cr_assert_neq(wait(&status), -1);
	cr_expect_eq(walker_go_on(&walker, false), -ECHILD);
	walker_end(&walker, 3600 * SECOND_NS);
}

Test(walker, is_killed_between_two_orders)
{
	start();
	assert_noticed();
}

Test(walker, is_killed_during_a_step)
{
	start();
	shared->hangs = true;
	cr_assert_eq(walker_go_on(&walker, false), 0);
	assert_noticed();
}
