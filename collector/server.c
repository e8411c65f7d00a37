/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "session.h"
#include "systemd.h"
#include "unix_socket.h"
#include "version.h"

#define NS_PER_S UINT64_C(1000000000)
#define TICK_MS 50        /* how often the ring is looked at: an event wakes nobody */
#define IDLE_TICK_MS 1000 /* the same without an exporter */
#define SWEEP_SECONDS 10  /* between two sweeps, while nothing is deferred */
#define RESUME_SECONDS 5  /* from connect to RESUME */
#define DRAIN_SECONDS 1   /* from the signal to the end */

/* The running server. One session at a time, so it is embedded. */
struct loop {
	const struct server *server;
	int epoll;
	bool connected;
	struct session session;
	union wire_record hello;
	uint64_t next_second_ns;
	uint64_t next_sweep_ns;
	uint64_t watchdog_ns; /* 0: none */
	uint64_t next_watchdog_ns;
};

static volatile sig_atomic_t stop_requested;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stop_requested = 1;
}

int server_catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_stop};
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	if (sigprocmask(SIG_BLOCK, &stop, NULL) || sigaction(SIGTERM, &action, NULL) ||
		sigaction(SIGINT, &action, NULL))
		return -errno;
	return 0;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void make_hello(struct loop *loop, const uint8_t instance[16])
{
	const struct probe *probe = loop->server->probe;

	wire_hello_init(&loop->hello, instance, REXMIT_VERSION);
	loop->hello.hello.attached_ns = probe_attached_ns(probe);
	loop->hello.hello.host_netns = probe_host_netns(probe);
}

static void end_session(struct loop *loop, enum session_end end)
{
	if (end == SESSION_GOES_ON || !loop->connected)
		return;
	if (end == SESSION_PROTOCOL)
		loop->server->tally->refused[WIRE_REFUSED_PROTOCOL]++;
	log_info("exporter (process %d) disconnected", (int)loop->session.pid);
	session_deinit(&loop->session, loop->server->ring);
	loop->connected = false;
}

static int watch(const struct loop *loop, int op, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(loop->epoll, op, fd, &event) ? -errno : 0;
}

