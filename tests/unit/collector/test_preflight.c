/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What --check and the start say about other hosts. This file plays the host. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collector_privileges.h"
#include "kernel_btf.h"
#include "preflight.h"
#include "probe.h"
#include "programs.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

static struct kernel_features features;
static int features_result, load_result, storage_result, bpf_error;
static bool can_load, has_lsm;
static const char *lockdown; /* contents of the file; NULL: no file */
static const char *status;   /* the same */
static unsigned loads, freed;

int kernel_btf_features(struct kernel_features *result)
{
	*result = features;
	return features_result;
}

bool privileges_can_load(void)
{
	return can_load;
}

int probe_new(struct probe **probe, size_t ring_bytes)
{
	cr_assert_eq(ring_bytes, (size_t)sysconf(_SC_PAGESIZE));
	*probe = load_result ? NULL : (struct probe *)&loads;
	loads++;
	return load_result;
}

int probe_prove_storage(const struct probe *probe)
{
	cr_assert_eq((const void *)probe, &loads);
	return storage_result;
}

void probe_free(struct probe *probe)
{
	freed += probe == (struct probe *)&loads;
}

const char *programs_problem(int r)
{
	return r == -EPERM ? "the verifier refuses them" : "another problem";
}

REPLACED_CALL(int, uname, (struct utsname * kernel))
{
	*kernel = (struct utsname){.release = "6.1-test", .machine = "machine"};
	return 0;
}

REPLACED_CALL(long, syscall, (long number, ...))
{
	(void)number;
	errno = bpf_error;
	return bpf_error ? -1 : 0;
}

REPLACED_CALL(int, access, (const char *path, int mode))
{
	(void)mode;
	if (strcmp(path, "/sys/kernel/security/lsm") == 0)
		return has_lsm ? 0 : -1;
	cr_assert_str_eq(path, "/sys/kernel/security/lockdown");
	return lockdown ? 0 : -1;
}

REPLACED_CALL(int, open64, (const char *path, int flags, ...))
{
	bool is_status = strcmp(path, "/proc/self/status") == 0;
	const char *text = is_status ? status : lockdown;
	int fd = text ? memfd_create("file", MFD_CLOEXEC) : -1;

	(void)flags;
	cr_assert(is_status || strcmp(path, "/sys/kernel/security/lockdown") == 0);
	if (text) {
		cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
		lseek(fd, 0, SEEK_SET);
	}
	return fd;
}

FAILING_CALL(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))

static void setup(void)
{
	features = (struct kernel_features){.btf = true, .sk_storage = true, .atomics = true};
	can_load = has_lsm = true;
	lockdown = "none [integrity] confidentiality\n";
	status = "Name:\tcollector\nSeccomp:\t0\n";
	bpf_error = EINVAL;
	log_sink_use_pipe();
}

TestSuite(preflight, .init = setup);

static void starts(void)
{
	cr_assert_eq(preflight_require(), 0);
	log_sink_assert_silence();
}

static void refuses_with(const char *problem)
{
	char line[512];

	snprintf(line, sizeof(line), "cannot run on kernel 6.1-test: %s\n", problem);
	cr_assert_eq(preflight_require(), -ENOTSUP);
	log_sink_assert_line(line);
}

Test(preflight, starts)
{
	starts();
	lockdown = NULL; /* unknown is not wrong */
	starts();
	lockdown = "[none] integrity confidentiality\n";
	failing_calls_set("read", 1, EIO);
	starts();
	failing_calls_assert_made();
}

Test(preflight, other_kernels)
{
	features.missing_tracepoint = "tcp_send_reset (resets sent)";
	refuses_with("tracepoints: no tracepoint tcp_send_reset (resets sent): boot a kernel built "
		     "with CONFIG_NET, CONFIG_INET and CONFIG_TRACEPOINTS");
	features.sk_storage = false;
	refuses_with("kernel: too old for socket storage and atomic operations in BPF programs: "
		     "boot Linux 5.15 or later");
	features.sk_storage = true;
	features.atomics = false;
	refuses_with("kernel: too old for socket storage and atomic operations in BPF programs: "
		     "boot Linux 5.15 or later");
	features = (struct kernel_features){0};
	refuses_with("BTF: no /sys/kernel/btf/vmlinux: boot a kernel built with "
		     "CONFIG_DEBUG_INFO_BTF=y");
}

Test(preflight, lockdown)
{
	lockdown = "none integrity [confidentiality]\n";
	refuses_with("lockdown: lockdown is 'confidentiality', which forbids BPF to read the "
		     "kernel's memory: boot with lockdown=integrity or lower");
}

Test(preflight, capabilities)
{
	can_load = false;
	bpf_error = EPERM; /* which the missing capabilities explain */
	refuses_with(
		"capabilities: CAP_BPF and CAP_PERFMON are not both effective: run as root, or "
		"grant them (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON)");
}

