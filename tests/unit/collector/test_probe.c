/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Makes, attaches and pins a probe. */
#include <stdio.h>

#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/probe_fixture.h"

static void setup(void)
{
	log_sink_use_pipe();
	probe_setup();
}

TestSuite(probe, .init = setup, .fini = probe_teardown);

static struct probe *make_probe(void)
{
	struct probe *probe = NULL;

	cr_assert_eq(probe_new(&probe, RING_BYTES), 0);
	return probe;
}

Test(probe, new)
{
	static const uint8_t zeros[16];
	struct probe *probe = make_probe();
	const struct identity *made = probe_identity(probe);

	cr_assert_neq(memcmp(made->instance, zeros, sizeof(zeros)), 0);
	cr_assert_eq(made->build, BUILD);
	cr_assert_eq(made->ring_bytes, RING_BYTES);
	cr_assert_eq(made->cpus, CPUS);
	cr_assert_eq(made->host_netns, HOST_NETNS);
	cr_assert_eq(made->sockets_max, UINT32_MAX);
	cr_assert_eq(fake.attached, 0);
	probe_free(probe);
	probe_free(NULL);
}

static void is_not_made(int r, const char *line)
{
	struct probe *probe = NULL;

	cr_assert_eq(probe_new(&probe, RING_BYTES), r);
	cr_assert_null(probe);
	log_sink_assert_line(line);
	log_sink_assert_silence();
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

Test(probe, is_not_made)
{
	static const struct {
		const char *call;
		unsigned at;
	} calls[] = {{"calloc", 1}, {"mmap64", 1}, {"mmap64", 2}, {"mmap64", 3}, {"getrandom", 1}};

	fake.load_result = -EACCES;
	is_not_made(-EACCES, "cannot load the BPF programs: the reason\n");
	fake.load_result = 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i].call, calls[i].at, ENOMEM);
		is_not_made(-ENOMEM, "cannot load the BPF programs: another reason\n");
		failing_calls_assert_made();
	}
	fake.cpus = -EIO;
	is_not_made(-EIO, "cannot load the BPF programs: another reason\n");
}

/* The programs count from here on. */
Test(probe, attaches)
{
	struct probe *probe = make_probe();

	cr_assert_eq(probe_attach(probe, NULL), 0);
	cr_assert_eq(fake.attached, 1);
	cr_assert_eq(fake.saved, 0);
	cr_assert_not(probe_is_pinned(probe));
	cr_assert_neq(probe_identity(probe)->attached_ns, 0);
	probe_free(probe);
}

Test(probe, pins)
{
	struct probe *probe = make_probe();

	cr_assert_eq(probe_attach(probe, "pins"), 0);
	cr_assert_eq(fake.saved, 1);
	cr_assert(probe_is_pinned(probe));
	probe_free(probe);
}

Test(probe, cannot_be_attached)
{
	struct probe *probe = make_probe();

	fake.attach_result = -EPERM;
	cr_assert_eq(probe_attach(probe, "pins"), -EPERM);
	log_sink_assert_line("cannot attach the BPF programs: Operation not permitted; run with "
			     "--check to see which requirement is not met\n");
	cr_assert_eq(fake.saved, 0);
	probe_free(probe);
}

Test(probe, cannot_be_pinned)
{
	struct probe *probe = make_probe();

	fake.pin_result = -ENOTSUP;
	cr_assert_eq(probe_attach(probe, "pins"), -ENOTSUP);
	log_sink_assert_line("cannot pin in pins: not in bpffs; is it a collector's directory in "
			     "bpffs?\n");
	cr_assert_not(probe_is_pinned(probe));
	probe_free(probe);
}

Test(probe, is_not_pinned_without_the_ids_of_its_objects)
{
	struct probe *probe = make_probe();

	failing_calls_set("bpf_obj_get_info_by_fd", 1, EIO);
	cr_assert_eq(probe_attach(probe, "pins"), -EIO);
	log_sink_assert_line("cannot pin in pins: Input/output error; is it a collector's "
			     "directory in bpffs?\n");
	cr_assert_eq(fake.saved, 0);
	probe_free(probe);
}

/* Without fdinfo only one metric is missing. */
Test(probe, cannot_read_the_misses)
{
	struct probe *probe = make_probe();
	uint64_t missed;

	failing_calls_set("fdinfo_open", 1, EACCES);
	cr_assert_eq(probe_attach(probe, NULL), 0);
	log_sink_assert_line("cannot read /proc/self/fdinfo: Permission denied; continuing without "
			     "the metric rexmit_missed_invocations_total\n");
	cr_assert_eq(probe_missed(probe, 0, &missed), -EBADF);
	cr_assert_eq(probe_missed(probe, 1, &missed), -ENODATA, "not a program");
	probe_free(probe);
}

Test(probe, paths_of_cgroups)
{
	struct probe *probe = make_probe();
	char path[WIRE_PATH_SIZE];

	cr_assert_eq(probe_cgroup_path(probe, 1, path), 0);
	cr_assert_eq(strlen(path), WIRE_PATH_SIZE - 1, "it has an end");
	cr_assert_eq(probe_cgroup_path(probe, 2, path), -ENOENT);
	probe_free(probe);
}

Test(probe, proves_storage)
{
	static const char *const calls[] = {
		"socket", "bpf_obj_get_info_by_fd", "calloc", "bpf_map_update_elem"};
	struct probe *probe = make_probe();

	cr_assert_eq(probe_prove_storage(probe), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		unsigned fds = failing_calls_open_fds();

		failing_calls_set(calls[i], 1, ENOMEM);
		cr_assert_eq(probe_prove_storage(probe), -ENOMEM, "%s", calls[i]);
		failing_calls_assert_made();
		cr_assert_eq(failing_calls_open_fds(), fds, "%s", calls[i]);
	}
	probe_free(probe);
}
