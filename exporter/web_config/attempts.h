/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The queues of passwords to check.
 *
 * Two queues take turns: one for networks that have sent a right password, and one for all others.
 * In each queue, networks without a wrong password are first, then the network whose last wrong
 * password is the oldest. In a full queue, the last attempt is displaced. Therefore networks that
 * guess passwords take turns, and do not delay the first attempt of another network.
 */
#ifndef REXMIT_WEB_ATTEMPTS_H
#define REXMIT_WEB_ATTEMPTS_H

#include <sys/queue.h>

#include "web_config/bcrypt_checker.h"
#include "web_config/networks.h"
#include "web_config/remembered.h"

#define ATTEMPTS_QUEUED 16     /* in each queue */
#define ATTEMPTS_PER_NETWORK 2 /* in each queue, from one network */

struct http_attempt {
	TAILQ_ENTRY(http_attempt) link;
	struct checker_question question;
	uint8_t digest[REMEMBERED_DIGEST_SIZE];
	bool user_exists;
	struct http_peer peer, network;
	void *client; /* NULL: the client has disconnected */
};

TAILQ_HEAD(attempt_list, http_attempt);

enum attempt_kind {
	ATTEMPT_OTHER,
	ATTEMPT_WAS_RIGHT, /* the network has sent a right password */
	ATTEMPT_KINDS,
};

struct attempts {
	struct attempt_list waiting[ATTEMPT_KINDS];
	struct attempt_list displaced; /* to be answered with HTTP_BUSY */
	struct networks networks;
	unsigned turn;
};

void attempts_init(struct attempts *attempts);
void attempts_deinit(struct attempts *attempts);

/* Queues an attempt, which may displace another attempt. Returns false if there is no place. */
bool attempts_put(struct attempts *attempts, struct http_attempt *attempt);
/* Removes and returns the next attempt, or returns NULL. */
struct http_attempt *attempts_take(struct attempts *attempts);

void attempt_free(struct http_attempt *attempt);

#endif
