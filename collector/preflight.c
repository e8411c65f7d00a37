/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collector_privileges.h"
#include "common/array.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "kernel_btf.h"
#include "probe.h"
#include "programs.h"

struct host {
	struct kernel_features features;
	struct utsname kernel;
};

/* A requirement. `check` returns NULL, or a text that names the problem and the remedy. */
struct need {
	const char *name;
	const char *(*check)(const struct host *host);
	bool in_btf; /* the check needs BTF */
};

static const char *check_btf(const struct host *host)
{
	return host->features.btf
		       ? NULL
		       : "no /sys/kernel/btf/vmlinux: boot a kernel built with CONFIG_DEBUG_INFO_BTF=y";
}

static const char *check_features(const struct host *host)
{
	return host->features.sk_storage && host->features.atomics
		       ? NULL
		       : "too old for socket storage and atomic operations in BPF programs: boot Linux "
			 "5.15 or later";
}

static const char *check_tracepoints(const struct host *host)
{
	static char problem[192];

	if (!host->features.missing_tracepoint)
		return NULL;
	snprintf(problem, sizeof(problem),
		"no tracepoint %s: boot a kernel built with CONFIG_NET, CONFIG_INET and "
		"CONFIG_TRACEPOINTS",
		host->features.missing_tracepoint);
	return problem;
}

/* With lockdown 'confidentiality', BPF cannot read the kernel's memory (kernel_lockdown(7)). */
static const char *check_lockdown(const struct host *host)
{
	_cleanup_close_ int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char text[128] = "";

	(void)host;
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "[confidentiality]"))
		return "lockdown is 'confidentiality', which forbids BPF to read the kernel's memory: "
		       "boot with lockdown=integrity or lower";
	return NULL;
}

static const char *check_capabilities(const struct host *host)
{
	(void)host;
	return privileges_can_load()
		       ? NULL
		       : "CAP_BPF and CAP_PERFMON are not both effective: run as root, or grant them "
			 "(systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON)";
}

static unsigned long status_number(const char *name)
{
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096] = "";
	const char *line;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	line = strstr(text, name);
	return line ? strtoul(line + strlen(name), NULL, 10) : 0;
}

/* Makes a bpf(2) with an unknown command. If nothing refuses the call, it fails with EINVAL. */
static const char *check_bpf(const struct host *host)
{
	char nothing[8] = {0};
	int error;

	(void)host;
	if (!privileges_can_load() || syscall(SYS_bpf, INT_MAX, nothing, sizeof(nothing)) >= 0)
		return NULL;
	error = errno;
	if (error != EPERM && error != EACCES && error != ENOSYS)
		return NULL;
	if (status_number("\nSeccomp:") == 2)
		return "a seccomp filter of the container's runtime or of the unit refuses bpf(2): use "
		       "a profile that allows it with CAP_BPF, such as the shipped "
		       "deploy/seccomp-collector.json; the default profiles of podman and CRI-O, and "
		       "of Docker before 23.0, require CAP_SYS_ADMIN";
	return error == ENOSYS
		       ? "no bpf(2): boot a kernel built with CONFIG_BPF_SYSCALL=y"
		       : "bpf(2) is refused: the capabilities belong to a user namespace, or a "
			 "security module forbids it";
}

/* If a requirement is not met, the checks after it may be meaningless. */
static const struct need needs[] = {
	{"BTF", check_btf, false},
	{"kernel", check_features, true},
	{"tracepoints", check_tracepoints, true},
	{"lockdown", check_lockdown, false},
	{"capabilities", check_capabilities, false},
	{"bpf", check_bpf, false},
};

/*
 * Whether the kernel may have a lockdown that securityfs does not show. If securityfs has the file
 * lsm, but not the file lockdown, the kernel has no lockdown. The kernel of RHEL 8 has another
 * lockdown, which no file shows.
 */
static bool lockdown_is_hidden(const struct host *host)
{
	return access("/sys/kernel/security/lockdown", R_OK) &&
	       (access("/sys/kernel/security/lsm", F_OK) || host->features.hidden_lockdown);
}

static bool is_checkable(const struct need *need, const struct host *host)
{
	if (need->in_btf && !host->features.btf)
		return false;
	return need->check != check_lockdown || !lockdown_is_hidden(host);
}

static int gather_facts(struct host *host)
{
	uname(&host->kernel);
	return kernel_btf_features(&host->features);
}

int preflight_require(void)
{
	struct host host;
	int r = gather_facts(&host);

	if (r) {
		log_error("cannot read /sys/kernel/btf/vmlinux: %s", strerror(-r));
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		const char *problem = needs[i].check(&host);

		if (problem) {
			log_error("cannot run on kernel %s: %s: %s", host.kernel.release,
				needs[i].name, problem);
			return -ENOTSUP;
		}
	}
	return 0;
}

static bool print(const char *name, const char *problem)
{
	if (problem)
		printf("missing %-13s %s\n", name, problem);
	else
		printf("ok      %s\n", name);
	return !problem;
}

/*
 * From 6.19 on, the kernel allocates storage with kmalloc_nolock() (commit f484f4a3e058).
 * kmalloc_nolock() always fails on a CPU without compare-and-exchange of 16 bytes, such as some CPU
 * models of qemu.
 */
static const char *check_storage(const struct probe *probe)
{
	return probe_prove_storage(probe)
		       ? "the kernel gives no storage to sockets, so segments whose event the BPF "
			 "programs miss are not counted: Linux 6.19 and later need a processor with "
			 "CMPXCHG16B (cx16 in /proc/cpuinfo)"
		       : NULL;
}

/* Loads the programs, which proves that the verifier accepts them, and unloads them. */
static bool print_load(void)
{
	struct probe *probe = NULL;
	int r = probe_new(&probe, (size_t)sysconf(_SC_PAGESIZE));
	bool good = print("load", r ? programs_problem(r) : NULL);

	if (good)
		good = print("storage", check_storage(probe));
	probe_free(probe);
	return good;
}

int preflight_print(void)
{
	struct host host;
	int r = gather_facts(&host);
	bool good = true;

	if (r) {
		log_error("cannot read /sys/kernel/btf/vmlinux: %s", strerror(-r));
		return r;
	}
	printf("kernel %s, %s\n", host.kernel.release, host.kernel.machine);
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (is_checkable(&needs[i], &host))
			good = print(needs[i].name, needs[i].check(&host)) && good;
	if (lockdown_is_hidden(&host))
		printf("unknown %-13s %s: if the kernel refuses the programs, lockdown may be "
		       "'confidentiality'\n",
			"lockdown",
			host.features.hidden_lockdown ? "no file shows the lockdown of this kernel"
						      : "/sys/kernel/security cannot be read");
	if (good)
		good = print_load();
	return good ? 0 : -ENOTSUP;
}
