/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * HTTP Basic authentication (RFC 7617) against bcrypt hashes.
 *
 * A right password is remembered by its HMAC, with a random key. Any other password is sent to the
 * password checker, in the order of attempts.h. All wrong passwords together use at most a fifth of
 * one CPU. A check takes the time of the highest cost of all users, also for unknown users.
 */
#ifndef REXMIT_WEB_PASSWORDS_H
#define REXMIT_WEB_PASSWORDS_H

#include "http/guard.h"
#include "web_config/web_config.h"

struct web_passwords;

/*
 * Owns `checker_fd`, also after an error. Calls guard->decided_cb(). If the checker ends, sets
 * guard->failed and stops the loop. Returns 0 or a negative errno.
 */
int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	struct http_guard *guard);
void web_passwords_free(struct web_passwords *passwords);

/* See authorize() in struct http_guard. Checks the users of `config`. */
enum http_verdict web_passwords_judge(struct web_passwords *passwords,
	const struct web_config *config, const char *authorization, struct http_peer peer,
	void *who, struct http_attempt **attempt);
void web_passwords_cancel(struct http_attempt *attempt);

#endif
