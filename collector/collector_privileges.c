/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The steps of the drop, and why they are safe:
 *
 * - Step 1: no_new_privs is set, so a later execve(2) cannot grant privileges.
 * - Step 2: the bounding set is cleared, so no file can grant capabilities. This needs CAP_SETPCAP.
 * - Step 3: the securebits are set and locked. After this step uid 0 has no special meaning. A
 *   change of the uid changes no capability, and ambient capabilities cannot be raised.
 * - Step 4: the groups and the uid change. All three ids of each kind are set, so the process
 *   cannot return to a saved id. This needs privileges that step 5 drops.
 * - Step 5: the permitted and effective sets become the capabilities to keep. The inheritable and
 *   ambient sets become empty.
 * - Step 6: the process becomes not dumpable, so no process of the same user can trace it.
 * - Step 7: each value that a step has set is read back. If one is wrong, the program ends.
 *
 * A process that starts as an ordinary user, with CAP_BPF and CAP_PERFMON in its ambient set,
 * cannot do steps 2 to 4. Its systemd unit does them with CapabilityBoundingSet=, SecureBits= and
 * User=.
 *
 * CAP_BPF is kept for kernels before 5.19. If kernel.unprivileged_bpf_disabled is set, these kernels
 * refuse every bpf(2) without it. With the two kept capabilities the process could load programs.
 * The filter in collector_system_calls.c forbids that.
 */
#include "collector_privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/array.h"
#include "common/log.h"

/*
 * All securebits that concern capabilities are locked. All are set, except KEEP_CAPS. The others
 * (EXEC_RESTRICT_FILE and EXEC_DENY_INTERACTIVE, from Linux 6.14 on) stay as they are: any process
 * may set and lock them, and a locked bit cannot change.
 */
#define SECUREBITS                                                                                 \
	((unsigned)(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                \
		    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |                      \
		    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED))

static const cap_value_t kept_caps[] = {CAP_BPF, CAP_PERFMON};
enum { KEPT_CAPS = ARRAY_SIZE(kept_caps) };

static void free_cap(cap_t *caps)
{
	cap_free(*caps);
}
#define _cleanup_cap_ __attribute__((cleanup(free_cap)))

static bool cap_is_set(cap_t caps, cap_value_t cap, cap_flag_t set)
{
	cap_flag_value_t value = CAP_CLEAR;

	return !cap_get_flag(caps, cap, set, &value) && value == CAP_SET;
}

static bool is_effective(cap_value_t cap)
{
	_cleanup_cap_ cap_t caps = cap_get_proc();

	return caps && cap_is_set(caps, cap, CAP_EFFECTIVE);
}

bool privileges_can_load(void)
{
	return is_effective(CAP_BPF) && is_effective(CAP_PERFMON);
}

static bool is_kept(cap_value_t cap)
{
	for (int i = 0; i < KEPT_CAPS; i++)
		if (kept_caps[i] == cap)
			return true;
	return false;
}

static unsigned required_securebits(void)
{
	return (cap_get_secbits() & ~(unsigned)SECBIT_KEEP_CAPS) | SECUREBITS;
}

/* Logs a failed step. Returns -errno. */
static int drop_failed(const char *step)
{
	int r = -errno;

	log_error("cannot give up privileges: %s: %s", step, strerror(-r));
	return r;
}

static int drop_bounding_set(void)
{
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		if (cap_drop_bound(cap))
			return drop_failed("bounding set");
	return 0;
}

static int become_user(const struct user *user)
{
	if (setgroups(0, NULL))
		return drop_failed("supplementary groups");
	if (setresgid(user->gid, user->gid, user->gid))
		return drop_failed("group id");
	if (setresuid(user->uid, user->uid, user->uid))
		return drop_failed("user id");
	return 0;
}

/* Steps 2 and 3 need CAP_SETPCAP, step 4 needs root. Omits the steps that are not permitted. */
static int drop_by_privilege(const struct user *user)
{
	int r = 0;

	if (is_effective(CAP_SETPCAP)) {
		r = drop_bounding_set();
		if (!r && cap_set_secbits(required_securebits()))
			r = drop_failed("securebits");
	}
	if (!r && geteuid() == 0)
		r = become_user(user);
	return r;
}

static int set_capabilities(bool keep_caps)
{
	_cleanup_cap_ cap_t caps = cap_init();

	if (!caps)
		return drop_failed("capabilities");
	if (keep_caps && (cap_set_flag(caps, CAP_PERMITTED, KEPT_CAPS, kept_caps, CAP_SET) ||
				 cap_set_flag(caps, CAP_EFFECTIVE, KEPT_CAPS, kept_caps, CAP_SET)))
		return drop_failed("capabilities");
	if (cap_reset_ambient())
		return drop_failed("ambient set");
	if (cap_set_proc(caps))
		return drop_failed("capabilities");
	return 0;
}

/* Returns the name of a capability set that is not as required, or NULL. */
static const char *wrong_set(bool keep_caps, bool bounding_dropped)
{
	_cleanup_cap_ cap_t caps = cap_get_proc();

	if (!caps)
		return "capabilities";
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		bool kept = keep_caps && is_kept(cap);

		if (cap_is_set(caps, cap, CAP_PERMITTED) != kept)
			return "permitted set";
		if (cap_is_set(caps, cap, CAP_EFFECTIVE) != kept)
			return "effective set";
		if (cap_is_set(caps, cap, CAP_INHERITABLE))
			return "inheritable set";
		if (cap_get_ambient(cap))
			return "ambient set";
		if (bounding_dropped && cap_get_bound(cap))
			return "bounding set";
	}
	return NULL;
}

static const char *wrong_identity(const struct user *user)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) || getresgid(&gid[0], &gid[1], &gid[2]))
		return "user and group ids";
	for (int i = 0; i < 3; i++) {
		if (uid[i] == 0 || uid[i] != user->uid)
			return "user id";
		if (gid[i] != user->gid)
			return "group id";
	}
	return getgroups(0, NULL) ? "supplementary groups" : NULL;
}

/* Step 7. Returns the name of a property that is not as required, or NULL. */
static const char *wrong_state(const struct user *user, bool keep_caps, bool was_root, bool setpcap)
{
	const char *identity = was_root ? wrong_identity(user) : NULL;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return "no_new_privs";
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return "dumpable flag";
	if (setpcap && cap_get_secbits() != required_securebits())
		return "securebits";
	return identity ? identity : wrong_set(keep_caps, setpcap);
}

int privileges_drop(const struct user *user, bool keep_caps)
{
	bool was_root = geteuid() == 0, setpcap = is_effective(CAP_SETPCAP);
	const char *wrong;
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return drop_failed("no_new_privs");
	r = drop_by_privilege(user);
	if (!r)
		r = set_capabilities(keep_caps);
	if (r)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return drop_failed("dumpable flag");
	wrong = wrong_state(user, keep_caps, was_root, setpcap);
	if (wrong) {
		log_error("cannot give up privileges: the check of the %s failed", wrong);
		return -EPERM;
	}
	return 0;
}
