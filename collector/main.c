/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector_options.h"
#include "collector_privileges.h"
#include "collector_system_calls.h"
#include "common/descriptors.h"
#include "common/log.h"
#include "common/systemd.h"
#include "libbpf_log.h"
#include "listener.h"
#include "pins.h"
#include "preflight.h"
#include "probe.h"
#include "ring.h"
#include "server.h"
#include "tally.h"
#include "user.h"

/*
 * Everything that start-up acquires. Only the socket file is released at the end: the process
 * exits, and by then the filter even forbids unmapping memory.
 */
static struct collector {
	struct options options;
	struct user user; /* the user to become, or the current one */
	struct user peer; /* the user that may connect */
	struct listener listener;
	struct probe *probe;
	struct ring ring;
	struct tally tally;
	struct server server;
} collector;

/* Logs an error of user_find() for the `name` given with `flag`. Returns `err`. */
static int found(int err, const char *flag, const char *name)
{
	if (err)
		log_error("%s: cannot find the user '%s' in /etc/passwd: %s; create it "
			  "(sysusers.d/rexmit.conf), or give another name or a uid",
			flag, name, err == -ENOENT ? "no such user" : strerror(-err));
	return err;
}

static int find_own_user(struct collector *c)
{
	const char *name = c->options.user;
	int err;

	c->user = (struct user){.uid = geteuid(), .gid = getegid()};
	if (geteuid() != 0 && !name)
		return 0;
	name = name ?: "rexmit-collector";
	err = found(user_find(name, &c->user), "--user", name);
	if (err)
		return err;
	if (c->user.uid == 0) {
		log_error("--user: '%s' is root; give a user without privileges", name);
		return -EINVAL;
	}
	if (geteuid() != 0 && c->user.uid != geteuid()) {
		log_error("--user: only root can become '%s'; start as root or as that user", name);
		return -EPERM;
	}
	return 0;
}

/* Without the default user, only root and the collector's own user may connect. */
static int find_peer_user(struct collector *c)
{
	const char *name = c->options.allow_user ?: "rexmit-exporter";
	int err = user_find(name, &c->peer);

	if (err == -ENOENT && !c->options.allow_user) {
		c->peer = c->user;
		return 0;
	}
	return found(err, "--allow-user", name);
}

static int preflight(struct collector *c)
{
	(void)c;
	return preflight_require();
}

static int block_signals(struct collector *c)
{
	(void)c;
	return server_block_signals();
}

static int open_notify(struct collector *c)
{
	int err = systemd_notify_open();

	(void)c;
	if (err)
		log_error("cannot reach the service manager at $NOTIFY_SOCKET: %s", strerror(-err));
	return err;
}

static int listen_for_exporter(struct collector *c)
{
	return listener_open(&c->listener, c->options.socket, &c->user, &c->peer);
}

/* Held until the process ends: no other collector counts from what is pinned there. */
static int lock_pins(struct collector *c)
{
	int r;

	if (!c->options.pin)
		return 0;
	r = pins_make(c->options.pin) ?: pins_lock(c->options.pin);
	if (r >= 0)
		return 0;
	log_error("--pin: cannot use %s: %s", c->options.pin, pins_problem(r));
	return r;
}

static int load_or_adopt(struct collector *c)
{
	int err = c->options.pin ? probe_adopt(&c->probe, c->options.pin, c->options.ring_bytes)
				 : -ENOENT;

	return err == -ENOENT ? probe_new(&c->probe, c->options.ring_bytes) : err;
}

static int prove_storage(struct collector *c)
{
	int err = probe_prove_storage(c->probe);

	if (err)
		log_warning("sockets cannot be given storage: %s; an event that the "
			    "BPF programs miss stays uncounted; run with --check to see which "
			    "requirement is not met",
			strerror(-err));
	return 0;
}

static int map_ring(struct collector *c)
{
	int err = ring_init(&c->ring, probe_ring_fd(c->probe), c->options.ring_bytes);

	if (err)
		log_error("cannot map the ring of %zu bytes: %s; see --ring-bytes",
			c->options.ring_bytes, strerror(-err));
	return err;
}

