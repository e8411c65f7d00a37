/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/collector_steps.h"

#include <stdio.h>
#include <unistd.h>

#include "collector_privileges.h"
#include "collector_system_calls.h"
#include "common/descriptors.h"
#include "common/systemd.h"
#include "libbpf_log.h"
#include "listener.h"
#include "pins.h"
#include "preflight.h"
#include "probe.h"
#include "server.h"
#include "stop_signals.h"
#include "support/failing_calls.h"
#include "tally.h"
#include "walker.h"

char steps[1024];
uid_t own_uid;
struct user become, may_connect;
bool keeps_caps;

/* Records the step. Returns 0, or a negative errno if the step must fail. */
static int step(const char *name)
{
	size_t length = strlen(steps);

	snprintf(steps + length, sizeof(steps) - length, " %s", name);
	return failing_calls_now(name) ? -errno : 0;
}

#define STEP(result, name, params)                                                                 \
	result name params                                                                         \
	{                                                                                          \
		return step(#name);                                                                \
	}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
STEP(int, preflight_require, (void))
STEP(int, preflight_print, (void))
STEP(int, stop_signals_block, (void))
STEP(int, systemd_notify_open, (void))
STEP(int, pins_make, (const char *directory))
STEP(int, pins_lock, (const char *directory))
STEP(int, pins_remove, (const char *directory))
STEP(int, probe_new, (struct probe * *probe, size_t ring_bytes))
STEP(int, probe_adopt, (struct probe * *probe, const char *directory, size_t ring_bytes))
STEP(int, probe_prove_storage, (const struct probe *probe))
STEP(int, ring_init, (struct ring * ring, int fd, size_t size, struct refused *refused))
STEP(int, descriptors_drop_input, (void))
STEP(int, probe_attach, (struct probe * probe, const char *directory))
STEP(int, walker_start, (struct walker * walker, struct probe *probe, enum sandbox_mode mode))
STEP(int, walker_prove, (struct walker * walker))
STEP(int, collector_system_calls_restrict,
	(enum sandbox_mode mode, const struct listener *listener))
STEP(int, server_init, (struct server * server))
STEP(int, server_run, (struct server * server))

int systemd_notify(const char *state)
{
	cr_assert_str_eq(state, "READY=1\nSTATUS=Counting");
	return step("systemd_notify");
}

int probe_ring_fd(const struct probe *probe)
{
	return -1;
}

struct refused *probe_refused(struct probe *probe)
{
	return NULL;
}

const struct identity *probe_identity(const struct probe *probe)
{
	static struct identity identity;

	identity.host_netns = 4026531840;
	return &identity;
}

void tally_init(struct tally *tally, const struct probe *probe, const struct ring *ring)
{
	step("tally_init");
}

int descriptors_init(void)
{
	return failing_calls_now("descriptors_init") ? -errno : 0;
}

void libbpf_log_init(void)
{
}

int listener_open(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer)
{
	become = *owner;
	may_connect = *peer;
	listener->path = path;
	return step("listener_open");
}

void listener_close(struct listener *listener)
{
	step("listener_close");
}

int privileges_drop(const struct user *user, bool keep_caps)
{
	cr_assert_eq(user->uid, become.uid);
	keeps_caps = keep_caps;
	return step("privileges_drop");
}
#pragma GCC diagnostic pop

const char *pins_problem(int r)
{
	return strerror(-r);
}

int user_find(const char *name, struct user *user)
{
	static const struct {
		const char *name;
		struct user user;
	} users[] = {{"rexmit-collector", {901, 902}}, {"rexmit-exporter", {903, 904}},
		{"root", {0, 0}}, {"other", {905, 906}}};

	if (failing_calls_now(name))
		return -errno;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (strcmp(users[i].name, name) == 0) {
			*user = users[i].user;
			return 0;
		}
	return -ENOENT;
}

REPLACED_CALL(uid_t, geteuid, (void))
{
	return own_uid;
}

REPLACED_CALL(gid_t, getegid, (void))
{
	return own_uid + 1;
}

REPLACED_CALL(int, rmdir, (const char *directory))
{
	cr_assert_str_eq(directory, "pins");
	return step("rmdir") ? -1 : 0;
}
