/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Logs a line with the client's address for each refused password, for tools such as fail2ban. Any
 * client can cause these lines, so their number is limited.
 */
#ifndef REXMIT_WEB_LOGIN_LOG_H
#define REXMIT_WEB_LOGIN_LOG_H

#include "http/guard.h"

#define LOGIN_LINES_AT_ONCE 20
#define LOGIN_LINE_SECONDS 1 /* one more line in this time */

struct login_log {
	uint64_t paid_s;   /* CLOCK_MONOTONIC: lines have used their share up to here */
	uint64_t left_out; /* lines left out since the last one */
};

void login_log_refused(struct login_log *log, const struct http_peer *peer, uint64_t now_s);

#endif
