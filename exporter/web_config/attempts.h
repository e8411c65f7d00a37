/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The passwords that wait to be checked, and in which order.
 *
 * Networks where a password was right before have places of their own, and every second turn. Among
 * the others, and among those, the network goes first whose last wrong password is the longest ago,
 * and before it one that has sent none. If all places are taken, the network that would go last gives
 * up its place. So those who guess take turns with each other, and a newcomer is the next.
 */
#ifndef REXMIT_WEB_ATTEMPTS_H
#define REXMIT_WEB_ATTEMPTS_H

#include <sys/queue.h>

#include "web_config/checker.h"
#include "web_config/networks.h"
#include "web_config/remembered.h"

#define ATTEMPTS_QUEUED 16     /* of each kind */
#define ATTEMPTS_PER_NETWORK 2 /* of these, from one */

struct http_attempt {
	TAILQ_ENTRY(http_attempt) link;
	struct checker_question question;
	uint8_t digest[REMEMBERED_DIGEST_SIZE];
	bool known; /* the user */
	struct http_peer peer, network;
	void *who; /* NULL: gone */
};

TAILQ_HEAD(attempt_list, http_attempt);

enum attempt_kind {
	ATTEMPT_NEW,
	ATTEMPT_RIGHT_BEFORE, /* its network was */
	ATTEMPT_KINDS,
};

struct attempts {
	struct attempt_list waiting[ATTEMPT_KINDS];
	struct attempt_list displaced; /* have lost their places, and are to be answered */
	struct networks networks;
	unsigned turn;
};

void attempts_init(struct attempts *attempts);
/* Frees all of them. */
void attempts_deinit(struct attempts *attempts);

/* Puts it into its queue; another one may be displaced. Returns false if there is no place. */
bool attempts_put(struct attempts *attempts, struct http_attempt *attempt);
/* Takes out the one whose turn it is, or returns NULL. */
struct http_attempt *attempts_take(struct attempts *attempts);

void attempt_free(struct http_attempt *attempt);

#endif
