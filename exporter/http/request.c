/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/request.h"

#include <stdint.h>
#include <string.h>

#include "common/array.h"
#include "http/handler.h"
#include "http/octets.h"

#define BAD_REQUEST 400

static struct http_span locate(struct octets text, const char *bytes)
{
	return (struct http_span){(size_t)(text.at - bytes), text.size};
}

/* Splits uri-host and port (RFC 9110 7.2). `host` may be empty. */
static int host_split(struct octets value, struct octets *host)
{
	struct octets port;
	size_t size = 1;

	if (value.size && value.at[0] == '[') {
		while (size < value.size &&
			(octet_is(value.at[size], OCTET_HEX) || strchr(":.", value.at[size])))
			size++;
		if (size < strlen("[::") || size == value.size || value.at[size] != ']')
			return BAD_REQUEST;
		size++;
	} else {
		size = octets_span_encoded(value, OCTET_HOST);
	}
	*host = (struct octets){value.at, size};
	port = octets_skip(value, size);
	if (!port.size)
		return 0;
	return *port.at == ':' && octets_span(octets_skip(port, 1), OCTET_DIGIT) == port.size - 1
		       ? 0
		       : BAD_REQUEST;
}

/*
 * Reads scheme and host of an absolute target. The host overrides the Host field (RFC 9112 3.2.2).
 * `target` becomes path and query. An empty path means "/" (RFC 9110 4.2.3). For an empty path,
 * r->path refers to a "/" of "://".
 */
static int absolute_read(struct http_request *r, const char *bytes, struct octets *target)
{
	size_t scheme = octets_scheme_size(*target);
	struct octets authority = octets_skip(*target, scheme), host;
	size_t size = 0;

	while (size < authority.size && authority.at[size] != '/' && authority.at[size] != '?')
		size++;
	r->path = locate((struct octets){authority.at - 2, 1}, bytes);
	*target = octets_skip(authority, size);
	authority.size = size;
	if (!scheme || host_split(authority, &host) || !host.size)
		return BAD_REQUEST;
	r->absolute = true;
	r->host = locate(host, bytes);
	r->authority = locate(authority, bytes);
	return 0;
}

/* Reads the target (RFC 9112 3.2): origin form, absolute form, or "*" for OPTIONS. */
static int target_read(struct http_request *r, const char *bytes, struct octets target)
{
	struct octets path, parameters;

	if (r->options && octets_equal(target, "*")) {
		r->path = locate(target, bytes);
		return 0;
	}
	if (target.at[0] != '/' && absolute_read(r, bytes, &target))
		return BAD_REQUEST;
	path = (struct octets){target.at, octets_span_encoded(target, OCTET_PATH)};
	if (path.size)
		r->path = locate(path, bytes);
	if (path.size == target.size)
		return 0;
	if (target.at[path.size] != '?')
		return BAD_REQUEST;
	parameters = octets_skip(target, path.size + 1);
	r->parameters = locate(parameters, bytes);
	return octets_span(parameters, OCTET_QUERY) == parameters.size ? 0 : BAD_REQUEST;
}

/*
 * Reads the version. Refuses other versions, such as the preface of HTTP/2 (RFC 9113 3.4), with
 * 505.
 */
static int version_read(struct http_request *r, struct octets version)
{
	if (version.size != strlen("HTTP/1.1") || memcmp(version.at, "HTTP/", 5) ||
		!octet_is(version.at[5], OCTET_DIGIT) || version.at[6] != '.' ||
		!octet_is(version.at[7], OCTET_DIGIT))
		return BAD_REQUEST;
	r->minor = version.at[7] - '0';
	return version.at[5] == '1' && r->minor <= 1 ? 0 : 505;
}

static int method_read(struct http_request *r, struct octets method)
{
	r->head = octets_equal(method, "HEAD");
	r->options = octets_equal(method, "OPTIONS");
	return r->head || r->options || octets_equal(method, "GET") ? 0 : 405;
}

