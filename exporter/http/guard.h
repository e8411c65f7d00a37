/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What --web.config.file adds to the server: TLS, passwords, or both. The server knows it by these
 * functions alone, so that without the flag no code of a TLS library is in the process; see web_config/load.h.
 */
#ifndef REXMIT_HTTP_GUARD_H
#define REXMIT_HTTP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct bufferevent;
struct event_base;

/* Why a connection or a request was turned away. */
enum http_refusal {
	HTTP_REFUSED_PLAIN,       /* HTTP where TLS is spoken */
	HTTP_REFUSED_VERSION,     /* of TLS, too old */
	HTTP_REFUSED_CERTIFICATE, /* the client's: none, or not one that is trusted now */
	HTTP_REFUSED_HANDSHAKE,   /* for any other reason */
	HTTP_REFUSED_PASSWORD,    /* none, or a wrong one */
	HTTP_REFUSED_BUSY,        /* too many passwords are waiting to be checked */
	HTTP_REFUSALS,
};

enum http_verdict {
	HTTP_GRANTED,
	HTTP_DENIED,
	HTTP_BUSY,
	HTTP_PENDING, /* told later */
};

struct http_attempt;

/* An address, by whose network attempts are shared out; IPv4 is mapped. */
struct http_peer {
	uint8_t address[16];
};

#define HTTP_GUARD_FILES 4

/* `who` is whoever is to be told the verdict. */
struct http_guard {
	bool tls, passwords;
	bool failed;                      /* it cannot go on, and has ended the event loop */
	uint64_t refusals[HTTP_REFUSALS]; /* the server counts */

	/* A stream over `fd`, which the handshake is begun on, or NULL; only if tls, as all here. */
	struct bufferevent *(*stream_new)(struct http_guard *, struct event_base *, int fd);
	/* Says that nothing more is sent. */
	void (*stream_finish)(struct bufferevent *);
	void (*stream_free)(struct bufferevent *);
	enum http_refusal (*stream_refusal)(struct bufferevent *);
	/* The server's, told what each step of a handshake took. */
	void (*stepped_cb)(void *service, uint64_t cpu_us);
	void *service;

	/*
	 * Judges the value of an Authorization field, or "". *attempt is NULL, or if the verdict is
	 * pending one until decided_cb(), which the server has set, or until authorize_cancel().
	 */
	enum http_verdict (*authorize)(struct http_guard *, const char *authorization,
		struct http_peer, void *who, struct http_attempt **attempt);
	void (*authorize_cancel)(struct http_attempt *);
	void (*decided_cb)(void *who, enum http_verdict);

	/* Reads the file again now, with a line in the log that says how that went. */
	void (*reload)(struct http_guard *);
	/* The files that are read again, as they were named; NULL where there is none. */
	void (*files)(const struct http_guard *, const char *files[HTTP_GUARD_FILES]);

	void (*free)(struct http_guard *);
};

#endif
