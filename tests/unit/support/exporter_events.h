/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Makes events for the tests of the exporter. */
#ifndef TEST_EXPORTER_EVENTS_H
#define TEST_EXPORTER_EVENTS_H

#include <arpa/inet.h>
#include <string.h>

#include "protocol/wire.h"

/* Writes an IPv4 or IPv6 address in the format of a record. */
static inline void event_address(uint8_t out[16], const char *text)
{
	if (strchr(text, ':')) {
		inet_pton(AF_INET6, text, out);
		return;
	}
	memset(out, 0, 16);
	out[10] = out[11] = 0xff;
	inet_pton(AF_INET, text, out + 12);
}

/* Makes a client's event, whose local port is ephemeral. */
static inline struct wire_event event_make(const char *local, uint16_t local_port,
	const char *remote, uint16_t remote_port, enum wire_cause cause, uint32_t segments)
{
	struct wire_event event = {
		.type = WIRE_EVENT,
		.ip_version = strchr(local, ':') ? 6 : 4,
		.cause = (uint8_t)cause,
		.tcp_state = 1,
		.role = WIRE_ROLE_CLIENT,
		.local_port = local_port,
		.remote_port = remote_port,
		.segments = segments,
		.netns = 4026531840,
		.cgroup_id = 77,
	};

	event_address(event.local_addr, local);
	event_address(event.remote_addr, remote);
	return event;
}

#endif
