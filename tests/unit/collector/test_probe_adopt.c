/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Adopts a probe that is pinned in bpffs. */
#include <stdio.h>

#include "common/clock.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/probe_fixture.h"

static void setup(void)
{
	log_sink_use_pipe();
	probe_setup();
}

TestSuite(probe_adopt, .init = setup, .fini = probe_teardown);

Test(probe_adopt, adopts)
{
	struct probe *probe = NULL;

	fake.pinned.sockets_max = 5;
	fake.pinned.attached_ns = 6;
	cr_assert_eq(probe_adopt(&probe, "pins", RING_BYTES), 0);
	log_sink_assert_silence();
	cr_assert(probe_is_pinned(probe));
	cr_assert_eq(probe_identity(probe)->instance[0], 9);
	cr_assert_eq(probe_identity(probe)->sockets_max, UINT32_MAX);
	cr_assert_eq(probe_attach(probe, "pins"), 0);
	cr_assert_eq(fake.attached + fake.saved + fake.removed, 0, "they are attached and pinned");
	cr_assert_eq(probe_identity(probe)->attached_ns, 6);
	probe_free(probe);
}

static void adopts_nothing(int r, unsigned removals)
{
	struct probe *probe = NULL;

	fake.removed = 0;
	cr_assert_eq(probe_adopt(&probe, "pins", RING_BYTES), r);
	cr_assert_null(probe);
	cr_assert_eq(fake.removed, removals);
	cr_assert_eq(failing_calls_open_fds(), fds_before);
}

#define REPLACING(why)                                                                             \
	"replacing what is pinned in pins: it is " why                                             \
	"; counts that no exporter has received are lost\n"

/* What does not fit is removed, and the caller loads new programs. */
Test(probe_adopt, replaces)
{
	uint32_t id;

	fake.pinned.build++;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("from another build"));
	fake.pinned.build--;
	fake.pinned.ring_bytes *= 2;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a ring of another size"));
	fake.pinned.ring_bytes /= 2;
	fake.pinned.cpus++;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("for another number of CPUs"));
	fake.pinned.cpus--;
	fake.pinned.objects[HANDLE_RING]++;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with an object that the collector did not pin"));
	fake.pinned.objects[HANDLE_RING]--;
	/* The call that would fail is not made. It only shows that 0 is no id. */
	id = fake.pinned.objects[0];
	fake.pinned.objects[0] = 0;
	failing_calls_set("bpf_obj_get_info_by_fd", 1, EPERM);
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with an object that the collector did not pin"));
	fake.pinned.objects[0] = id;
	failing_calls_set(NULL, 0, 0);
	fake.pinned.instance[0] = 0;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a damaged identity"));
	fake.pinned.instance[0] = 9;
	fake.pinned.stored = UINT32_MAX / 2;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a damaged identity"));
	fake.pinned.stored = 0;
	fake.pinned.attached_ns = 0;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a damaged identity"));
	fake.pinned.attached_ns = clock_ns(CLOCK_BOOTTIME) + UINT64_C(100000000000);
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a damaged identity"));
	fake.pinned.attached_ns = clock_ns(CLOCK_BOOTTIME);
	fake.ring_damaged = true;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("with a damaged ring"));
	fake.adopt_result = -ENODATA;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_line(REPLACING("incomplete, or from another build"));
	fake.adopt_result = -ENOENT;
	adopts_nothing(-ENOENT, 1);
	log_sink_assert_silence();
}

#define CANNOT(why)                                                                                \
	"cannot take over what is pinned in pins: " why                                            \
	"; remove it with --unpin, or choose another directory\n"

Test(probe_adopt, cannot_take_over)
{
	static const struct {
		const char *call;
		unsigned at;
	} calls[] = {{"calloc", 1}, {"mmap64", 1}, {"mmap64", 2}, {"mmap64", 3}};

	fake.adopt_result = -EIO;
	adopts_nothing(-EIO, 0);
	log_sink_assert_line(CANNOT("Input/output error"));
	fake.adopt_result = 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i].call, calls[i].at, ENOMEM);
		adopts_nothing(-ENOMEM, 0);
		log_sink_assert_line(CANNOT("Cannot allocate memory"));
	}
	fake.adopt_result = -ENOENT;
	fake.remove_result = -ENOTSUP;
	adopts_nothing(-ENOTSUP, 1);
	log_sink_assert_line(CANNOT("not in bpffs"));
}

/* A wrong number would otherwise stop all storage. */
Test(probe_adopt, stored)
{
	struct probe *probe = NULL;

	fake.pinned.stored = 7;
	cr_assert_eq(probe_adopt(&probe, "pins", RING_BYTES), 0);
	cr_assert_eq(probe_stored(probe), 7);
	probe_free(probe);
	fake.pinned.stored = -1;
	cr_assert_eq(probe_adopt(&probe, "pins", RING_BYTES), 0);
	cr_assert_eq(probe_stored(probe), 0);
	probe_limit_sockets(probe, 8);
	cr_assert_eq(probe_identity(probe)->sockets_max, 8);
	probe_free(probe);
}