static int open_tally(struct collector *c)
{
	tally_init(&c->tally, c->probe, &c->ring);
	return 0;
}

/* open_tally() has read what it needs from standard input. */
static int drop_input(struct collector *c)
{
	int err = descriptors_drop_input();

	(void)c;
	if (err)
		log_error("cannot replace standard input by /dev/null: %s", strerror(-err));
	return err;
}

static int attach(struct collector *c)
{
	return probe_attach(c->probe, c->options.pin);
}

static int prepare_server(struct collector *c)
{
	int err;

	c->server.listener = c->listener.fd;
	c->server.own_uid = c->user.uid;
	c->server.allowed_uid = c->peer.uid;
	c->server.probe = c->probe;
	c->server.ring = &c->ring;
	c->server.tally = &c->tally;
	err = server_init(&c->server);
	if (err)
		log_error("cannot prepare to serve: %s", strerror(-err));
	return err;
}

static int drop_privileges(struct collector *c)
{
	return privileges_drop(&c->user, c->options.keep_caps);
}

/* Before 5.19, kernel.unprivileged_bpf_disabled denies unprivileged processes even open maps. */
static int prove_enough_is_left(struct collector *c)
{
	int err = 0;

	for (enum probe_walk walk = 0; !err && walk < PROBE_WALKS; walk++) {
		err = probe_walk(c->probe, walk);
		if (err == -EAGAIN) /* it works; the rest can wait */
			err = 0;
	}
	if (err)
		log_error("the capabilities kept do not suffice on this kernel: cannot walk the "
			  "sockets: %s%s",
			strerror(-err), c->options.keep_caps ? "" : "; use --keep-caps bpf");
	return err;
}

static int restrict_system_calls(struct collector *c)
{
	return system_calls_restrict(c->options.sandbox, &c->listener);
}

static int announce(struct collector *c)
{
	log_info("counting as user %u, host network namespace %u, ring %zu bytes, socket %s",
		(unsigned)c->user.uid, probe_identity(c->probe)->host_netns, c->options.ring_bytes,
		c->listener.path ? c->listener.path : "passed by systemd");
	(void)systemd_notify("READY=1\nSTATUS=Counting");
	return 0;
}

static int serve(struct collector *c)
{
	int err = server_run(&c->server);

	if (err)
		log_error("cannot go on serving: %s", strerror(-err));
	return err;
}

/* Start-up, in order. Each step logs its own failure; the first failure ends the program. */
static int (*const steps[])(struct collector *) = {
	find_own_user,
	find_peer_user,
	preflight,
	block_signals,
	open_notify,
	listen_for_exporter,
	lock_pins,
	load_or_adopt,
	prove_storage,
	map_ring,
	open_tally,
	drop_input,
	attach,
	prepare_server,
	drop_privileges,
	prove_enough_is_left,
	restrict_system_calls,
	announce,
	serve,
};

static int unpin(const char *directory)
{
	int lock = pins_lock(directory);
	int err = lock < 0 ? lock : pins_remove(directory);

	if (!err && rmdir(directory))
		err = -errno;
	if (err)
		log_error("--unpin: cannot remove what is pinned in %s: %s", directory,
			pins_problem(err));
	return err;
}

static int run(struct collector *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](c);
	listener_close(&c->listener);
	return err;
}

int main(int argc, char **argv)
{
	struct collector *c = &collector;
	int err;

	log_init("rexmit-collector", LOG_LEVEL_INFO);
	err = descriptors_init();
	if (err) {
		log_error("cannot open /dev/null for a standard stream: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	switch (options_parse(&c->options, argc, argv)) {
	case OPTIONS_DONE:
		return EXIT_SUCCESS;
	case OPTIONS_WRONG:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	log_init("rexmit-collector", c->options.log_level);
	libbpf_log_init();
	err = c->options.check   ? preflight_print()
	      : c->options.unpin ? unpin(c->options.unpin)
				 : run(c);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
