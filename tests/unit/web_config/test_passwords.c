/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which clients are accepted, and after how many checks. The test plays the process that
 * checks passwords. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web_config/bcrypt_checker.h"
#include "web_config/passwords.h"

/* base64 of "alice:secret", "alice:wrong", "alice:other", "nobody:secret" */
#define ALICE_SECRET "Basic YWxpY2U6c2VjcmV0"
#define ALICE_WRONG "basic YWxpY2U6d3Jvbmc="
#define ALICE_OTHER "Basic YWxpY2U6b3RoZXI="
#define NOBODY_SECRET "Basic bm9ib2R5OnNlY3JldA=="

static struct event_base *base;
static struct web_passwords *passwords;
static struct web_config config;
static int checker;
static enum http_verdict verdicts[100];

static void decided(void *who, enum http_verdict verdict)
{
	*(enum http_verdict *)who = verdict;
}

static struct http_guard guard;

static void start(void)
{
	int fds[2];

	base = event_base_new();
	guard = (struct http_guard){.decided_cb = decided};
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	checker = fds[1];
	cr_assert_eq(web_passwords_new(&passwords, base, fds[0], &guard), 0);
	config.n_users = 1;
	config.users[0].name = "alice";
	strcpy(config.users[0].hash, "the hash of alice");
}

static void stop(void)
{
	web_passwords_free(passwords);
	event_base_free(base);
}

TestSuite(passwords, .init = start, .fini = stop);

static enum http_verdict judge(const char *authorization, unsigned who)
{
	struct http_peer peer = {.address = {(uint8_t)(who / 2)}};
	struct http_attempt *attempt;

	enum http_verdict verdict = web_passwords_judge(
		passwords, &config, authorization, peer, &verdicts[who], &attempt);

	verdicts[who] = HTTP_PENDING;
	cr_assert_eq(attempt != NULL, verdict == HTTP_PENDING);
	return verdict;
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Receives and answers a question of the exporter. Returns false if there is none. */
static bool answer(bool right, struct checker_question *question)
{
	struct checker_answer given = {.right = right, .cpu_us = 1};

	turn();
	if (recv(checker, question, sizeof(*question), 0) != sizeof(*question))
		return false;
	cr_assert_eq(send(checker, &given, sizeof(given), 0), sizeof(given));
	turn();
	return true;
}

/* Peer `who` sends a password that is not remembered, and gets `right` as its answer. */
static void ask_as(unsigned who, bool right)
{
	struct checker_question question;

	cr_assert_eq(judge(right ? ALICE_OTHER : ALICE_WRONG, who), HTTP_PENDING);
	cr_assert(answer(right, &question));
	cr_assert_eq(verdicts[who], right ? HTTP_GRANTED : HTTP_DENIED);
}

/* Peer 0 sends `authorization`. Returns the question about it, after answering it. */
static struct checker_question ask(const char *authorization, bool right)
{
	struct checker_question question;

