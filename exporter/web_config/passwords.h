/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * HTTP Basic authentication (RFC 7617) against bcrypt hashes.
 *
 * A password that was right is known again by its HMAC, under a key that is made at start. Any other
 * is a question to the checker process: at most PASSWORDS_QUEUED wait, of these at most
 * PASSWORDS_PER_PEER from one address, or one /64 of IPv6, and behind a wrong one the checker rests
 * four times as long as it took. So strangers have at most a fifth of one CPU, and keep nobody else
 * from being heard. A user that there is not costs what the dearest hash costs.
 */
#ifndef REXMIT_WEB_PASSWORDS_H
#define REXMIT_WEB_PASSWORDS_H

#include "http/guard.h"
#include "web_config/web_config.h"

#define PASSWORDS_QUEUED 16
#define PASSWORDS_PER_PEER 2

struct web_passwords;

/* Owns `checker_fd`, also when it fails. Returns 0 or a negative errno. */
int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	void (**decided_cb)(void *who, enum http_verdict));
void web_passwords_free(struct web_passwords *passwords);

/* See struct http_security. The users are those of `config`. */
enum http_verdict web_passwords_judge(struct web_passwords *passwords,
	const struct web_config *config, const char *authorization, struct http_peer peer,
	void *who, struct http_attempt **attempt);
void web_passwords_cancel(struct http_attempt *attempt);

#endif
