/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The address of an exporter, as --url gives it. */
#ifndef REXMIT_TARGET_H
#define REXMIT_TARGET_H

struct target {
	const char *text;   /* as given */
	const char *socket; /* path of a Unix socket, or NULL */
	char host[256];     /* without brackets */
	char port[6];
	char prefix[256]; /* prefix of all paths, such as "/rexmit", or "" */
};

/* Accepts http://HOST[:PORT][/PREFIX] and unix:PATH. Returns 0 or -EINVAL. */
int target_parse(struct target *target, const char *text);

#endif