	cr_assert_eq(judge(authorization, 0), HTTP_PENDING);
	cr_assert(answer(right, &question));
	return question;
}

Test(passwords, a_correct_password_is_checked_once)
{
	struct checker_question question = ask(ALICE_SECRET, true);

	cr_assert_str_eq(question.hash, "the hash of alice");
	cr_assert_str_eq(question.password, "secret");
	cr_assert_eq(verdicts[0], HTTP_GRANTED);
	cr_assert_eq(judge(ALICE_SECRET, 1), HTTP_GRANTED);
	/* The result does not count for another password or another hash. */
	cr_assert_eq(judge(ALICE_WRONG, 2), HTTP_PENDING);
	strcpy(config.users[0].hash, "another hash");
	cr_assert_eq(judge(ALICE_SECRET, 3), HTTP_PENDING);
}

Test(passwords, a_wrong_password_is_refused)
{
	struct checker_question question = ask(ALICE_WRONG, false);

	cr_assert_str_eq(question.password, "wrong");
	cr_assert_eq(verdicts[0], HTTP_DENIED);
	cr_assert_eq(judge(ALICE_WRONG, 1), HTTP_PENDING);
}

/* For an unknown user the process does the same work. The client is refused even if its password
 * matches the hash. */
Test(passwords, an_unknown_user_is_checked_and_refused)
{
	struct checker_question question = ask(NOBODY_SECRET, true);

	cr_assert_str_eq(question.hash, "the hash of alice");
	cr_assert_eq(verdicts[0], HTTP_DENIED);
	cr_assert_eq(judge(NOBODY_SECRET, 1), HTTP_PENDING);
}

/* The hash has the highest cost, so no existing user takes longer than an unknown user. */
Test(passwords, an_unknown_user_has_the_highest_cost)
{
	static const char *const hashes[] = {"$2y$04$a", "$2a$12$b", "$2b$10$c"};
	static const uint8_t costs[] = {4, 12, 10};
	struct checker_question question;

	config.n_users = 3;
	for (size_t i = 0; i < 3; i++) {
		config.users[i].name = "alice";
		strcpy(config.users[i].hash, hashes[i]);
		config.users[i].cost = costs[i];
	}
	question = ask(NOBODY_SECRET, true);
	cr_assert_str_eq(question.hash, "$2a$12$b");
	cr_assert_eq(question.cost, 12);
	/* A known user is checked with that user's own hash, in the time of the highest cost. */
	question = ask(ALICE_WRONG, false);
	cr_assert_str_eq(question.hash, "$2y$04$a");
	cr_assert_eq(question.cost, 4);
	cr_assert_eq(question.cost_as, 12);
}

/* A password that cannot be correct is not checked. */
Test(passwords, malformed_ones_are_not_checked)
{
	static const char *const wrong[] = {"", "Basic", "Basic ", "Bearer YWxpY2U6c2VjcmV0",
		"Basic YWxpY2U6c2VjcmV", "Basic YWxpY2U6c2VjcmV0!===", "Basic YWxpY2U=",
		"Basic YWxpY2U6AHNlY3JldA==" /* a NUL */};
	struct checker_question question;
	char longest[2000] = "Basic ";

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(judge(wrong[i], 0), HTTP_DENIED, "%s", wrong[i]);
	for (int i = 0; i < 400; i++) /* a text that is longer than any password */
		strcat(longest, "YTph");
	cr_assert_eq(judge(longest, 0), HTTP_DENIED);
	cr_assert_not(answer(true, &question));
}

/* Sixteen attempts may wait, two of them from one address, while one attempt is checked. */
Test(passwords, the_queue_has_a_limit)
{
	struct http_peer peer = {.address = {99}};
	struct http_attempt *attempt;
	struct checker_question question;

	for (unsigned i = 0; i < 16; i++)
		cr_assert_eq(judge(ALICE_WRONG, i), HTTP_PENDING, "%u", i);
	cr_assert_eq(judge(ALICE_WRONG, 16), HTTP_BUSY);
	turn();
	cr_assert_eq(recv(checker, &question, sizeof(question), MSG_PEEK), sizeof(question));
	cr_assert_eq(judge(ALICE_WRONG, 2), HTTP_BUSY);
	cr_assert_eq(
		web_passwords_judge(passwords, &config, ALICE_WRONG, peer, &verdicts[20], &attempt),
		HTTP_PENDING);
}

/*
 * The next question must be about peer `who`. The test answers that the password is wrong.
 */
static void expect_turn(unsigned who)
{
	struct checker_question question;

	cr_assert(answer(false, &question));
	cr_assert_eq(verdicts[who], HTTP_DENIED, "%u", who);
	verdicts[who] = HTTP_PENDING;
}

/* Networks that sent wrong passwords have all places in the queue. A new network is next. */
Test(passwords, a_new_network_displaces_one_that_was_wrong)
{
	struct checker_question question;

	for (unsigned i = 0; i < 16; i++)
		ask_as(2 * i, false);
	for (unsigned i = 0; i < 16; i++)
		cr_assert_eq(judge(ALICE_WRONG, 2 * i), HTTP_PENDING);
	cr_assert_eq(judge(ALICE_SECRET, 60), HTTP_PENDING);
	turn();
	cr_assert_eq(verdicts[30], HTTP_BUSY, "the peer that was wrong last must be displaced");
	cr_assert(answer(true, &question));
	cr_assert_eq(verdicts[60], HTTP_GRANTED);
	for (unsigned i = 0; i < 15; i++)
		expect_turn(2 * i);
	cr_assert_not(answer(true, &question));
}

/*
 * A network with a success gets a place when all others are used, and every second turn, even if it
 * sent wrong passwords.
 */
Test(passwords, networks_with_a_success_have_reserved_places)
{
	struct checker_question question;

	ask_as(60, true);
	ask_as(60, false);
	for (unsigned i = 0; i < 16; i++)
		cr_assert_eq(judge(ALICE_WRONG, 2 * i), HTTP_PENDING);
	cr_assert_eq(judge(ALICE_WRONG, 60), HTTP_PENDING);
	cr_assert_eq(judge(ALICE_WRONG, 61), HTTP_PENDING);
	cr_assert_eq(judge(ALICE_WRONG, 61), HTTP_BUSY);
	for (unsigned i = 0; i < 4; i++)
		cr_assert(answer(false, &question));
	cr_assert_eq(verdicts[60], HTTP_DENIED);
	cr_assert_eq(verdicts[61], HTTP_DENIED);
}

/* An IPv6 /64 is one network. Each mapped IPv4 address is a network, too, and not part of ::/64. */
Test(passwords, addresses_of_a_network_share_its_places)
{
	static const struct {
		struct http_peer peer;
		enum http_verdict verdict;
	} cases[] = {
		{{{0x20, 1, [7] = 1, [15] = 1}}, HTTP_PENDING},
		{{{0x20, 1, [7] = 1, [15] = 2}}, HTTP_PENDING},
		{{{0x20, 1, [7] = 1, [8] = 9}}, HTTP_BUSY},
		{{{0x20, 1, [7] = 2, [15] = 1}}, HTTP_PENDING},
		{{{[10] = 0xff, 0xff, 10, 0, 0, 1}}, HTTP_PENDING},
		{{{[10] = 0xff, 0xff, 10, 0, 0, 1}}, HTTP_PENDING},
		{{{[10] = 0xff, 0xff, 10, 0, 0, 1}}, HTTP_BUSY},
		{{{[10] = 0xff, 0xff, 10, 0, 0, 2}}, HTTP_PENDING},
		{{{[15] = 1}}, HTTP_PENDING},
	};
	struct http_attempt *attempt;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(web_passwords_judge(passwords, &config, ALICE_WRONG, cases[i].peer,
				     &verdicts[i], &attempt),
			cases[i].verdict, "%zu", i);
}

/*
 * Passwords are checked one at a time. A pause follows when wrong passwords have used their share
 * (5 s of CPU time at once).
 */
Test(passwords, pauses_after_wrong_passwords)
{
	const struct checker_answer wrong = {.right = 0, .cpu_us = 2600000};
	struct checker_question question;

	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(judge(ALICE_WRONG, 2 * i), HTTP_PENDING);
	for (unsigned i = 0; i < 2; i++) {
		turn();
		cr_assert_eq(recv(checker, &question, sizeof(question), 0), sizeof(question));
		turn();
		cr_assert_eq(recv(checker, &question, sizeof(question), 0), -1);
		cr_assert_eq(send(checker, &wrong, sizeof(wrong), 0), sizeof(wrong));
		turn();
		cr_assert_eq(verdicts[2 * i], HTTP_DENIED);
	}
	cr_assert_eq(recv(checker, &question, sizeof(question), 0), -1, "there was no pause");
	cr_assert_eq(judge(ALICE_WRONG, 9), HTTP_PENDING);
	turn();
	cr_assert_eq(recv(checker, &question, sizeof(question), 0), -1,
		"there was no pause for a new network");
	event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(recv(checker, &question, sizeof(question), 0), sizeof(question));
}

Test(passwords, disconnected_clients_are_not_answered)
{
	struct http_peer peer = {0};
	struct http_attempt *attempt;
	struct checker_question question;

	verdicts[0] = HTTP_PENDING;
	cr_assert_eq(
		web_passwords_judge(passwords, &config, ALICE_SECRET, peer, &verdicts[0], &attempt),
		HTTP_PENDING);
	web_passwords_cancel(attempt);
	cr_assert(answer(true, &question));
	cr_assert_eq(verdicts[0], HTTP_PENDING);
}

Test(passwords, without_a_password_process)
{
	cr_assert_eq(judge(ALICE_SECRET, 0), HTTP_PENDING);
	close(checker);
	event_base_dispatch(base);
	cr_assert(event_base_got_break(base));
	cr_assert(guard.failed);
}
