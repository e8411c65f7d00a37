/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/login_log.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define BURST_SECONDS ((LOGIN_LINES_AT_ONCE - 1) * LOGIN_LINE_SECONDS)

static bool login_log_has_room(struct login_log *log, uint64_t now_s)
{
	if (log->next_s > now_s + BURST_SECONDS)
		return false;
	if (log->next_s < now_s)
		log->next_s = now_s;
	log->next_s += LOGIN_LINE_SECONDS;
	return true;
}

static void login_log_write_address(char text[INET6_ADDRSTRLEN], const struct http_peer *peer)
{
	struct in6_addr address;
	bool mapped;

	memcpy(&address, peer->address, sizeof(address));
	mapped = IN6_IS_ADDR_V4MAPPED(&address);
	inet_ntop(mapped ? AF_INET : AF_INET6, peer->address + (mapped ? 12 : 0), text,
		INET6_ADDRSTRLEN);
}

void login_log_refused(struct login_log *log, const struct http_peer *peer, uint64_t now_s)
{
	char address[INET6_ADDRSTRLEN], others[64] = "";

	if (!login_log_has_room(log, now_s)) {
		log->omitted++;
		return;
	}
	if (log->omitted)
		snprintf(others, sizeof(others), "; similar lines omitted before: %" PRIu64,
			log->omitted);
	log->omitted = 0;
	login_log_write_address(address, peer);
	log_warning("refused a wrong password from %s%s", address, others);
}
