/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The process that computes bcrypt, which takes some ten to a hundred milliseconds by design: in the
 * event loop it would hold up scrapes. It has a system call list of four, knows nobody, and ends
 * when its parent's end of the socket does.
 */
#ifndef REXMIT_WEB_CHECKER_H
#define REXMIT_WEB_CHECKER_H

#include <stdint.h>

#include "common/sandbox.h"
#include "web_config/web_config.h"

#define CHECKER_PASSWORD_MAX 255 /* bcrypt looks at 72 bytes */

/* Both strings end in a NUL. It takes as long as if the hash's cost were `cost_as`, if that is more. */
struct checker_question {
	uint8_t cost, cost_as;
	char hash[WEB_HASH_LENGTH + 1];
	char password[CHECKER_PASSWORD_MAX + 1];
};

struct checker_answer {
	uint8_t right;   /* 1 if the password is the hash's, else 0 */
	uint32_t cpu_us; /* what it took */
};

/*
 * Starts it. Returns the socket (SOCK_SEQPACKET, not blocking) to ask on, one question at a time,
 * or a negative errno.
 */
int checker_start(enum sandbox_mode mode);

#endif
