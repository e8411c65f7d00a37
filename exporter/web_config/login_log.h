/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A line of the log for each password that was checked and refused, with the client's address, as
 * fail2ban and its like read it. Strangers make these lines, so their number is limited.
 */
#ifndef REXMIT_WEB_LOGIN_LOG_H
#define REXMIT_WEB_LOGIN_LOG_H

#include "http/guard.h"

#define LOGIN_LINES_AT_ONCE 20
#define LOGIN_LINE_SECONDS 1 /* one more in that time */

struct login_log {
	uint64_t paid_s;   /* CLOCK_MONOTONIC, until when lines have had their share */
	uint64_t left_out; /* since the last line */
};

void login_log_refused(struct login_log *log, const struct http_peer *peer, uint64_t now_s);

#endif
