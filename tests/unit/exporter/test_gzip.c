/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Decompression returns the original text of any size. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "text/gzip.h"

static void round_trip(const char *data, size_t length)
{
	char *packed, *unpacked = malloc(length + 1), *expanded = malloc(length + 1);
	z_stream stream = {0};
	size_t packed_length;

	/* The text has three parts. The second part is empty. */
	struct text parts[3] = {{0}};

	text_append(&parts[0], data, length / 3);
	text_append(&parts[2], data + length / 3, length - length / 3);
	cr_assert_eq(gzip_compress(parts, 3, &packed, &packed_length), 0);
	for (int i = 0; i < 3; i++)
		cr_assert_null(parts[i].data, "a compressed text is not freed");
	cr_assert_eq((uint8_t)packed[0], 0x1f);
	cr_assert_eq((uint8_t)packed[1], 0x8b);
	cr_assert_eq(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_in = (Bytef *)packed;
	stream.avail_in = (uInt)packed_length;
	stream.next_out = (Bytef *)unpacked;
	stream.avail_out = (uInt)length + 1;
	cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	cr_assert_eq(stream.total_out, length);
	cr_assert_eq(stream.avail_in, 0);
	cr_assert_eq(memcmp(data, unpacked, length), 0);
	inflateEnd(&stream);
	cr_assert_eq(gzip_expand(packed, packed_length, expanded, length), 0);
	cr_assert_eq(memcmp(data, expanded, length), 0);
	cr_assert_lt(gzip_expand(packed, packed_length, expanded, length + 1), 0);
	cr_assert_lt(gzip_expand(packed, packed_length - 9, expanded, length), 0);
	free(packed);
	free(unpacked);
	free(expanded);
}

Test(gzip, round_trip_of_any_size)
{
	const size_t size = 3 << 20;
	char *text = malloc(size), *noise = malloc(size);

	for (size_t i = 0; i < size; i++) {
		text[i] = "tcp_retransmissions_total{src_ip=\"192.0.2.1\"} 1\n"[i % 49];
		noise[i] = (char)random();
	}
	for (size_t length = 0; length < 300; length++)
		round_trip(text, length);
	round_trip(text, size);
	round_trip(noise, size);
	free(text);
	free(noise);
}
