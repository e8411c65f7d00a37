/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which events a query of /events selects, and which queries are refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "events/filter.h"
#include "support/exporter_events.h"

static const struct event_names names = {
	.cgroup = "/system.slice/a b.service",
	.pod_uid = "none",
	.container_id = "none",
	.unit = "a b.service",
	.process = "a b",
	.src_network = "office",
	.dst_network = "other",
};

static struct wire_event event(void)
{
	struct wire_event e =
		event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_TIMEOUT, 1);

	e.netns = 4026531840;
	e.uid = 1000;
	return e;
}

static bool matches(const char *query, struct wire_event e)
{
	char error[FILTER_ERROR_SIZE];
	struct filter filter;

	cr_assert_eq(filter_parse(&filter, query, true, error), 0, "%s", query);
	return filter_matches(&filter, &e, &names);
}

/* Each label has a query that matches and a query that does not. */
Test(filter, every_label)
{
	static const struct {
		const char *yes, *no;
	} cases[GROUP_LABELS] = {
		[GROUP_IP_VERSION] = {"ip_version=4", "ip_version=6"},
		[GROUP_SRC_IP] = {"src_ip=192.0.2.1", "src_ip=198.51.100.7"},
		[GROUP_SRC_PORT] = {"src_port=40000", "src_port=443"},
		[GROUP_DST_IP] = {"dst_ip=198.51.100.7", "dst_ip=198.51.100.8"},
		[GROUP_DST_PORT] = {"dst_port=443", "dst_port=40000"},
		[GROUP_CGROUP] = {"cgroup=/system.slice/a%20b.service", "cgroup=/system.slice"},
		[GROUP_POD_UID] = {"pod_uid=none", "pod_uid=unknown"},
		[GROUP_CONTAINER_ID] = {"container_id=none", "container_id="},
		[GROUP_UNIT] = {"unit=a%20b.service", "unit=b.service"},
		[GROUP_PROCESS] = {"process=a%20b", "process=a"},
		[GROUP_SRC_NETWORK] = {"src_network=office", "src_network=other"},
		[GROUP_DST_NETWORK] = {"dst_network=other", "dst_network=office"},
		[GROUP_NETNS] = {"netns=4026531840", "netns=1"},
		[GROUP_UID] = {"uid=1000", "uid=0"},
		[GROUP_ROLE] = {"role=client", "role=server"},
		[GROUP_CAUSE] = {"cause=timeout", "cause=fast"},
	};

	for (unsigned i = 0; i < GROUP_LABELS; i++) {
		cr_assert_not_null(cases[i].yes, "%s", group_label_name(i));
		cr_assert(matches(cases[i].yes, event()), "%s", cases[i].yes);
		cr_assert_not(matches(cases[i].no, event()), "%s", cases[i].no);
	}
}

Test(filter, all_conditions_must_match)
{
	cr_assert(matches("", event()));
	cr_assert(matches("dst_port=443&cause=timeout", event()));
	cr_assert_not(matches("dst_port=443&cause=fast", event()));
	cr_assert_not(matches("dst_port=80&cause=timeout", event()));
}

Test(filter, networks)
{
	struct wire_event e = event_make("2001:db8::1", 1, "2001:db8:1::7", 2, WIRE_CAUSE_FAST, 1);

	cr_assert(matches("dst_ip=198.51.100.0/24", event()));
	cr_assert(matches("dst_ip=198.51.100.0%2f24", event()));
	cr_assert_not(matches("dst_ip=198.51.101.0/24", event()));
	cr_assert(matches("src_ip=0.0.0.0/0", event()));
	cr_assert_not(matches("src_ip=::/0", event()));
	cr_assert(matches("src_ip=::/0&dst_ip=2001:db8:1::/48", e));
	cr_assert(matches("dst_ip=2001%3Adb8%3A1%3A%3A7", e));
	cr_assert_not(matches("dst_ip=2001:db8:2::/48", e));
}

Test(filter, resets_have_no_cause)
{
	struct wire_event e = event_make("192.0.2.1", 1, "192.0.2.2", 2, WIRE_CAUSE_NONE, 0);

	cr_assert(matches("cause=none", e));
	cr_assert_not(matches("cause=none", event()));
}

static const char *refuse(const char *query, bool networks)
{
	static char error[FILTER_ERROR_SIZE];
	struct filter filter;

	cr_assert_eq(filter_parse(&filter, query, networks, error), -EINVAL, "%s", query);
	return error;
}

Test(filter, refuses_invalid_queries)
{
	static const char *const labels[] = {"x=1", "dst_ip", "=1", "dst_port=1&dst_port=1", "&",
		"dst_port=1&&src_port=1", "DST_PORT=1", "dst_port=1&x"};
	static const char *const values[] = {"dst_port=", "dst_port=65536", "dst_port=-1",
		"dst_port=1x", "dst_port=99999999999", "netns=4294967296", "ip_version=5",
		"dst_ip=192.0.2", "dst_ip=192.0.2.1/24", "dst_ip=a", "role=both", "cause=late",
		"unit=%", "unit=%4", "unit=%4g", "unit=a%00b"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		cr_assert_eq(strncmp(refuse(labels[i], true), "Give LABEL=VALUE", 16), 0, "%s",
			labels[i]);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		cr_assert_not_null(strstr(refuse(values[i], true), " needs "), "%s", values[i]);
	cr_assert_str_eq(refuse("src_network=a", false), "src_network needs --networks.");
}

Test(filter, explains_the_possible_values)
{
	cr_assert_not_null(strstr(refuse("peer=192.0.2.1", true), ", cause"));
	cr_assert_str_eq(refuse("dst_port=https", true), "dst_port needs a number up to 65535.");
	cr_assert_str_eq(refuse("dst_ip=host", true), "dst_ip needs an address or a network.");
}

Test(filter, long_names)
{
	char query[NAME_SIZE + 16] = "cgroup=";

	memset(query + 7, 'a', NAME_SIZE - 1);
	query[7 + NAME_SIZE - 1] = '\0';
	cr_assert_not(matches(query, event()));
	query[7 + NAME_SIZE - 1] = 'a';
	query[7 + NAME_SIZE] = '\0';
	refuse(query, true);
}