/* What refuses bpf(2) depends on the error, and on whether a filter is installed. */
Test(preflight, bpf)
{
	static const int errors[] = {EPERM, EACCES, ENOSYS};
	static const char *const without_filter[] = {
		"bpf: bpf(2) is refused: the capabilities belong to a user namespace, or a security "
		"module forbids it",
		"bpf: bpf(2) is refused: the capabilities belong to a user namespace, or a security "
		"module forbids it",
		"bpf: no bpf(2): boot a kernel built with CONFIG_BPF_SYSCALL=y"};

	for (size_t i = 0; i < 3; i++) {
		bpf_error = errors[i];
		status = "Name:\tcollector\nSeccomp:\t0\n";
		refuses_with(without_filter[i]);
		status = NULL;
		refuses_with(without_filter[i]);
		status = "Name:\tcollector\n";
		refuses_with(without_filter[i]);
		status = "Name:\tcollector\nSeccomp:\t2\n";
		cr_assert_eq(preflight_require(), -ENOTSUP);
		log_sink_assert_contains("bpf: a seccomp filter of the container's runtime");
	}
	bpf_error = E2BIG;
	starts();
	bpf_error = 0;
	starts();
}

Test(preflight, btf_cannot_be_read)
{
	features_result = -EACCES;
	cr_assert_eq(preflight_require(), -EACCES);
	log_sink_assert_line("cannot read /sys/kernel/btf/vmlinux: Permission denied\n");
	cr_assert_eq(preflight_print(), -EACCES);
	log_sink_assert_line("cannot read /sys/kernel/btf/vmlinux: Permission denied\n");
	cr_assert_eq(loads, 0);
}

static void prints(int r, const char *text)
{
	cr_redirect_stdout();
	cr_assert_eq(preflight_print(), r);
	fflush(stdout);
	cr_assert_stdout_eq_str(text);
	cr_assert_eq(freed, loads - (load_result && loads), "the programs stay loaded");
}

Test(preflight, prints_success)
{
	prints(0, "kernel 6.1-test, machine\nok      BTF\nok      kernel\nok      tracepoints\n"
		  "ok      lockdown\nok      capabilities\nok      bpf\nok      load\n"
		  "ok      storage\n");
}

Test(preflight, prints_a_failed_load)
{
	load_result = -EPERM;
	prints(-ENOTSUP,
		"kernel 6.1-test, machine\nok      BTF\nok      kernel\nok      tracepoints\n"
		"ok      lockdown\nok      capabilities\nok      bpf\n"
		"missing load          the verifier refuses them\n");
}

Test(preflight, prints_missing_storage)
{
	storage_result = -ENOMEM;
	prints(-ENOTSUP,
		"kernel 6.1-test, machine\nok      BTF\nok      kernel\nok      tracepoints\n"
		"ok      lockdown\nok      capabilities\nok      bpf\nok      load\n"
		"missing storage       the kernel gives no storage to sockets, so segments whose "
		"event the BPF programs miss are not counted: Linux 6.19 and later need a processor "
		"with CMPXCHG16B (cx16 in /proc/cpuinfo)\n");
}

/* It lists all problems, omits what cannot be checked without BTF, and loads nothing. */
Test(preflight, prints_all_problems)
{
	features = (struct kernel_features){0};
	can_load = false;
	prints(-ENOTSUP,
		"kernel 6.1-test, machine\n"
		"missing BTF           no /sys/kernel/btf/vmlinux: boot a kernel built with "
		"CONFIG_DEBUG_INFO_BTF=y\n"
		"ok      lockdown\n"
		"missing capabilities  CAP_BPF and CAP_PERFMON are not both effective: run as root, "
		"or grant them (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON)\n"
		"ok      bpf\n");
	cr_assert_eq(loads, 0);
}

#define LOADED                                                                                     \
	"ok      load\n"                                                                           \
	"ok      storage\n"
#define UNTIL_LOCKDOWN                                                                             \
	"kernel 6.1-test, machine\nok      BTF\nok      kernel\nok      tracepoints\n"

Test(preflight, a_kernel_without_lockdown)
{
	lockdown = NULL;
	prints(0, UNTIL_LOCKDOWN "ok      lockdown\nok      capabilities\nok      bpf\n" LOADED);
}

Test(preflight, a_host_without_securityfs)
{
	lockdown = NULL;
	has_lsm = false;
	prints(0, UNTIL_LOCKDOWN
		"ok      capabilities\nok      bpf\n"
		"unknown lockdown      /sys/kernel/security cannot be read: if the kernel refuses the "
		"programs, lockdown may be 'confidentiality'\n" LOADED);
}

/* RHEL 8 has a lockdown that no file shows. */
Test(preflight, a_kernel_with_a_hidden_lockdown)
{
	lockdown = NULL;
	features.hidden_lockdown = true;
	prints(0, UNTIL_LOCKDOWN
		"ok      capabilities\nok      bpf\n"
		"unknown lockdown      no file shows the lockdown of this kernel: if the kernel "
		"refuses the programs, lockdown may be 'confidentiality'\n" LOADED);
}
