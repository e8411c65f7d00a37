/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The interface to TLS and passwords, which --web.config.file adds to the server. Without the flag,
 * no TLS library is loaded (web_config/load.h).
 */
#ifndef REXMIT_HTTP_GUARD_H
#define REXMIT_HTTP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct bufferevent;
struct event_base;

/* Why a connection or a request was refused. */
enum http_refusal {
	HTTP_REFUSED_PLAIN,       /* HTTP on a TLS port */
	HTTP_REFUSED_VERSION,     /* TLS version too old */
	HTTP_REFUSED_CERTIFICATE, /* the client's certificate is missing or not trusted */
	HTTP_REFUSED_HANDSHAKE,   /* any other TLS error */
	HTTP_REFUSED_PASSWORD,    /* missing or wrong */
	HTTP_REFUSED_BUSY,        /* too many passwords wait to be checked */
	HTTP_REFUSALS,
};

enum http_verdict {
	HTTP_GRANTED,
	HTTP_DENIED,
	HTTP_BUSY,
	HTTP_PENDING, /* decided_cb() follows */
};

struct http_attempt;

/* A client's address, for the order of password checks. IPv4 is v4-mapped. */
struct http_peer {
	uint8_t address[16];
};

#define HTTP_GUARD_FILES 4

/*
 * How often a reload has withdrawn a permission. A client that proved its permission earlier must
 * prove it again.
 */
struct http_revocations {
	uint64_t certificates, users;
};

struct http_guard {
	bool tls, passwords;
	struct http_revocations revoked;
	bool failed;                      /* the password checker has ended, and the loop stops */
	uint64_t refusals[HTTP_REFUSALS]; /* the server increments these counts */

	/* Only with TLS. Returns a stream over `fd` that starts the handshake, or NULL. */
	struct bufferevent *(*stream_new)(struct http_guard *, struct event_base *, int fd);
	/* Ends the output of a stream. */
	void (*stream_finish)(struct bufferevent *);
	void (*stream_free)(struct bufferevent *);
	enum http_refusal (*stream_refusal)(struct bufferevent *);
	/* Set by the server. Returns whether a handshake may make a step in this turn of the
	 * loop. */
	bool (*may_step_cb)(void *service);
	/* Set by the server. Called with the CPU time of each handshake step. */
	void (*stepped_cb)(void *service, uint64_t cpu_us);
	void *service;

	/* Returns the verdict on `authorization`: the value of the Authorization field, or "".
	 * After HTTP_PENDING, decided_cb() gets the final verdict on `client`. `*attempt` is valid
	 * until decided_cb() or authorize_cancel(). With any other verdict, `*attempt` is NULL. */
	enum http_verdict (*authorize)(struct http_guard *, const char *authorization,
		struct http_peer, void *client, struct http_attempt **attempt);
	void (*authorize_cancel)(struct http_attempt *);
	/* Set by the server. */
	void (*decided_cb)(void *client, enum http_verdict);

	/* Reloads the files, and logs one line with the result. */
	void (*reload)(struct http_guard *);
	/* Reloads the files if one has changed. Checks them at most once a second. */
	void (*reload_if_changed)(struct http_guard *);
	/* Sets `files` to the names of the files that are reloaded. NULL entries are unused. */
	void (*files)(const struct http_guard *, const char *files[HTTP_GUARD_FILES]);

	void (*free)(struct http_guard *);
};

#endif
