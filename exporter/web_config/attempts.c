/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/attempts.h"

#include <stdlib.h>
#include <string.h>

void attempt_free(struct http_attempt *attempt)
{
	explicit_bzero(attempt, sizeof(*attempt));
	free(attempt);
}

static void free_list(struct attempt_list *list)
{
	struct http_attempt *attempt;

	while ((attempt = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, attempt, link);
		attempt_free(attempt);
	}
}

void attempts_init(struct attempts *a)
{
	*a = (struct attempts){0};
	for (int i = 0; i < ATTEMPT_KINDS; i++)
		TAILQ_INIT(&a->waiting[i]);
	TAILQ_INIT(&a->displaced);
}

void attempts_deinit(struct attempts *a)
{
	for (int i = 0; i < ATTEMPT_KINDS; i++)
		free_list(&a->waiting[i]);
	free_list(&a->displaced);
}

/* Counts the attempts from a network, or all attempts if it is NULL. */
static unsigned attempts_count(const struct attempt_list *list, const struct http_peer *network)
{
	const struct http_attempt *attempt;
	unsigned n = 0;

	TAILQ_FOREACH (attempt, list, link)
		n += !network || memcmp(&attempt->network, network, sizeof(*network)) == 0;
	return n;
}

/* Returns the attempt whose password is checked next. Of equal ranks, this is the oldest. */
static struct http_attempt *find_first(const struct attempts *a, const struct attempt_list *list)
{
	struct http_attempt *attempt, *first = NULL;
	struct network_rank best = {{0}};

	TAILQ_FOREACH (attempt, list, link) {
		struct network_rank rank = networks_rank(&a->networks, &attempt->network);

		if (!first || network_rank_before(&rank, &best)) {
			first = attempt;
			best = rank;
		}
	}
	return first;
}

/* Returns the attempt whose password is checked last. Of equal ranks, this is the newest. */
static struct http_attempt *find_last(const struct attempts *a, const struct attempt_list *list)
{
	struct http_attempt *attempt, *last = NULL;
	struct network_rank worst = {{0}};

	TAILQ_FOREACH (attempt, list, link) {
		struct network_rank rank = networks_rank(&a->networks, &attempt->network);

		if (!network_rank_before(&rank, &worst)) {
			last = attempt;
			worst = rank;
		}
	}
	return last;
}

/* Makes room for an attempt. Returns false if no attempt in the full list ranks after it. */
static bool displace(
	struct attempts *a, struct attempt_list *list, const struct http_attempt *attempt)
{
	struct http_attempt *last = find_last(a, list);
	struct network_rank rank = networks_rank(&a->networks, &attempt->network);
	struct network_rank worst = networks_rank(&a->networks, &last->network);

	if (!network_rank_before(&rank, &worst))
		return false;
	TAILQ_REMOVE(list, last, link);
	TAILQ_INSERT_TAIL(&a->displaced, last, link);
	return true;
}

bool attempts_put(struct attempts *a, struct http_attempt *attempt)
{
	bool was_right = networks_has_right(&a->networks, &attempt->network);
	struct attempt_list *list = &a->waiting[was_right ? ATTEMPT_WAS_RIGHT : ATTEMPT_OTHER];

	if (attempts_count(list, &attempt->network) >= ATTEMPTS_PER_NETWORK)
		return false;
	if (attempts_count(list, NULL) >= ATTEMPTS_QUEUED && !displace(a, list, attempt))
		return false;
	TAILQ_INSERT_TAIL(list, attempt, link);
	return true;
}

struct http_attempt *attempts_take(struct attempts *a)
{
	for (int i = 0; i < ATTEMPT_KINDS; i++) {
		struct attempt_list *list = &a->waiting[a->turn];
		struct http_attempt *first = find_first(a, list);

		a->turn = (a->turn + 1) % ATTEMPT_KINDS; /* an empty queue passes its turn */
		if (first) {
			TAILQ_REMOVE(list, first, link);
			return first;
		}
	}
	return NULL;
}
