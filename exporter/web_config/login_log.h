/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Log lines with the address of a client whose password was refused, for tools such as fail2ban.
 * Any client can cause these lines, so their number is limited.
 */
#ifndef REXMIT_WEB_LOGIN_LOG_H
#define REXMIT_WEB_LOGIN_LOG_H

#include "http/guard.h"

#define LOGIN_LINES_AT_ONCE 20
#define LOGIN_LINE_SECONDS 1 /* interval after LOGIN_LINES_AT_ONCE lines */

struct login_log {
	uint64_t next_s;  /* CLOCK_MONOTONIC; each line moves it by LOGIN_LINE_SECONDS */
	uint64_t omitted; /* lines omitted since the last line */
};

void login_log_refused(struct login_log *log, const struct http_peer *peer, uint64_t now_s);

#endif