/* Sends what there is, and asks to be told of room in the socket only while there is none. */
static void pump(struct loop *loop)
{
	struct session *session = &loop->session;
	bool was_blocked = session->blocked;
	enum session_end end;

	if (!loop->connected || !session->streaming)
		return;
	end = session_pump(session, loop->server->ring);
	if (end == SESSION_GOES_ON && session->blocked != was_blocked)
		(void)watch(loop, EPOLL_CTL_MOD, session->fd,
			session->blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	end_session(loop, end);
}

static void receive(struct loop *loop)
{
	if (!loop->connected)
		return;
	loop->hello.hello.clock_offset_ns =
		(int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	end_session(loop, session_receive(&loop->session, loop->server->ring, &loop->hello));
}

static void refuse(struct loop *loop, enum wire_refusal why, const struct ucred *peer)
{
	loop->server->tally->refused[why]++;
	log_warning("refused the connection of process %d, user %u: %s", (int)peer->pid,
		(unsigned)peer->uid, wire_refusal_name(why));
}

static bool is_allowed(const struct loop *loop, uid_t uid)
{
	return uid == 0 || uid == loop->server->allowed_uid || uid == geteuid();
}

/* Takes a connection from the listener: the exporter's, or one that is refused. */
static void accept_one(struct loop *loop)
{
	_cleanup_close_ int fd =
		accept4(loop->server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	union wire_record busy;
	struct ucred peer;

	if (fd < 0 || unix_peer(fd, &peer))
		return;
	receive(loop); /* an exporter that was restarted: its old connection may have ended */
	if (!is_allowed(loop, peer.uid)) {
		refuse(loop, WIRE_REFUSED_USER, &peer);
		return;
	}
	if (loop->connected) {
		wire_busy_init(&busy);
		(void)!send(fd, &busy, sizeof(busy), MSG_DONTWAIT | MSG_NOSIGNAL);
		refuse(loop, WIRE_REFUSED_BUSY, &peer);
		return;
	}
	if (watch(loop, EPOLL_CTL_ADD, fd, EPOLLIN))
		return;
	session_init(&loop->session, cleanup_take_fd(&fd), peer.pid, clock_ns(CLOCK_MONOTONIC));
	loop->connected = true;
	log_info("exporter (process %d, user %u) connected", (int)peer.pid, (unsigned)peer.uid);
}

static void send_counters(struct loop *loop)
{
	union wire_record records[WIRE_PACKET_RECORDS];

	if (loop->connected && loop->session.streaming)
		end_session(loop, session_send_counters(&loop->session, records,
					  tally_records(loop->server->tally, records)));
}

static void sweep(struct loop *loop, uint64_t now_ns)
{
	int err = probe_sweep(loop->server->probe);

	if (err)
		log_debug("cannot sweep the sockets: %s", strerror(-err));
	loop->next_sweep_ns = now_ns + SWEEP_SECONDS * NS_PER_S;
}

static bool has_room(const struct ring *ring)
{
	return ring_used(ring) < ring->size / 2;
}

/* What is due once a second. */
static void every_second(struct loop *loop, uint64_t now_ns)
{
	const struct server *server = loop->server;

	loop->next_second_ns = now_ns + NS_PER_S;
	if (now_ns >= loop->next_sweep_ns ||
		(tally_deferred(server->tally) && has_room(server->ring)))
		sweep(loop, now_ns);
	if (loop->connected && !loop->session.streaming &&
		now_ns - loop->session.born_ns > RESUME_SECONDS * NS_PER_S) {
		server->tally->refused[WIRE_REFUSED_SILENT]++;
		end_session(loop, SESSION_CLOSED);
	}
	pump(loop);
	send_counters(loop);
}

static void keep_alive(struct loop *loop, uint64_t now_ns)
{
	if (!loop->watchdog_ns || now_ns < loop->next_watchdog_ns)
		return;
	(void)systemd_notify("WATCHDOG=1");
	loop->next_watchdog_ns = now_ns + loop->watchdog_ns;
}

static void tick(struct loop *loop)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (now_ns >= loop->next_second_ns)
		every_second(loop, now_ns);
	else
		pump(loop);
	keep_alive(loop, now_ns);
}

/* Waits for whatever comes first, at most a tick, with the signals let in. */
static int wait_once(struct loop *loop)
{
	struct epoll_event events[4];
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = epoll_pwait(loop->epoll, events, 4, loop->connected ? TICK_MS : IDLE_TICK_MS, &none);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == loop->server->listener)
			accept_one(loop);
		else if (loop->connected && events[i].data.fd == loop->session.fd)
			receive(loop);
	return 0;
}

/* The end: nothing new is counted, and a connected exporter gets a moment for the rest. */
static void drain(struct loop *loop)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + DRAIN_SECONDS * NS_PER_S;

	sweep(loop, end_ns);
	probe_detach(loop->server->probe);
	pump(loop);
	send_counters(loop);
	while (loop->connected && ring_used(loop->server->ring) &&
		clock_ns(CLOCK_MONOTONIC) < end_ns && !wait_once(loop))
		pump(loop);
	end_session(loop, SESSION_CLOSED);
}

static int loop_init(struct loop *loop)
{
	uint8_t instance[16];

	if (getrandom(instance, sizeof(instance), 0) != sizeof(instance))
		return -errno;
	make_hello(loop, instance);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	loop->watchdog_ns = systemd_watchdog_interval_us() * 1000;
	/* Edge-triggered: woken when the ring fills, not as long as there is something in it. */
	return watch(loop, EPOLL_CTL_ADD, loop->server->listener, EPOLLIN)
		       ?: watch(loop, EPOLL_CTL_ADD, probe_ring_fd(loop->server->probe),
				  EPOLLIN | EPOLLET);
}

int server_run(const struct server *server)
{
	struct loop loop = {.server = server, .epoll = -1};
	int err = loop_init(&loop);

	while (!err && !stop_requested) {
		err = wait_once(&loop);
		if (!err)
			tick(&loop);
	}
	if (!err)
		drain(&loop);
	if (loop.epoll >= 0)
		close(loop.epoll);
	return err;
}
