/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "preflight.h"
#include "privileges.h"
#include "probe.h"
#include "ring.h"
#include "server.h"
#include "systemd.h"
#include "tally.h"
#include "unix_socket.h"

/* Everything that start-up acquires, in the order of its steps. */
struct collector {
	const struct options *options;
	uid_t allowed_uid;
	bool bound; /* the socket file is ours to remove */
	int listener;
	struct probe *probe;
	struct ring ring;
	struct tally tally;
};

static int find_users(struct collector *c)
{
	gid_t gid;
	int err = privileges_find_user(
		"--allow-user", c->options->allow_user, "rexmit-exporter", &c->allowed_uid, &gid);

	if (err == -ENOENT) {
		c->allowed_uid = geteuid();
		err = 0;
	}
	return err;
}

/* The socket that systemd passed, or one of our own at --socket, which only we can connect to. */
static int listen_for_exporter(struct collector *c)
{
	const char *path = c->options->socket;

	c->listener = systemd_listen_fd(AF_UNIX, SOCK_SEQPACKET);
	if (c->listener >= 0)
		return 0;
	if (c->listener != -ENOENT) {
		log_error("systemd passed another socket than one of ListenSequentialPacket=: see "
			  "rexmit-collector.socket");
		return c->listener;
	}
	c->listener = unix_listen(path);
	if (c->listener < 0) {
		log_error("cannot listen on %s: %s; see --socket", path, strerror(-c->listener));
		return c->listener;
	}
	c->bound = true;
	if (geteuid() == 0 && chown(path, c->allowed_uid, (gid_t)-1)) {
		log_error("cannot give %s to its user: %s", path, strerror(errno));
		return -errno;
	}
	return 0;
}

static int load(struct collector *c)
{
	return probe_new(&c->probe, c->options->ring_bytes);
}

static int map_ring(struct collector *c)
{
	int err = ring_init(&c->ring, probe_ring_fd(c->probe), c->options->ring_bytes);

	if (err)
		log_error("cannot map the ring of %zu bytes: %s; see --ring-bytes",
			c->options->ring_bytes, strerror(-err));
	return err;
}

static int open_tally(struct collector *c)
{
	return tally_init(&c->tally, c->probe, &c->ring);
}

static int attach(struct collector *c)
{
	return probe_attach(c->probe);
}

static int announce(struct collector *c)
{
	log_info("counting; host network namespace %u, ring %zu bytes, socket %s",
		probe_host_netns(c->probe), c->options->ring_bytes,
		c->bound ? c->options->socket : "passed by systemd");
	return 0;
}

static int serve(struct collector *c)
{
	const struct server server = {
		.listener = c->listener,
		.allowed_uid = c->allowed_uid,
		.probe = c->probe,
		.ring = &c->ring,
		.tally = &c->tally,
	};
	int err = server_run(&server);

	if (err)
		log_error("cannot go on serving: %s", strerror(-err));
	return err;
}

static int preflight(struct collector *c)
{
	(void)c;
	return preflight_require();
}

static int catch_signals(struct collector *c)
{
	(void)c;
	return server_catch_signals();
}

/* Start-up, in order. Every step logs its own failure; the first one ends the program. */
static int (*const steps[])(struct collector *) = {
	find_users,
	preflight,
	catch_signals,
	listen_for_exporter,
	load,
	map_ring,
	open_tally,
	attach,
	announce,
	serve,
};

static void clean_up(struct collector *c)
{
	tally_deinit(&c->tally);
	ring_deinit(&c->ring);
	probe_free(c->probe);
	if (c->bound)
		unlink(c->options->socket);
	if (c->listener >= 0)
		close(c->listener);
}

static int run(const struct options *options)
{
	struct collector c = {
		.options = options, .listener = -1, .tally = {.statm = -1, .mib.fd = -1}};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](&c);
	clean_up(&c);
	return err;
}

int main(int argc, char **argv)
{
	struct options options;
	int err;

	log_init("rexmit-collector", LOG_LEVEL_INFO);
	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_DONE:
		return EXIT_SUCCESS;
	case OPTIONS_WRONG:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	log_init("rexmit-collector", options.log_level);
	err = options.check ? preflight_print() : run(&options);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
