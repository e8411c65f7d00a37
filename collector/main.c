/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector_options.h"
#include "collector_privileges.h"
#include "collector_system_calls.h"
#include "common/array.h"
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
#include "stop_signals.h"
#include "tally.h"
#include "user.h"
#include "walker.h"

/*
 * The state of the program. At the end, the collector removes only the socket file. The kernel
 * releases everything else when the process exits.
 */
static struct collector {
	struct options options;
	struct user user; /* the user to become, or the current one */
	struct user peer; /* the user that may connect */
	struct listener listener;
	struct probe *probe;
	struct ring ring;
	struct tally tally;
	struct walker walker;
	struct server server;
} collector;

static void log_no_user(int r, const char *flag, const char *name)
{
	log_error("%s: cannot find the user '%s' in /etc/passwd: %s; create it "
		  "(sysusers.d/rexmit.conf), or give another name or a uid",
		flag, name, r == -ENOENT ? "no such user" : strerror(-r));
}

static int find_own_user(struct collector *c)
{
	const char *name = c->options.user;
	int r;

	c->user = (struct user){.uid = geteuid(), .gid = getegid()};
	if (geteuid() != 0 && !name)
		return 0;
	name = name ? name : "rexmit-collector";
	r = user_find(name, &c->user);
	if (r) {
		log_no_user(r, "--user", name);
		return r;
	}
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

/* If the default user does not exist, only root and the collector's user may connect. */
static int find_peer_user(struct collector *c)
{
	const char *name = c->options.allow_user ? c->options.allow_user : "rexmit-exporter";
	int r = user_find(name, &c->peer);

	if (r == -ENOENT && !c->options.allow_user) {
		c->peer = c->user;
		return 0;
	}
	if (r)
		log_no_user(r, "--allow-user", name);
	return r;
}

static int preflight(struct collector *c)
{
	(void)c;
	return preflight_require();
}

static int block_signals(struct collector *c)
{
	(void)c;
	return stop_signals_block();
}

static int open_notify(struct collector *c)
{
	int r = systemd_notify_open();

	(void)c;
	if (r)
		log_error("cannot reach the service manager at $NOTIFY_SOCKET: %s", strerror(-r));
	return r;
}

static int listen_for_exporter(struct collector *c)
{
	return listener_open(&c->listener, c->options.socket, &c->user, &c->peer);
}

/* The lock keeps other collectors from the directory until the process ends. */
static int lock_pins(struct collector *c)
{
	int r;

	if (!c->options.pin)
		return 0;
	r = pins_make(c->options.pin);
	if (r == 0)
		r = pins_lock(c->options.pin);
	if (r >= 0)
		return 0;
	log_error("--pin: cannot use %s: %s", c->options.pin, pins_problem(r));
	return r;
}

static int load_or_adopt(struct collector *c)
{
	int r = c->options.pin ? probe_adopt(&c->probe, c->options.pin, c->options.ring_bytes)
			       : -ENOENT;

	return r == -ENOENT ? probe_new(&c->probe, c->options.ring_bytes) : r;
}

static int prove_storage(struct collector *c)
{
	int r = probe_prove_storage(c->probe);

	if (r)
		log_warning("the kernel gives no storage to sockets: %s; segments whose event the "
			    "BPF programs miss are not counted; run with --check to see which "
			    "requirement is not met",
			strerror(-r));
	return 0;
}

static int map_ring(struct collector *c)
{
	int r = ring_init(
		&c->ring, probe_ring_fd(c->probe), c->options.ring_bytes, probe_refused(c->probe));

	if (r)
		log_error("cannot map the ring of %zu bytes: %s; see --ring-bytes",
			c->options.ring_bytes, strerror(-r));
	return r;
}

static int open_tally(struct collector *c)
{
	tally_init(&c->tally, c->probe, &c->ring);
	return 0;
}

/* open_tally() has duplicated standard input if it needs the file. */
static int drop_input(struct collector *c)
{
	int r = descriptors_drop_input();

	(void)c;
	if (r)
		log_error("cannot replace standard input by /dev/null: %s", strerror(-r));
	return r;
}

static int attach(struct collector *c)
{
	return probe_attach(c->probe, c->options.pin);
}

static int prepare_server(struct collector *c)
{
	int r;

	c->server.listener = c->listener.fd;
	c->server.own_uid = c->user.uid;
	c->server.allowed_uid = c->peer.uid;
	c->server.probe = c->probe;
	c->server.ring = &c->ring;
	c->server.tally = &c->tally;
	c->server.walker = &c->walker;
	r = server_init(&c->server);
	if (r)
		log_error("cannot prepare to serve the exporter: %s", strerror(-r));
	return r;
}

static int drop_privileges(struct collector *c)
{
	return privileges_drop(&c->user, c->options.keep_caps);
}

static int start_walker(struct collector *c)
{
	int r = walker_start(&c->walker, c->probe, c->options.sandbox);

	if (r)
		log_error("cannot start the process that walks over the sockets: %s%s",
			strerror(-r),
			r == -EAGAIN ? "; too many processes (TasksMax=): those of earlier "
				       "collectors may hang"
				     : "");
	return r;
}

/* Explains an error of walker.h. */
static const char *walker_problem(int r)
{
	return r == -ECHILD ? "the process that walks over the sockets has ended" : strerror(-r);
}

/*
 * Proves that the remaining capabilities suffice to walk over the sockets. Before 5.19, with
 * kernel.unprivileged_bpf_disabled, a process without CAP_BPF cannot even use open maps.
 */
static int prove_walks(struct collector *c)
{
	int r = walker_prove(&c->walker);

	if (r)
		log_error("cannot walk over the sockets with the capabilities that were kept: %s%s",
			walker_problem(r), c->options.keep_caps ? "" : "; use --keep-caps bpf");
	return r;
}

static int restrict_system_calls(struct collector *c)
{
	return collector_system_calls_restrict(c->options.sandbox, &c->listener);
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
	int r = server_run(&c->server);

	if (r)
		log_error("cannot continue to serve the exporter: %s", walker_problem(r));
	return r;
}

/* The steps of the program, in order. Each step logs its failure, which ends the program. */
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
	start_walker,
	prove_walks,
	restrict_system_calls,
	announce,
	serve,
};

static int unpin(const char *directory)
{
	int lock = pins_lock(directory);
	int r = lock < 0 ? lock : pins_remove(directory);

	if (!r && rmdir(directory))
		r = -errno;
	if (r)
		log_error("--unpin: cannot remove what is pinned in %s: %s", directory,
			pins_problem(r));
	return r;
}

static int run(struct collector *c)
{
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(steps); i++)
		r = steps[i](c);
	listener_close(&c->listener);
	return r;
}

int main(int argc, char **argv)
{
	struct collector *c = &collector;
	int r;

	log_init("rexmit-collector", LOG_LEVEL_INFO);
	r = descriptors_init();
	if (r) {
		log_error("cannot open /dev/null for a standard stream: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	switch (collector_options_parse(&c->options, argc, argv)) {
	case FLAGS_DONE:
		return EXIT_SUCCESS;
	case FLAGS_WRONG:
		return 2;
	case FLAGS_RUN:
		break;
	}
	log_init("rexmit-collector", c->options.log_level);
	libbpf_log_init();
	r = c->options.check   ? preflight_print()
	    : c->options.unpin ? unpin(c->options.unpin)
			       : run(c);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}
