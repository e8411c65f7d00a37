/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log_limit.h"
#include "common/systemd.h"
#include "common/unix_socket.h"
#include "stop_signals.h"
#include "version.h"

#define NS_PER_S UINT64_C(1000000000)
#define RESUME_SECONDS 5 /* from connect to RESUME */
#define DRAIN_SECONDS 1  /* after a stop signal: for the last sweep, and for the exporter */

static void make_hello(struct server *server)
{
	const struct identity *identity = probe_identity(server->probe);

	wire_hello_init(&server->hello, identity->instance, REXMIT_VERSION);
	server->hello.hello.attached_ns = identity->attached_ns;
	server->hello.hello.host_netns = identity->host_netns;
}

static void end_session(struct server *server, enum session_end end)
{
	if (end == SESSION_GOES_ON || !server->connected)
		return;
	/* Acknowledgements that arrived before sending failed are still valid. */
	if (end == SESSION_CLOSED && server->session.streaming)
		end = session_receive(&server->session, server->ring, &server->hello);
	if (end == SESSION_PROTOCOL)
		server->tally->refused[WIRE_REFUSED_PROTOCOL]++;
	log_limited(LOG_LEVEL_INFO, "exporter (process %d) disconnected", (int)server->session.pid);
	session_deinit(&server->session, server->ring);
	server->connected = false;
}

static int watch(struct server *server, int op, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(server->epoll, op, fd, &event) ? -errno : 0;
}

static void send_counters(struct server *server)
{
	union wire_record records[WIRE_PACKET_RECORDS];
	int r;

	if (!server->connected || !server->session.streaming)
		return;
	r = session_send_counters(&server->session, records, tally_records(server->tally, records));
	server->counters_due = r == -EAGAIN;
	if (r && r != -EAGAIN)
		end_session(server, SESSION_CLOSED);
}

/* Sends due counters and the ring's records. Watches EPOLLOUT while the socket is full. */
static void pump(struct server *server)
{
	struct session *session = &server->session;
	bool was_blocked = session->blocked;
	enum session_end end;

	/* Counters are first, because with a slow exporter the ring may never be empty. */
	if (server->counters_due)
		send_counters(server);
	if (!server->connected || !session->streaming)
		return;
	end = session_pump(session, server->ring);
	if (end == SESSION_GOES_ON && session->blocked != was_blocked)
		(void)watch(server, EPOLL_CTL_MOD, session->fd,
			session->blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	end_session(server, end);
}

static void receive(struct server *server)
{
	if (!server->connected)
		return;
	server->hello.hello.clock_offset_ns =
		(int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	end_session(server, session_receive(&server->session, server->ring, &server->hello));
}

static void refuse_peer(struct server *server, enum wire_refusal why, const struct ucred *peer)
{
	server->tally->refused[why]++;
	log_limit_write(&server->refusals[why], LOG_LEVEL_WARNING,
		"refused the connection of process %d, user %u: %s", (int)peer->pid,
		(unsigned)peer->uid, wire_refusal_name(why));
}

static bool is_allowed(const struct server *server, uid_t uid)
{
	return uid == 0 || uid == server->allowed_uid || uid == server->own_uid;
}

/*
 * Stops watching the listener until the next second. If accept(2) fails because there are no file
 * descriptors or no memory, the listener stays readable. The loop would not sleep.
 */
static void stop_listening(struct server *server)
{
	log_limited(
		LOG_LEVEL_WARNING, "cannot accept a connection: %s; trying again", strerror(errno));
	server->accept_failed = !watch(server, EPOLL_CTL_MOD, server->listener, 0);
}

static void listen_again(struct server *server)
{
	if (server->accept_failed && !watch(server, EPOLL_CTL_MOD, server->listener, EPOLLIN))
		server->accept_failed = false;
}

static void accept_one(struct server *server)
{
	_cleanup_close_ int fd =
		accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	union wire_record busy;
	struct ucred peer;

	if (fd < 0 && errno != EAGAIN)
		stop_listening(server);
	if (fd < 0 || unix_peer(fd, &peer))
		return;
	receive(server); /* if the exporter was restarted, its old connection has ended */
	if (!is_allowed(server, peer.uid)) {
		refuse_peer(server, WIRE_REFUSED_USER, &peer);
		return;
	}
	if (server->connected) {
		wire_busy_init(&busy);
		(void)!send(fd, &busy, sizeof(busy), MSG_DONTWAIT | MSG_NOSIGNAL);
		refuse_peer(server, WIRE_REFUSED_BUSY, &peer);
		return;
	}
	if (watch(server, EPOLL_CTL_ADD, fd, EPOLLIN))
		return;
	session_init(&server->session, cleanup_take_fd(&fd), peer.pid, clock_ns(CLOCK_MONOTONIC));
	server->connected = true;
	log_limited(LOG_LEVEL_INFO, "exporter (process %d, user %u) connected", (int)peer.pid,
		(unsigned)peer.uid);
}

static void limit_sockets(struct server *server)
{
	uint32_t stored = probe_stored(server->probe);
	uint32_t max = memory_room_sockets(&server->memory_room, stored);

	probe_limit_sockets(server->probe, max);
	if (max <= stored)
		log_limited(LOG_LEVEL_WARNING,
			"not enough memory for the storage of more than %u sockets: events of other "
			"sockets cannot be deferred; raise the memory limit (MemoryMax=)",
			(unsigned)stored);
}

static bool has_room(const struct ring *ring)
{
	return ring_used(ring) < ring->size / 2;
}

static void every_second(struct server *server, uint64_t now_ns)
{
	server->next_second_ns = now_ns + NS_PER_S;
	listen_again(server);
	cgroup_names_ask_again(&server->session.names);
	limit_sockets(server);
	server->error = walker_go_on(
		server->walker, tally_deferred(server->tally) && has_room(server->ring));
	server->tally->walker_cpu_ns = server->walker->cpu_ns;
	if (server->connected && !server->session.streaming &&
		now_ns - server->session.born_ns > RESUME_SECONDS * NS_PER_S) {
		server->tally->refused[WIRE_REFUSED_SILENT]++;
		log_limited(LOG_LEVEL_WARNING,
			"closing the connection of process %d: no RESUME within %d s",
			(int)server->session.pid, RESUME_SECONDS);
		end_session(server, SESSION_CLOSED);
	}
	pump(server);
	send_counters(server);
	status_update(&server->status, server->connected, server->probe, server->ring, now_ns);
}

static void keep_alive(struct server *server, uint64_t now_ns)
{
	if (!server->watchdog_ns || now_ns < server->next_watchdog_ns)
		return;
	(void)systemd_notify("WATCHDOG=1");
	server->next_watchdog_ns = now_ns + server->watchdog_ns;
}

/* Does the work that is due now. Returns the time until other work is due, in ms, rounded up. */
static int tick(struct server *server)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC), next_ns;

	if (now_ns >= server->next_second_ns)
		every_second(server, now_ns);
	else
		pump(server);
	keep_alive(server, now_ns);
	lookout_record_read(&server->lookout, server->ring);
	if (server->connected && !lookout_will_be_woken(&server->lookout, server->ring))
		return LOOKOUT_INTERVAL_MS;
	next_ns = server->next_second_ns;
	if (server->watchdog_ns && server->next_watchdog_ns < next_ns)
		next_ns = server->next_watchdog_ns;
	return (int)((next_ns - now_ns) / 1000000 + 1);
}

