/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The queue of passwords to check, and its order.
 *
 * Networks from which a password was right have a separate queue, which gets every second turn. In
 * each queue, networks that have sent no wrong password go first, then the network whose last wrong
 * password is the oldest. In a full queue, the attempt that would go last is displaced. So networks
 * that guess passwords take turns, and a network's first attempt is checked before theirs.
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
	void *client; /* NULL: the client is gone */
};

TAILQ_HEAD(attempt_list, http_attempt);

enum attempt_kind {
	ATTEMPT_NEW,
	ATTEMPT_RIGHT_BEFORE, /* its network sent a right password before */
	ATTEMPT_KINDS,
};

struct attempts {
	struct attempt_list waiting[ATTEMPT_KINDS];
	struct attempt_list displaced; /* to be answered with HTTP_BUSY */
	struct networks networks;
	unsigned turn;
};

void attempts_init(struct attempts *attempts);
/* Frees all attempts. */
void attempts_deinit(struct attempts *attempts);

/* Queues an attempt, which may displace another. Returns false if there is no place. */
bool attempts_put(struct attempts *attempts, struct http_attempt *attempt);
/* Removes and returns the next attempt, or returns NULL. */
struct http_attempt *attempts_take(struct attempts *attempts);

void attempt_free(struct http_attempt *attempt);

#endif
