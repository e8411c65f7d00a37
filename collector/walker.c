/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "walker.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "common/array.h"
#include "common/child.h"
#include "common/clock.h"
#include "common/log.h"
#include "sweep.h"
#include "wake_timer.h"
#include "walker_system_calls.h"

#define NS_PER_S UINT64_C(1000000000)
#define START_SECONDS 5
#define LATE_SECONDS 60

struct order {
	uint64_t last_ns; /* for sweep_at_once(), after which the process ends; 0: sweep_go_on() */
	bool deferred_and_room;
};

struct answer {
	uint64_t cpu_ns; /* of the process since its start */
	int result;      /* 0, or a negative errno of the first steps */
};

/* What the process needs from the collector. */
struct work {
	struct probe *probe;
	enum sandbox_mode mode;
};

static bool send_answer(int fd, int result)
{
	const struct answer answer = {clock_ns(CLOCK_PROCESS_CPUTIME_ID), result};

	return send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) == sizeof(answer);
}

static int first_steps(struct probe *probe)
{
	int r = 0;

	for (enum probe_walk walk = 0; !r && walk < PROBE_WALKS; walk++) {
		r = probe_walk(probe, walk);
		if (r == -EAGAIN) /* the walk has more steps */
			r = 0;
	}
	return r;
}

static void walker_run(int fd, void *context)
{
	const struct work *work = context;
	struct sweep sweep;
	struct order order = {0};
	int r;

	sweep_init(&sweep, work->probe);
	r = wake_timer_start();
	if (!r && walker_system_calls_restrict(work->mode))
		return;
	if (!r)
		r = first_steps(work->probe);
	while (!order.last_ns && send_answer(fd, r) &&
		recv(fd, &order, sizeof(order), 0) == sizeof(order)) {
		if (order.last_ns)
			sweep_at_once(&sweep, order.last_ns);
		else
			sweep_go_on(&sweep, order.deferred_and_room);
	}
}

/* Receives the answers that have arrived. Returns 0, an answer's result, or -ECHILD. */
static int receive_answers(struct walker *walker)
{
	struct answer answer;

	while (walker->unanswered) {
		ssize_t n = recv(walker->fd, &answer, sizeof(answer), MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n != sizeof(answer))
			return -ECHILD;
		walker->cpu_ns = answer.cpu_ns;
		walker->unanswered--;
		if (answer.result)
			return answer.result;
	}
	return 0;
}

/* Waits until all orders are answered, for at most `most_ns`. Returns what receive_answers() does. */
static int wait_for_answers(struct walker *walker, uint64_t most_ns)
{
	struct pollfd ready = {.fd = walker->fd, .events = POLLIN};
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + most_ns, now_ns;
	int r;

	while (!(r = receive_answers(walker)) && walker->unanswered &&
		(now_ns = clock_ns(CLOCK_MONOTONIC)) < end_ns) {
		struct timespec rest = {.tv_sec = (time_t)((end_ns - now_ns) / NS_PER_S),
			.tv_nsec = (long)((end_ns - now_ns) % NS_PER_S)};

		(void)ppoll(&ready, 1, &rest, NULL);
	}
	return r;
}

int walker_start(struct walker *walker, struct probe *probe, enum sandbox_mode mode)
{
	struct work work = {probe, mode};
	const int links[PROBE_WALKS] = {
		probe_walk_link(probe, PROBE_FILES), probe_walk_link(probe, PROBE_SWEEP)};
	const struct child child = {.name = "rexmit-walker",
		.run = walker_run,
		.context = &work,
		.kept = links,
		.n_kept = ARRAY_SIZE(links)};

	*walker = (struct walker){.fd = child_start(&child),
		.unanswered = 1,
		.late_ns = clock_ns(CLOCK_MONOTONIC) + LATE_SECONDS * NS_PER_S};
	return walker->fd < 0 ? walker->fd : 0;
}

int walker_prove(struct walker *walker)
{
	return wait_for_answers(walker, START_SECONDS * NS_PER_S);
}

static int send_order(struct walker *walker, const struct order *order)
{
	if (send(walker->fd, order, sizeof(*order), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -ECHILD;
	walker->unanswered++;
	walker->late_ns = clock_ns(CLOCK_MONOTONIC) + LATE_SECONDS * NS_PER_S;
	return 0;
}

/* Logs a line for each minute without an answer. */
static void warn_if_late(struct walker *walker)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (now_ns < walker->late_ns)
		return;
	walker->late_ns = now_ns + LATE_SECONDS * NS_PER_S;
	log_warning(
		"a step of the walk over the sockets takes longer than %d s; deferred segments, "
		"and those of connections that lose nothing, are reported late",
		LATE_SECONDS);
}

int walker_go_on(struct walker *walker, bool deferred_and_room)
{
	const struct order order = {.deferred_and_room = deferred_and_room};
	int r = receive_answers(walker);

	if (!r && !walker->unanswered)
		r = send_order(walker, &order);
	else if (!r)
		warn_if_late(walker);
	return r;
}

void walker_end(struct walker *walker, uint64_t most_ns)
{
	const struct order order = {.last_ns = most_ns};

	if (!send_order(walker, &order))
		(void)wait_for_answers(walker, most_ns);
}