static void read_signal(struct server *server)
{
	int number = stop_signals_read(server->signals);

	if (number) /* a signal that is only noted does not undo an earlier stop */
		server->stop_signal = number;
}

static int wait_once(struct server *server, int ms)
{
	struct epoll_event events[4];
	int n = epoll_pwait(server->epoll, events, ARRAY_SIZE(events), ms, NULL);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;

		if (fd == server->signals)
			read_signal(server);
		else if (fd == server->listener)
			accept_one(server);
		else if (server->connected && fd == server->session.fd)
			receive(server);
	}
	return 0;
}

/*
 * After a stop signal, sweeps and detaches the programs. Gives a connected exporter DRAIN_SECONDS
 * to acknowledge all records.
 */
static void drain(struct server *server)
{
	uint64_t end_ns;

	walker_end(server->walker, DRAIN_SECONDS * NS_PER_S);
	end_ns = clock_ns(CLOCK_MONOTONIC) + DRAIN_SECONDS * NS_PER_S;
	probe_detach(server->probe);
	pump(server);
	send_counters(server);
	while (server->connected && (!ring_is_taken(server->ring) || server->counters_due) &&
		clock_ns(CLOCK_MONOTONIC) < end_ns && !wait_once(server, LOOKOUT_INTERVAL_MS))
		pump(server);
	end_session(server, SESSION_CLOSED);
}

static int open_epoll(struct server *server)
{
	int r;

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll < 0)
		return -errno;
	/* With EPOLLET only a new event wakes the collector, not records already in the ring. */
	r = watch(server, EPOLL_CTL_ADD, server->signals, EPOLLIN);
	if (!r)
		r = watch(server, EPOLL_CTL_ADD, server->listener, EPOLLIN);
	if (!r)
		r = watch(server, EPOLL_CTL_ADD, probe_ring_fd(server->probe), EPOLLIN | EPOLLET);
	return r;
}

int server_init(struct server *server)
{
	make_hello(server);
	memory_room_init(&server->memory_room);
	limit_sockets(server);
	server->began_ns = clock_ns(CLOCK_MONOTONIC);
	server->lookout.awaited = probe_awaited(server->probe);
	cgroup_names_init(&server->session.names, probe_cgroup_path, server->probe);
	process_names_init(&server->session.processes, probe_processes(server->probe),
		&probe_identity(server->probe)->processes);
	server->watchdog_ns = systemd_watchdog_interval_us() * 1000;
	server->signals = stop_signals_open();
	return server->signals < 0 ? server->signals : open_epoll(server);
}

static void log_end(const struct server *server)
{
	uint64_t seconds = (clock_ns(CLOCK_MONOTONIC) - server->began_ns) / NS_PER_S;
	struct counters counters;
	char text[160];

	probe_counters(server->probe, &counters);
	status_write_end(text, sizeof(text), server->stop_signal, seconds, &counters);
	log_info("%s%s", text,
		probe_is_pinned(server->probe) ? "; pinned programs keep counting" : "");
}

int server_run(struct server *server)
{
	while (!server->stop_signal && !server->error) {
		int r = wait_once(server, tick(server));

		if (r)
			return r;
	}
	drain(server);
	if (server->stop_signal)
		log_end(server);
	return server->error;
}
