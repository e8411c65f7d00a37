/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Memory for the two buffers of a TLS stream.
 *
 * libevent 2.1 crashes if there is no memory for a buffer of a new TLS stream:
 * bufferevent_openssl_new_impl() frees the incomplete stream with bufferevent_free(3), which calls
 * functions that bufferevent_init_common_() has not set.
 */
#ifndef REXMIT_WEB_BUFFER_MEMORY_H
#define REXMIT_WEB_BUFFER_MEMORY_H

/*
 * Sets functions with which libevent allocates memory. libevent may have allocated memory before,
 * because malloc(3) and free(3) still manage all of it.
 */
void buffer_memory_init(void);

/* Reserves memory for the buffers of one stream. Returns 0 or -ENOMEM. */
int buffer_memory_reserve(void);

#endif
