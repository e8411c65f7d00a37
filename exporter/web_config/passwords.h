/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * HTTP Basic authentication (RFC 7617) against bcrypt hashes.
 *
 * A password that was right is known again by its HMAC, under a key that is made at start. Any other
 * is a question to the checker process, in the order of attempts.h, and wrong ones together have a
 * fifth of one CPU. All users, and those that do not exist, take as long as the one of the
 * highest cost.
 */
#ifndef REXMIT_WEB_PASSWORDS_H
#define REXMIT_WEB_PASSWORDS_H

#include "http/guard.h"
#include "web_config/web_config.h"

struct web_passwords;

/*
 * Owns `checker_fd`, also when it fails. Calls guard->decided_cb(), and if the checker ends sets
 * guard->failed and ends the loop. Returns 0 or a negative errno.
 */
int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	struct http_guard *guard);
void web_passwords_free(struct web_passwords *passwords);

/* See struct http_guard. The users are those of `config`. */
enum http_verdict web_passwords_judge(struct web_passwords *passwords,
	const struct web_config *config, const char *authorization, struct http_peer peer,
	void *who, struct http_attempt **attempt);
void web_passwords_cancel(struct http_attempt *attempt);

#endif
