/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is a request. The result must not depend on how it is split into reads. An accepted
 * request must be valid. */
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "http/handler.h"
#include "http/request.h"
#include "target.h"

#define LIMIT 512

/* The input decides the size of each read. The memory ends where the input ends. */
static int read_in_steps(struct http_request *request, const uint8_t *data, size_t size)
{
	int status = HTTP_REQUEST_INCOMPLETE;

	for (size_t have = 0; !status && have < size;) {
		_cleanup_free_ char *part = NULL;

		have += 1 + data[have] % (size - have);
		part = malloc(have);
		memcpy(part, data, have);
		status = http_request_read(request, part, have, LIMIT);
	}
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request whole = {0}, split = {0};
	_cleanup_free_ char *bytes = malloc(size + 1);
	int status = http_request_read(&whole, memcpy(bytes, data, size), size, LIMIT);

	require(read_in_steps(&split, data, size) == status && split.size == whole.size);
	if (status != HTTP_REQUEST_COMPLETE)
		return 0;
	require(!memcmp(bytes + whole.size - 4, "\r\n\r\n", 4) && !memchr(bytes, 0, whole.size));

	struct octets host = http_request_host(&whole, bytes);
	require(octets_span_encoded(host, OCTET_HOST) == host.size || host.at[0] == '[');

	struct http_query query = http_request_query(&whole, bytes);

	require((query.path[0] == '/' || whole.options) && !strpbrk(query.path, "?# \r\n"));
	require(!strpbrk(query.parameters, "# \r\n"));
	require(!strpbrk(query.accept, "\r\n") && !strpbrk(query.accept_encoding, "\r\n"));
	return 0;
}
