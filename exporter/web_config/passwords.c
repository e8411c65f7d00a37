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
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "web_config/checker.h"
#include "web_config/remembered.h"

/* The rest behind a wrong password, in CPU times of its check. */
#define REST_FACTOR 4

struct http_attempt {
	TAILQ_ENTRY(http_attempt) link;
	struct checker_question question;
	uint8_t digest[REMEMBERED_DIGEST_SIZE];
	bool known; /* the user */
	struct http_peer peer;
	void *who; /* NULL: gone */
};

struct web_passwords {
	int fd;
	bool broken;
	struct event *answer, *ask;
	struct event *rest; /* pending while nothing may be asked */
	TAILQ_HEAD(, http_attempt) queue;
	struct http_attempt *asked; /* not in the queue any more */
	void (**decided_cb)(void *who, enum http_verdict);
	struct remembered right;
};

static void attempt_free(struct http_attempt *attempt)
{
	explicit_bzero(attempt, sizeof(*attempt));
	free(attempt);
}

static void decide(struct web_passwords *p, struct http_attempt *attempt, enum http_verdict verdict)
{
	void *who = attempt->who;

	attempt_free(attempt);
	if (who)
		(*p->decided_cb)(who, verdict);
}

/* All who wait, and all who come, are told that there is nobody to ask. */
static void give_up(struct web_passwords *p)
{
	struct http_attempt *attempt;

	log_error("the process that checks passwords is gone: who is not known yet gets 503; "
		  "restart rexmit-exporter");
	p->broken = true;
	event_del(p->answer);
	if (p->asked)
		TAILQ_INSERT_HEAD(&p->queue, p->asked, link);
	p->asked = NULL;
	while ((attempt = TAILQ_FIRST(&p->queue))) {
		TAILQ_REMOVE(&p->queue, attempt, link);
		decide(p, attempt, HTTP_BUSY);
	}
}

static void ask_next(struct web_passwords *p)
{
	struct http_attempt *attempt = TAILQ_FIRST(&p->queue);

	if (!attempt || p->asked || evtimer_pending(p->rest, NULL))
		return;
	TAILQ_REMOVE(&p->queue, attempt, link);
	p->asked = attempt;
	if (send(p->fd, &attempt->question, sizeof(attempt->question),
		    MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		give_up(p);
}

static void ask_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what;
	ask_next(context);
}

static void rest(struct web_passwords *p, uint32_t cpu_us)
{
	uint64_t us = (uint64_t)REST_FACTOR * cpu_us;
	struct timeval pause = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};

	evtimer_add(p->rest, &pause);
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
		give_up(p);
		return;
	}
	p->asked = NULL;
	if (answer.right == 1 && attempt->known) {
		remembered_add(&p->right, attempt->digest);
		decide(p, attempt, HTTP_GRANTED);
	} else {
		rest(p, answer.cpu_us);
		decide(p, attempt, HTTP_DENIED);
	}
	ask_next(p);
}

/* RFC 7617 2: "Basic", then the base64 of "user:password". Returns the bytes, or -EINVAL. */
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
	/* It counts the padding as bytes. */
	bytes -= (code[length - 1] == '=') + (code[length - 2] == '=');
	text[bytes] = '\0';
	return strlen(text) == (size_t)bytes ? bytes : -EINVAL;
}

static const struct web_user *find_user(const struct web_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_users; i++) {
		if (strcmp(config->users[i].name, name) == 0)
			return &config->users[i];
	}
	return NULL;
}

/* Whoever has one address of IPv6 has all of its /64. */
static struct http_peer network_of(struct http_peer peer)
{
	struct in6_addr address;

	memcpy(&address, peer.address, sizeof(address));
	if (!IN6_IS_ADDR_V4MAPPED(&address))
		memset(peer.address + 8, 0, 8);
	return peer;
}

static unsigned count_queued(const struct web_passwords *p, const struct http_peer *peer)
{
	const struct http_attempt *attempt;
	unsigned count = 0;

	TAILQ_FOREACH(attempt, &p->queue, link)
	count += !peer || memcmp(&attempt->peer, peer, sizeof(*peer)) == 0;
	return count;
}