static int request_line_read(struct http_request *r, const char *bytes, struct octets line)
{
	struct octets method = {line.at, octets_span(line, OCTET_TOKEN)}, target, version;
	const char *space;
	int status;

	if (!method.size || method.size == line.size || line.at[method.size] != ' ')
		return BAD_REQUEST;
	target = octets_skip(line, method.size + 1);
	space = memchr(target.at, ' ', target.size);
	if (!space || space == target.at)
		return BAD_REQUEST;
	version = octets_skip(target, (size_t)(space - target.at) + 1);
	target.size = (size_t)(space - target.at);
	status = version_read(r, version);
	if (!status)
		status = method_read(r, method);
	return status ? status : target_read(r, bytes, target);
}

/* Reads the Host field. A second field is refused (RFC 9112 3.2). The value may be empty. */
static int host_read(struct http_request *r, const char *bytes, struct octets value)
{
	struct octets host;

	if (r->host_seen || host_split(value, &host))
		return BAD_REQUEST;
	r->host_seen = true;
	if (r->absolute)
		return 0;
	r->host = locate(host, bytes);
	r->authority = locate(value, bytes);
	return 0;
}

/* Refuses bodies, and values that are not a single number (RFC 9112 6.3). */
static int content_length_read(struct http_request *r, const char *bytes, struct octets value)
{
	(void)bytes;
	if (r->content_length || !value.size || octets_span(value, OCTET_DIGIT) != value.size)
		return BAD_REQUEST;
	r->content_length = true;
	if (*value.at == '0')
		return value.size == 1 ? 0 : BAD_REQUEST;
	return 413;
}

static int transfer_encoding_read(struct http_request *r, const char *bytes, struct octets value)
{
	(void)r, (void)bytes, (void)value;
	return BAD_REQUEST;
}

/* Reads the list of the Connection field (RFC 9110 7.6.1). Unknown options are ignored. */
static int connection_read(struct http_request *r, const char *bytes, struct octets value)
{
	(void)bytes;
	while (value.size) {
		const char *comma = memchr(value.at, ',', value.size);
		size_t size = comma ? (size_t)(comma - value.at) : value.size;
		struct octets option = octets_trim((struct octets){value.at, size});

		if (octets_equal_nocase(option, "close"))
			r->close = true;
		else if (octets_equal_nocase(option, "keep-alive"))
			r->persist = true;
		value = octets_skip(value, size + (comma ? 1 : 0));
	}
	return 0;
}

/* Reads a timeout in seconds, rounded up. Values that are no number are ignored. */
static int timeout_read(struct http_request *r, const char *bytes, struct octets value)
{
	size_t digits = octets_span(value, OCTET_DIGIT);

	(void)bytes;
	if (!digits || digits > strlen("999999") ||
		(digits < value.size && value.at[digits] != '.'))
		return 0;
	r->timeout_seconds = digits < value.size;
	for (unsigned unit = 1; digits; unit *= 10)
		r->timeout_seconds += unit * (unsigned)(value.at[--digits] - '0');
	return 0;
}

#define VALUE(member) offsetof(struct http_request, member)

/* A field has a reader, or only its value is kept, at `value`. */
static const struct field {
	const char *name;
	int (*read)(struct http_request *r, const char *bytes, struct octets value);
	size_t value;
	bool once; /* a second value is refused, because a proxy may have checked the other one */
} fields[] = {
	{"Host", .read = host_read},
	{"Connection", .read = connection_read},
	{"Accept", .value = VALUE(accept)},
	{"Accept-Encoding", .value = VALUE(accept_encoding)},
	{"Authorization", .value = VALUE(authorization), .once = true},
	{"Origin", .value = VALUE(origin), .once = true},
	{"Sec-Fetch-Site", .value = VALUE(fetch_site), .once = true},
	{"Sec-Fetch-Mode", .value = VALUE(fetch_mode), .once = true},
	{"Sec-Fetch-Dest", .value = VALUE(fetch_dest), .once = true},
	{"Content-Length", .read = content_length_read},
	{"Transfer-Encoding", .read = transfer_encoding_read},
	{"X-Prometheus-Scrape-Timeout-Seconds", .read = timeout_read},
};

