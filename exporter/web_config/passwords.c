/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/passwords.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "web_config/attempts.h"
#include "web_config/login_log.h"

/*
 * A wrong password that used t of CPU time delays the next check by SHARE * t. Therefore wrong
 * passwords use at most 1/SHARE of a CPU. Unused delay is a credit of up to CREDIT_US. With this
 * credit, first attempts from many addresses are checked quickly.
 */
#define SHARE 5
#define CREDIT_US (SHARE * 5000000)

struct web_passwords {
	int fd;
	struct event_base *base;
	struct http_guard *guard;
	struct event *answer, *ask;
	struct event *pause; /* pending while no check may start */
	uint64_t resume_us;  /* CLOCK_MONOTONIC; no check starts before this time */
	struct attempts attempts;
	struct http_attempt *asked; /* the attempt that is being checked, not in `attempts` */
	struct remembered right;
	struct login_log log;
};

static void decide(struct web_passwords *p, struct http_attempt *attempt, enum http_verdict verdict)
{
	void *client = attempt->client;

	attempt_free(attempt);
	if (client)
		p->guard->decided_cb(client, verdict);
}

/* Ends the exporter, because the system call filter forbids starting another checker. */
static void passwords_give_up(struct web_passwords *p)
{
	log_error("stopping: the password checker has ended, and only a restart of rexmit-exporter "
		  "starts another");
	event_del(p->answer);
	p->guard->failed = true;
	event_base_loopbreak(p->base);
}

static void ask_next(struct web_passwords *p)
{
	if (p->asked || p->guard->failed || evtimer_pending(p->pause, NULL))
		return;
	p->asked = attempts_take(&p->attempts);
	if (p->asked && send(p->fd, &p->asked->question, sizeof(p->asked->question),
				MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		passwords_give_up(p);
}

static void ask_cb(evutil_socket_t none, short what, void *context)
{
	struct web_passwords *p = context;
	struct http_attempt *attempt;

	(void)none, (void)what;
	while ((attempt = TAILQ_FIRST(&p->attempts.displaced))) {
		TAILQ_REMOVE(&p->attempts.displaced, attempt, link);
		decide(p, attempt, HTTP_BUSY);
	}
	ask_next(p);
}

static void pause_checks(struct web_passwords *p, uint32_t cpu_us)
{
	uint64_t now = clock_us(CLOCK_MONOTONIC), us;
	struct timeval pause;

	if (p->resume_us + CREDIT_US < now)
		p->resume_us = now - CREDIT_US;
	p->resume_us += (uint64_t)SHARE * cpu_us;
	if (p->resume_us <= now)
		return;
	us = p->resume_us - now;
	pause = (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	evtimer_add(p->pause, &pause);
}

static void deny(struct web_passwords *p, struct http_attempt *attempt, uint32_t cpu_us)
{
	networks_add_wrong(&p->attempts.networks, &attempt->network);
	login_log_refused(&p->log, &attempt->peer, clock_us(CLOCK_MONOTONIC) / 1000000);
	pause_checks(p, cpu_us);
	decide(p, attempt, HTTP_DENIED);
}

static void grant(struct web_passwords *p, struct http_attempt *attempt)
{
	remembered_add(&p->right, attempt->digest);
	networks_add_right(&p->attempts.networks, &attempt->network);
	decide(p, attempt, HTTP_GRANTED);
}

static void answer_cb(evutil_socket_t fd, short what, void *context)
{
	struct web_passwords *p = context;
	struct http_attempt *attempt = p->asked;
	struct checker_answer answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(answer) || !attempt) {
		passwords_give_up(p);
		return;
	}
	p->asked = NULL;
	if (answer.right == 1 && attempt->user_exists)
		grant(p, attempt);
	else
		deny(p, attempt, answer.cpu_us);
	ask_next(p);
}

/* Decodes "Basic" and the base64 of "user:password" (RFC 7617 2). Returns 0 or -EINVAL. */
static int decode(const char *authorization, char *text, size_t size)
{
	const char *code = authorization + 5;
	size_t length;
	int bytes;

	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return -EINVAL;
	code += strspn(code, " ");
	length = strlen(code);
	if (length == 0 || length % 4 || length / 4 * 3 >= size)
		return -EINVAL;
	bytes = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)code, (int)length);
	if (bytes < 0)
		return -EINVAL;
	/* EVP_DecodeBlock() counts padding. */
	bytes -= (code[length - 1] == '=') + (code[length - 2] == '=');
	text[bytes] = '\0';
	return strlen(text) == (size_t)bytes ? 0 : -EINVAL;
}

