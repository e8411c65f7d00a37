/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * HTTP Basic authentication (RFC 7617) against bcrypt hashes.
 *
 * The exporter remembers a right password as an HMAC with a random key. The password checker checks
 * any other password, in the order of attempts.h. All wrong passwords together use at most a fifth
 * of one CPU. Every check, even of an unknown user, takes as long as the costliest hash of all
 * users.
 */
#ifndef REXMIT_WEB_PASSWORDS_H
#define REXMIT_WEB_PASSWORDS_H

#include "http/guard.h"
#include "web_config/web_config.h"

struct web_passwords;

/*
 * The result owns `checker_fd`. On failure, `checker_fd` is closed. Verdicts are passed to
 * guard->decided_cb(). If the checker ends, guard->failed is set and the loop stops. Returns 0 or a
 * negative errno.
 */
int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	struct http_guard *guard);
void web_passwords_free(struct web_passwords *passwords);

/* Returns a verdict for the users of `config`, as authorize() in struct http_guard. */
enum http_verdict web_passwords_judge(struct web_passwords *passwords,
	const struct web_config *config, const char *authorization, struct http_peer peer,
	void *client, struct http_attempt **attempt);
void web_passwords_cancel(struct http_attempt *attempt);

#endif
