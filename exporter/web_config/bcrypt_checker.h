/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The password checker is a process that computes bcrypt. In the event loop, bcrypt would delay
 * scrapes by ten to a hundred milliseconds. The process may make only four system calls. It ends
 * when the parent closes the socket.
 */
#ifndef REXMIT_BCRYPT_CHECKER_H
#define REXMIT_BCRYPT_CHECKER_H

#include <stdint.h>

#include "common/sandbox.h"
#include "web_config/web_config.h"

#define CHECKER_PASSWORD_MAX 255 /* bcrypt uses only the first 72 bytes */

/*
 * Strings are NUL-terminated. If `cost_as` is higher than `cost`, the answer takes as long as a
 * hash of cost `cost_as`.
 */
struct checker_question {
	uint8_t cost, cost_as;
	char hash[WEB_HASH_LENGTH + 1];
	char password[CHECKER_PASSWORD_MAX + 1];
};

struct checker_answer {
	uint8_t right;   /* 1 if the password matches the hash, else 0 */
	uint32_t cpu_us; /* CPU time used */
};

/*
 * Starts the process. Returns a blocking SOCK_SEQPACKET socket for one question at a time, or a
 * negative errno.
 */
int checker_start(enum sandbox_mode mode);

#endif