/* One of the highest cost, which are the two digits behind "$2b$". */
static const struct web_user *dearest_user(const struct web_config *config)
{
	const struct web_user *dearest = &config->users[0];

	for (size_t i = 1; i < config->n_users; i++) {
		if (memcmp(config->users[i].hash + 4, dearest->hash + 4, 2) > 0)
			dearest = &config->users[i];
	}
	return dearest;
}

/* An unknown user is checked against the hash of a known one, for no less time. */
static struct http_attempt *attempt_new(struct web_passwords *p, const struct web_config *config,
	const char *user, const char *password)
{
	const struct web_user *known = find_user(config, user);
	struct http_attempt *attempt = calloc(1, sizeof(*attempt));

	if (!attempt)
		return NULL;
	attempt->known = known != NULL;
	memcpy(attempt->question.hash, (known ? known : dearest_user(config))->hash,
		sizeof(attempt->question.hash));
	strcpy(attempt->question.password, password);
	remembered_digest(&p->right, &attempt->question, user, attempt->digest);
	return attempt;
}

/* Into the queue, if there is room for it; else it is freed. */
static enum http_verdict enqueue(
	struct web_passwords *p, struct http_attempt *new, struct http_attempt **attempt)
{
	if (p->broken || count_queued(p, NULL) >= PASSWORDS_QUEUED ||
		count_queued(p, &new->peer) >= PASSWORDS_PER_PEER) {
		attempt_free(new);
		return HTTP_BUSY;
	}
	TAILQ_INSERT_TAIL(&p->queue, new, link);
	/* In a turn of its own, so that a checker that is gone is not told before this returns. */
	event_active(p->ask, EV_TIMEOUT, 0);
	*attempt = new;
	return HTTP_PENDING;
}

static enum http_verdict judge(
	struct web_passwords *p, struct http_attempt *new, struct http_attempt **attempt)
{
	if (!new)
		return HTTP_BUSY;
	if (new->known && remembered_has(&p->right, new->digest)) {
		attempt_free(new);
		return HTTP_GRANTED;
	}
	return enqueue(p, new, attempt);
}

enum http_verdict web_passwords_judge(struct web_passwords *p, const struct web_config *config,
	const char *authorization, struct http_peer peer, void *who, struct http_attempt **attempt)
{
	char text[1024], *password;
	enum http_verdict verdict = HTTP_DENIED;

	*attempt = NULL;
	if (decode(authorization, text, sizeof(text)) >= 0 && (password = strchr(text, ':')) &&
		strlen(password + 1) <= CHECKER_PASSWORD_MAX) {
		struct http_attempt *new;

		*password++ = '\0';
		new = attempt_new(p, config, text, password);
		if (new) {
			new->peer = network_of(peer);
			new->who = who;
		}
		verdict = judge(p, new, attempt);
	}
	explicit_bzero(text, sizeof(text));
	return verdict;
}

/* It keeps its place: who comes and goes must not have more of the checker than who waits. */
void web_passwords_cancel(struct http_attempt *attempt)
{
	attempt->who = NULL;
}

int web_passwords_new(struct web_passwords **passwords, struct event_base *base, int checker_fd,
	void (**decided_cb)(void *who, enum http_verdict))
{
	struct web_passwords *p = calloc(1, sizeof(*p));

	if (!p) {
		close(checker_fd);
		return -ENOMEM;
	}
	*p = (struct web_passwords){.fd = checker_fd, .decided_cb = decided_cb};
	TAILQ_INIT(&p->queue);
	p->answer = event_new(base, checker_fd, EV_READ | EV_PERSIST, answer_cb, p);
	p->ask = event_new(base, -1, 0, ask_cb, p);
	p->rest = evtimer_new(base, ask_cb, p);
	if (!p->answer || !p->ask || !p->rest || event_add(p->answer, NULL) ||
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
	struct http_attempt *attempt;

	if (!p)
		return;
	while ((attempt = TAILQ_FIRST(&p->queue))) {
		TAILQ_REMOVE(&p->queue, attempt, link);
		attempt_free(attempt);
	}
	if (p->asked)
		attempt_free(p->asked);
	if (p->answer)
		event_free(p->answer);
	if (p->ask)
		event_free(p->ask);
	if (p->rest)
		event_free(p->rest);
	close(p->fd);
	explicit_bzero(p, sizeof(*p));
	free(p);
}
