/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/server_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/unix_socket.h"
#include "stop_signals.h"
#include "support/failing_calls.h"

#define NS_PER_MS UINT64_C(1000000)

static struct identity identity = {.instance = {1, 2, 3}, .host_netns = 4};
struct fake_probe fake;

const struct identity *probe_identity(const struct probe *probe)
{
	(void)probe;
	return &identity;
}

uint32_t *probe_awaited(struct probe *probe)
{
	(void)probe;
	return &identity.awaited;
}

const struct process_table *probe_processes(const struct probe *probe)
{
	(void)probe;
	return NULL;
}

void probe_counters(const struct probe *probe, struct counters *sum)
{
	(void)probe;
	*sum = (struct counters){.segments = {[WIRE_SCOPE_HOST][WIRE_CAUSE_FAST] = 7}};
}

int probe_missed(const struct probe *probe, unsigned program, uint64_t *missed)
{
	(void)probe, (void)program, (void)missed;
	return -ENODATA;
}

int probe_cgroup_path(void *context, uint64_t id, char *path)
{
	(void)context, (void)id, (void)path;
	return -ENOENT;
}

uint32_t probe_stored(const struct probe *probe)
{
	(void)probe;
	return fake.stored;
}

void probe_limit_sockets(struct probe *probe, uint32_t max)
{
	(void)probe;
	fake.limited_to = max;
}

int walker_go_on(struct walker *walker, bool deferred_and_room)
{
	(void)deferred_and_room;
	walker->cpu_ns = 5000;
	return fake.walker_result;
}

void walker_end(struct walker *walker, uint64_t most_ns)
{
	(void)walker, (void)most_ns;
	cr_assert(fake.attached, "the last sweep is before the end of the programs");
	fake.last_sweeps++;
}

void probe_detach(struct probe *probe)
{
	(void)probe;
	fake.attached = false;
}

bool probe_is_pinned(const struct probe *probe)
{
	(void)probe;
	return fake.pinned;
}

struct kernel_ring kernel;
static struct ring ring;

int probe_ring_fd(const struct probe *probe)
{
	static int fd = -1;

	(void)probe;
	if (fd < 0)
		fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC); /* that no event makes ready */
	return fd;
}

void memory_room_init(struct memory_room *room)
{
	*room = (struct memory_room){-1, -1};
}

uint32_t memory_room_sockets(const struct memory_room *room, uint32_t now)
{
	(void)room, (void)now;
	return fake.room_for;
}

static uint64_t now_ns, start_ns;
unsigned waits;
void (*at_wait)(void);

REPLACED_CALL(int, clock_gettime, (clockid_t clock, struct timespec *time))
{
	(void)clock;
	*time = (struct timespec){
		(time_t)(now_ns / 1000 / NS_PER_MS), (long)(now_ns % (1000 * NS_PER_MS))};
	return 0;
}

int __real_epoll_pwait(
	int fd, struct epoll_event *events, int most, int ms, const sigset_t *signals);
REPLACED_CALL(int, epoll_pwait,
	(int fd, struct epoll_event *events, int most, int ms, const sigset_t *signals))
{
	int n;

	cr_assert_geq(ms, 0);
	cr_assert_lt(++waits, 10000, "the loop does not wait");
	if (failing_calls_now("epoll_pwait"))
		return -1;
	if (at_wait)
		at_wait();
	n = __real_epoll_pwait(fd, events, most, 0, signals);
	if (n == 0)
		now_ns += (uint64_t)ms * NS_PER_MS;
	return n;
}

int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
REPLACED_CALL(int, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *event))
{
	return failing_calls_now("epoll_ctl") ? -1 : __real_epoll_ctl(epoll, op, fd, event);
}

FAILING_CALL(int, -1, epoll_create1, (int flags), (flags))
FAILING_CALL(int, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
FAILING_CALL(int, -1, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
	(fd, address, size, flags))
FAILING_CALL(ssize_t, -1, send, (int fd, const void *data, size_t size, int flags),
	(fd, data, size, flags))

uid_t client_uid;
int __real_unix_peer(int fd, struct ucred *peer);
REPLACED_CALL(int, unix_peer, (int fd, struct ucred *peer))
{
	int r = failing_calls_now("unix_peer") ? -errno : __real_unix_peer(fd, peer);

	peer->uid = client_uid;
	peer->pid = 1234;
	return r;
}

char server_directory[] = "/tmp/test-server-XXXXXX";
static char path[64];
struct tally tally;
static struct walker walker;
struct server server;

uint64_t elapsed_ms(void)
{
	return (now_ns - start_ns) / NS_PER_MS;
}

void server_setup(void)
{
	now_ns = 1000 * 1000 * NS_PER_MS;
	fake.attached = true;
	fake.room_for = UINT32_MAX;
	client_uid = ALLOWED_UID;
	kernel_ring_init(&kernel, &ring, 64 * kernel_ring_page(), 0);
	tally_init(&tally, NULL, &ring);
	cr_assert_not_null(mkdtemp(server_directory));
	snprintf(path, sizeof(path), "%s/socket", server_directory);
	server = (struct server){.own_uid = OWN_UID,
		.allowed_uid = ALLOWED_UID,
		.ring = &ring,
		.tally = &tally,
		.walker = &walker,
		.listener = unix_listen(path, 0600)};
	cr_assert_geq(server.listener, 0);
	cr_assert_eq(stop_signals_block(), 0);
}

void server_teardown(void)
{
	unlink(path);
	rmdir(server_directory);
	kernel_ring_deinit(&kernel, &ring);
}

void run_to_the_end(void (*step)(void))
{
	start_ns = now_ns;
	waits = 0;
	fake.attached = true;
	server.stop_signal = 0;
	at_wait = step;
	cr_assert_eq(server_init(&server), 0);
	cr_assert_eq(server_run(&server), fake.walker_result);
	cr_assert_not(fake.attached);
	cr_assert_not(server.connected);
}

int connect_client(void)
{
	int fd = unix_connect(path);

	cr_assert_geq(fd, 0);
	return fd;
}

void stop_after_ms(uint64_t ms)
{
	if (elapsed_ms() >= ms && !server.stop_signal)
		raise(SIGTERM);
}

void stop_at_once(void)
{
	stop_after_ms(0);
}

void stop_after_3s(void)
{
	stop_after_ms(3000);
}
