/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Measures scrapes, and lower bounds of transfers through sockets.
 *
 *   rexmit-transfer packets RECORDS        copies RECORDS records through a SEQPACKET pair
 *   rexmit-transfer page BYTES             writes BYTES bytes to a loopback socket at once
 *   rexmit-transfer collect SOCKET RECORDS receives and acknowledges RECORDS events of a collector
 *   rexmit-transfer scrape PORT [gzip]     requests /metrics; T begins before connect(2)
 *
 * It prints "bytes N ns T".
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/codec.h"
#include "protocol/wire.h"
#include "tool.h"

#define SOURCE_PACKETS 160 /* as many as in a full default ring */

static char buffer[1 << 20];

static void print(uint64_t bytes, uint64_t before)
{
	printf("bytes %llu ns %llu\n", (unsigned long long)bytes,
		(unsigned long long)(now_ns() - before));
}

static uint64_t read_all(int fd)
{
	uint64_t bytes = 0;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += (uint64_t)n;
	if (n < 0)
		fatal("cannot read");
	return bytes;
}

static void send_packets(int fd, size_t packets)
{
	char packet[WIRE_PACKET_SIZE], *source = calloc(SOURCE_PACKETS, sizeof(packet));

	if (!source)
		fatal("no memory");
	memset(source, 1, SOURCE_PACKETS * sizeof(packet));
	for (size_t i = 0; i < packets; i++) {
		memcpy(packet, source + i % SOURCE_PACKETS * sizeof(packet), sizeof(packet));
		if (send(fd, packet, sizeof(packet), MSG_NOSIGNAL) != sizeof(packet))
			fatal("cannot send a packet");
	}
	exit(0);
}

static void measure_packets(size_t records)
{
	uint64_t before = now_ns();
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		fatal("cannot make a pair");
	if (!fork())
		send_packets(fd[0], records / WIRE_PACKET_RECORDS);
	close(fd[0]);
	print(read_all(fd[1]), before);
	wait(NULL);
}

static int connect_collector(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		fatal("cannot connect to the collector");
	return fd;
}

static void send_record(int fd, const union wire_record *record)
{
	if (send(fd, record, sizeof(*record), MSG_NOSIGNAL) < 0)
		fatal("cannot send to the collector");
}

/* Acknowledges every 64th packet, as the exporter does, and ignores the events. */
static void collect(const char *path, uint64_t records)
{
	static union wire_record packet[WIRE_PACKET_RECORDS];
	const uint8_t nobody[16] = {0};
	union wire_record record;
	int fd = connect_collector(path);
	uint64_t before = now_ns(), events = 0;

	wire_resume_init(&record, nobody, 0);
	send_record(fd, &record);
	for (unsigned packets = 1; events < records; packets++) {
		ssize_t n = recv(fd, packet, sizeof(packet), 0);
		size_t count = n > 0 ? (size_t)n / sizeof(*packet) : 0;

		if (n <= 0)
			fatal("the collector closed");
		if (packet[count - 1].type != WIRE_EVENT)
			continue;
		events += count;
		wire_ack_init(&record, packet[count - 1].event.position);
		if (packets % 64 == 0 || events >= records)
			send_record(fd, &record);
	}
	print(events * sizeof(*packet), before);
}

static int connect_to(in_port_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		fatal("cannot connect");
	return fd;
}

/* Writes all bytes with one write(2). */
static void serve_page(int listener, size_t size)
{
	char *page = malloc(size);
	int fd;

	if (!page)
		fatal("no memory");
	memset(page, 'x', size);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		fatal("cannot accept");
	for (size_t sent = 0; sent < size;) {
		ssize_t n = write(fd, page + sent, size - sent);

		if (n < 0)
			fatal("cannot write the page");
		sent += (size_t)n;
	}
	exit(0);
}

static void measure_page(size_t size)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	uint64_t before, bytes;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) ||
		listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &length))
		fatal("cannot listen");
	if (!fork())
		serve_page(listener, size);
	usleep(20000 + (useconds_t)(size / 1000)); /* until the child has prepared its bytes */
	before = now_ns();
	fd = connect_to(address.sin_port);
	bytes = read_all(fd);
	print(bytes, before);
	wait(NULL);
}

static void scrape(uint16_t port, const char *encoding)
{
	static const char ok[] = "HTTP/1.1 200";
	char request[256], status[sizeof(ok) - 1];
	uint64_t before = now_ns();
	int fd = connect_to(htons(port));
	int length = snprintf(request, sizeof(request),
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: %s\r\n"
		"Connection: close\r\n\r\n",
		encoding);

	if (write(fd, request, (size_t)length) != length)
		fatal("cannot send the request");
	if (recv(fd, status, sizeof(status), MSG_WAITALL) != sizeof(status) ||
		memcmp(status, ok, sizeof(status)))
		fatal("the exporter did not answer with status 200");
	print(sizeof(status) + read_all(fd), before);
}

int main(int argc, char **argv)
{
	bool collects = argc == 4 && !strcmp(argv[1], "collect");
	uint64_t n = argc > 2 ? strtoull(argv[collects ? 3 : 2], NULL, 10) : 0;

	if (n == 0)
		return 2;
	if (collects)
		collect(argv[2], n);
	else if (!strcmp(argv[1], "packets"))
		measure_packets(n);
	else if (!strcmp(argv[1], "page"))
		measure_page(n);
	else if (!strcmp(argv[1], "scrape"))
		scrape((uint16_t)n, argc > 3 ? argv[3] : "identity");
	else
		return 2;
	return 0;
}
