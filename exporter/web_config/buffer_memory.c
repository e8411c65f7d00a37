/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/buffer_memory.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "common/array.h"

/*
 * An evbuffer of libevent 2.1 has 136 bytes. Other small objects may also use the reserve. A
 * bufferevent has more than 500 bytes, and libevent handles its failed allocation.
 */
#define BUFFER_BYTES 256

static void *reserved[2]; /* NULL: not reserved, or given to libevent */

static void *reserved_malloc(size_t size)
{
	void *memory = malloc(size);

	if (size > BUFFER_BYTES)
		return memory;
	for (size_t i = 0; i < ARRAY_SIZE(reserved) && !memory; i++) {
		memory = reserved[i];
		reserved[i] = NULL;
	}
	return memory;
}

void buffer_memory_init(void)
{
	event_set_mem_functions(reserved_malloc, realloc, free);
}

int buffer_memory_reserve(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (!reserved[i])
			reserved[i] = malloc(BUFFER_BYTES);
		if (!reserved[i])
			return -ENOMEM;
	}
	return 0;
}
