/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which events belong to the same series. */
#include <criterion/criterion.h>

#include "counts/group.h"
#include "support/exporter_events.h"

static struct wire_event client(void)
{
	return event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_FAST, 1);
}

static bool share_named(const struct grouping *g, const struct wire_event *a,
	const struct group_names *names_a, const struct wire_event *b,
	const struct group_names *names_b)
{
	union group_key key_a, key_b;

	group_key_of(&key_a, g, a, names_a);
	group_key_of(&key_b, g, b, names_b);
	return group_key_equal(&key_a, &key_b);
}

static bool share(const struct grouping *g, const struct wire_event *a, const struct wire_event *b)
{
	const struct group_names names = {{0}};

	return share_named(g, a, &names, b, &names);
}

Test(group, the_ephemeral_port_is_folded)
{
	struct wire_event a = client(), b = client();
	struct grouping g;

	grouping_init(&g, GROUP_DEFAULT_LABELS, false, 32, 128);
	b.local_port = 40001;
	cr_assert(share(&g, &a, &b));
	b.remote_port = 80;
	cr_assert_not(share(&g, &a, &b));

	a.role = b.role = WIRE_ROLE_SERVER;
	b = a;
	b.remote_port = 50000;
	cr_assert(share(&g, &a, &b));
	b.local_port = 8080;
	cr_assert_not(share(&g, &a, &b));
}

Test(group, all_ports_are_kept_with_all_ports)
{
	struct wire_event a = client(), b = client();
	struct grouping g;

	grouping_init(&g, GROUP_DEFAULT_LABELS, true, 32, 128);
	b.local_port = 40001;
	cr_assert_not(share(&g, &a, &b));
}

/* Changes one field at a time. Only the label of that field separates the two events. */
Test(group, each_label_separates_one_field)
{
	for (unsigned label = 0; label < GROUP_LABELS; label++) {
		struct wire_event a = client(), changed[GROUP_LABELS];
		struct group_names names[GROUP_LABELS] = {{{0}}}, none = {{0}};
		struct grouping g;

		for (unsigned i = 0; i < GROUP_LABELS; i++)
			changed[i] = client();
		changed[GROUP_IP_VERSION].ip_version = 6;
		changed[GROUP_SRC_IP].local_addr[15]++;
		changed[GROUP_SRC_PORT].local_port++;
		changed[GROUP_DST_IP].remote_addr[15]++;
		changed[GROUP_DST_PORT].remote_port++;
		for (unsigned i = 0; i < GROUP_NAMES; i++)
			names[GROUP_CGROUP + i].number[i] = UINT16_MAX;
		changed[GROUP_NETNS].netns++;
		changed[GROUP_UID].uid++;
		changed[GROUP_ROLE].role = WIRE_ROLE_SERVER;
		changed[GROUP_CAUSE].cause = WIRE_CAUSE_SYN;
		grouping_init(&g, 1U << label, true, 32, 128);
		for (unsigned i = 0; i < GROUP_LABELS; i++)
			cr_assert_eq(share_named(&g, &a, &none, &changed[i], &names[i]),
				i != label || i == GROUP_CAUSE, "%s by %s", group_label_name(i),
				group_label_name(label));
	}
}

Test(group, prefixes_fold_addresses)
{
	struct wire_event a = client(), b = client();
	struct grouping g;

	grouping_init(&g, GROUP_DEFAULT_LABELS, false, 20, 44);
	event_address(b.remote_addr, "198.51.111.255");
	cr_assert(share(&g, &a, &b));
	event_address(b.remote_addr, "198.51.112.7");
	cr_assert_not(share(&g, &a, &b));

	a = event_make("2001:db8::1", 1, "2001:db8:aaaa::", 2, WIRE_CAUSE_FAST, 1);
	b = a;
	event_address(b.remote_addr, "2001:db8:aaaf:ffff::1");
	cr_assert(share(&g, &a, &b));
	event_address(b.remote_addr, "2001:db8:aab0::");
	cr_assert_not(share(&g, &a, &b));
}

Test(group, a_prefix_of_no_bits_keeps_the_family)
{
	struct wire_event a = client(), b = client();
	union group_key key;
	struct grouping g;

	grouping_init(&g, 1U << GROUP_DST_IP, false, 0, 0);
	event_address(b.remote_addr, "203.0.113.9");
	cr_assert(share(&g, &a, &b));
	group_key_of(&key, &g, &a, &(struct group_names){{0}});
	cr_assert_eq(key.remote_addr[11], 0xff);
}

Test(group, cause_is_folded_without_its_label)
{
	struct wire_event event = client();
	struct grouping g;

	grouping_init(&g, GROUP_DEFAULT_LABELS, false, 32, 128);
	cr_assert_eq(group_cause_of(&g, &event), WIRE_CAUSE_FAST);
	grouping_init(&g, 0, false, 32, 128);
	cr_assert_eq(group_cause_of(&g, &event), WIRE_CAUSE_UNKNOWN);
	event.cause = WIRE_CAUSE_NONE;
	event.segments = 0;
	cr_assert_eq(group_cause_of(&g, &event), WIRE_CAUSE_NONE);
}

Test(group, lists_of_labels)
{
	const char *wrong;
	unsigned labels;
	size_t length;

	cr_assert_eq(group_labels_parse("none", &labels, &wrong, &length), 0);
	cr_assert_eq(labels, 0U);
	cr_assert_eq(group_labels_parse("cause,dst_ip,cause", &labels, &wrong, &length), 0);
	cr_assert_eq(labels, 1U << GROUP_CAUSE | 1U << GROUP_DST_IP);
	cr_assert_eq(group_labels_parse("ip_version,src_ip,src_port,dst_ip,dst_port,cause", &labels,
			     &wrong, &length),
		0);
	cr_assert_eq(labels, (unsigned)GROUP_DEFAULT_LABELS);
}

Test(group, unknown_labels_are_named)
{
	static const struct {
		const char *list, *wrong;
	} cases[] = {{"dst_ip,dst,cause", "dst"}, {"", ""}, {"cause,", ""},
		{"cause, netns", " netns"}, {"none,cause", "none"}, {"cause,none", "none"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong;
		unsigned labels;
		size_t length;

		cr_assert_lt(group_labels_parse(cases[i].list, &labels, &wrong, &length), 0, "%s",
			cases[i].list);
		cr_assert_eq(length, strlen(cases[i].wrong), "%s", cases[i].list);
		cr_assert_eq(memcmp(wrong, cases[i].wrong, length), 0);
	}
}