static int field_read(
	struct http_request *r, const char *bytes, const struct field *field, struct octets value)
{
	struct http_span *kept = (struct http_span *)((char *)r + field->value);

	if (field->read)
		return field->read(r, bytes, value);
	if (kept->at)
		return field->once ? BAD_REQUEST : 0;
	*kept = locate(value, bytes);
	return 0;
}

/* The check of the name also refuses folded lines (RFC 9112 5.2) and a space before the colon. */
static int field_line_read(struct http_request *r, const char *bytes, struct octets line)
{
	struct octets name = {line.at, octets_span(line, OCTET_TOKEN)};

	if (!name.size || name.size == line.size || line.at[name.size] != ':')
		return BAD_REQUEST;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (octets_equal_nocase(name, fields[i].name))
			return field_read(r, bytes, &fields[i],
				octets_trim(octets_skip(line, name.size + 1)));
	return 0;
}

static struct octets octets_of(struct http_span span, const char *bytes)
{
	return (struct octets){bytes + span.at, span.size};
}

static int end_read(struct http_request *r, const char *bytes)
{
	if (r->minor == 1 && !r->host_seen)
		return BAD_REQUEST;
	r->site = http_site_of(&(struct http_site_fields){.origin = octets_of(r->origin, bytes),
		.fetch_site = octets_of(r->fetch_site, bytes),
		.fetch_mode = octets_of(r->fetch_mode, bytes),
		.fetch_dest = octets_of(r->fetch_dest, bytes),
		.host = octets_of(r->authority, bytes)});
	r->keep_alive = !r->close && (r->minor == 1 || r->persist);
	return HTTP_REQUEST_COMPLETE;
}

/* `end` is the offset of the line's CRLF. */
static int line_read(struct http_request *r, const char *bytes, size_t end)
{
	struct octets line = {bytes + r->line, end - r->line};
	bool first = r->line == 0;

	r->line = r->size;
	if (!r->started) {
		if (first && !line.size) /* RFC 9112 2.2: one empty line may precede a request */
			return HTTP_REQUEST_INCOMPLETE;
		r->started = true;
		return request_line_read(r, bytes, line);
	}
	return line.size ? field_line_read(r, bytes, line) : end_read(r, bytes);
}

/* Control characters are not allowed. Tabs and octets beyond ASCII are allowed only in fields. */
static bool octet_allowed(const struct http_request *r, uint8_t octet)
{
	if (octet >= 0x20 && octet < 0x7f)
		return true;
	return r->started && (octet == '\t' || octet >= 0x80);
}

/* Each octet is examined only once. */
static int octet_read(struct http_request *r, const char *bytes)
{
	bool after_cr = r->size > r->line && bytes[r->size - 1] == '\r';
	char octet = bytes[r->size++];

	if (after_cr)
		return octet == '\n' ? line_read(r, bytes, r->size - 2) : BAD_REQUEST;
	if (octet == '\r' || octet_allowed(r, (uint8_t)octet))
		return HTTP_REQUEST_INCOMPLETE;
	return BAD_REQUEST;
}

int http_request_read(struct http_request *r, const char *bytes, size_t size, size_t limit)
{
	int status = HTTP_REQUEST_INCOMPLETE;

	while (!status && r->size < size && r->size < limit)
		status = octet_read(r, bytes);
	if (!status && r->size == limit)
		status = r->started ? 431 : 414;
	return status;
}

static const char *string(struct http_span span, char *bytes)
{
	if (!span.at)
		return "";
	bytes[span.at + span.size] = '\0';
	return bytes + span.at;
}

struct http_query http_request_query(const struct http_request *r, char *bytes)
{
	return (struct http_query){
		.path = string(r->path, bytes),
		.parameters = string(r->parameters, bytes),
		.accept = string(r->accept, bytes),
		.accept_encoding = string(r->accept_encoding, bytes),
	};
}

struct octets http_request_host(const struct http_request *r, const char *bytes)
{
	return octets_of(r->host, bytes);
}

const char *http_request_authorization(const struct http_request *r, char *bytes)
{
	return string(r->authorization, bytes);
}