static const struct web_user *find_user(const struct web_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_users; i++) {
		if (strcmp(config->users[i].name, name) == 0)
			return &config->users[i];
	}
	return NULL;
}

static const struct web_user *costliest_user(const struct web_config *config)
{
	const struct web_user *costliest = &config->users[0];

	for (size_t i = 1; i < config->n_users; i++) {
		if (config->users[i].cost > costliest->cost)
			costliest = &config->users[i];
	}
	return costliest;
}

/* An unknown user gets the costliest hash. Every other check takes as long. */
static struct http_attempt *attempt_new(struct web_passwords *p, const struct web_config *config,
	const char *name, const char *password)
{
	const struct web_user *known = find_user(config, name), *costliest = costliest_user(config);
	const struct web_user *user = known ? known : costliest;
	struct http_attempt *attempt = calloc(1, sizeof(*attempt));

	if (!attempt)
		return NULL;
	attempt->user_exists = known;
	memcpy(attempt->question.hash, user->hash, sizeof(attempt->question.hash));
	strcpy(attempt->question.password, password);
	/* The costs are set after the digest, which must not depend on other users' hashes. */
	remembered_digest(&p->right, &attempt->question, name, attempt->digest);
	attempt->question.cost = user->cost;
	attempt->question.cost_as = costliest->cost;
	return attempt;
}

/* Queues an attempt, or frees it if there is no place. */
static enum http_verdict enqueue(
	struct web_passwords *p, struct http_attempt *candidate, struct http_attempt **attempt)
{
	if (!attempts_put(&p->attempts, candidate)) {
		attempt_free(candidate);
		return HTTP_BUSY;
	}
	/* ask_cb() runs in a later turn, because decided_cb() must not run before this function
	 * returns. */
	event_active(p->ask, EV_TIMEOUT, 0);
	*attempt = candidate;
	return HTTP_PENDING;
}

static enum http_verdict judge(
	struct web_passwords *p, struct http_attempt *candidate, struct http_attempt **attempt)
{
	if (!candidate)
		return HTTP_BUSY;
	if (candidate->user_exists && remembered_has(&p->right, candidate->digest)) {
		networks_add_right(&p->attempts.networks, &candidate->network);
		attempt_free(candidate);
		return HTTP_GRANTED;
	}
	return enqueue(p, candidate, attempt);
}

enum http_verdict web_passwords_judge(struct web_passwords *p, const struct web_config *config,
	const char *authorization, struct http_peer peer, void *client,
	struct http_attempt **attempt)
{
	char text[1024], *colon;
	enum http_verdict verdict = HTTP_DENIED;

	*attempt = NULL;
	colon = decode(authorization, text, sizeof(text)) == 0 ? strchr(text, ':') : NULL;
	if (colon && strlen(colon + 1) <= CHECKER_PASSWORD_MAX) {
		struct http_attempt *candidate;

		*colon = '\0';
		candidate = attempt_new(p, config, text, colon + 1);
		if (candidate) {
			candidate->peer = peer;
			candidate->network = network_of(peer);
			candidate->client = client;
		}
		verdict = judge(p, candidate, attempt);
	}
	explicit_bzero(text, sizeof(text));
	return verdict;
}

/* The attempt keeps its place, so a client does not get more checks by disconnecting. */
void web_passwords_cancel(struct http_attempt *attempt)
{
	attempt->client = NULL;
}

int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	struct http_guard *guard)
{
	struct web_passwords *p = calloc(1, sizeof(*p));

	if (!p) {
		close(checker_fd);
		return -ENOMEM;
	}
	*p = (struct web_passwords){.fd = checker_fd, .base = base, .guard = guard};
	attempts_init(&p->attempts);
	p->answer = event_new(base, checker_fd, EV_READ | EV_PERSIST, answer_cb, p);
	p->ask = event_new(base, -1, 0, ask_cb, p);
	p->pause = evtimer_new(base, ask_cb, p);
	if (!p->answer || !p->ask || !p->pause || event_add(p->answer, NULL) ||
		remembered_init(&p->right)) {
		web_passwords_free(p);
		return -ENOMEM;
	}
	*passwords = p;
	return 0;
}

void web_passwords_free(struct web_passwords *passwords)
{
	struct web_passwords *p = passwords;

	if (!p)
		return;
	attempts_deinit(&p->attempts);
	if (p->asked)
		attempt_free(p->asked);
	if (p->answer)
		event_free(p->answer);
	if (p->ask)
		event_free(p->ask);
	if (p->pause)
		event_free(p->pause);
	close(p->fd);
	explicit_bzero(p, sizeof(*p));
	free(p);
}
