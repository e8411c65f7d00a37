/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The reader of /proc/net/snmp finds the right numbers or none, even in damaged texts.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mib.h"

/* The format of Linux 6.18. */
static const char new_text[] =
	"Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams "
	"InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout "
	"ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits\n"
	"Ip: 2 64 1313442 0 0 0 0 0 1313439 1313405 4 4 0 0 0 0 0 0 0 1313405\n"
	"Icmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs "
	"InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps "
	"OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds "
	"OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps "
	"OutTimestampReps OutAddrMasks OutAddrMaskReps\n"
	"Icmp: 4 0 0 4 0 0 0 0 0 0 0 0 0 0 4 0 0 0 4 0 0 0 0 0 0 0 0 0 0\n"
	"IcmpMsg: InType3 OutType3\n"
	"IcmpMsg: 4 4\n"
	"Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
	"CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\n"
	"Tcp: 1 200 120000 -1 115080 114671 9 1804 0 1192289 1261112 277 0 1699 0\n"
	"Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
	"IgnoredMulti MemErrors\n"
	"Udp: 117 4 0 121 0 0 0 0 0\n";

/* The format of Linux 2.6.32. OutRsts is the last field. IcmpMsg is missing if there were no
 * ICMP messages. */
static const char old_text[] =
	"Ip: Forwarding DefaultTTL InReceives\n"
	"Ip: 1 64 118\n"
	"Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
	"CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts\n"
	"Tcp: 1 200 120000 -1 3 5 0 0 2 1180 994 12 0 1\n"
	"Udp: InDatagrams NoPorts\n"
	"Udp: 10 0\n";

static void check_read(
	const char *text, uint64_t out_segs, uint64_t retrans_segs, uint64_t out_rsts)
{
	struct mib mib = {.fd = -1, .out_segs = 7777, .retrans_segs = 8888, .out_rsts = 9999};

	cr_assert_eq(mib_parse(&mib, text), 0, "%s", text);
	cr_assert_eq(mib.out_segs, out_segs, "%s", text);
	cr_assert_eq(mib.retrans_segs, retrans_segs, "%s", text);
	cr_assert_eq(mib.out_rsts, out_rsts, "%s", text);
}

static void check_refused(const char *text)
{
	struct mib mib = {.fd = -1, .out_segs = 7777, .retrans_segs = 8888, .out_rsts = 9999};

	cr_assert_eq(mib_parse(&mib, text), -EBADMSG, "%s", text);
	cr_assert_eq(mib.out_segs, 7777);
	cr_assert_eq(mib.retrans_segs, 8888);
	cr_assert_eq(mib.out_rsts, 9999);
}

Test(mib, reads_old_and_new_formats)
{
	check_read(new_text, 1261112, 277, 1699);
	check_read(old_text, 994, 12, 1);
}

Test(mib, columns_are_found_by_name)
{
	check_read("Tcp: RetransSegs OutSegs OutRsts\nTcp: 1 2 3\n", 2, 1, 3);
	check_read("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 2 1\n", 2, 1, 3);
	check_read("Tcp: A OutSegs B C RetransSegs D OutRsts\nTcp: 9 2 9 9 1 9 3\n", 2, 1, 3);
	check_read("Tcp: XOutSegs OutSegsX OutSegs XRetransSegs RetransSegsX RetransSegs OutRsts\n"
		   "Tcp: 1 2 3 4 5 6 7\n",
		3, 6, 7);
}

Test(mib, values_at_their_limits)
{
	check_read("Tcp: OutRsts OutSegs RetransSegs\nTcp: 0 0 0\n", 0, 0, 0);
	check_read(
		"Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 18446744073709551615 9223372036854775808\n",
		UINT64_MAX, UINT64_C(1) << 63, 3);
}

Test(mib, refuses_incomplete_text)
{
	check_refused("");
	check_refused("\n");
	check_refused("Tcp:");
	check_refused("Tcp:\nTcp:\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nUdp: 3 1 2\n");
	check_refused("Tcp: OutSegs RetransSegs\nTcp: 1 2\n");
	check_refused("Tcp: OutSegs OutRsts\nTcp: 1 2\n");
	check_refused("Tcp: OutRsts RetransSegs\nTcp: 1 2\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1\n");
	check_refused("Udp: OutRsts OutSegs RetransSegs\nUdp: 3 1 2\n");
	/* More values than names. The names do not go on in the next line. */
	check_refused("Tcp: OutSegs OutRsts\nTcp: 2 3 9 RetransSegs 7\nUdp: 5 6\n");
}

Test(mib, refuses_text_that_is_no_number)
{
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1 x\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1 -2\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1 +2\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1 2x\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3 1 \n2\n");
	check_refused("Tcp: OutRsts OutSegs RetransSegs\nTcp: 3  1 2\n");
}

/* In a text that is cut anywhere, the reader finds the numbers of the whole text, or none. */
Test(mib, cut_short)
{
	const char *whole = strstr(new_text, "1699") + 5;
	char text[sizeof(new_text)];

	for (size_t length = 0; length < sizeof(new_text); length++) {
		memcpy(text, new_text, length);
		text[length] = '\0';
		if (new_text + length < whole)
			check_refused(text);
		else
			check_read(text, 1261112, 277, 1699);
	}
}

Test(mib, reports_a_missing_file)
{
	struct mib mib = {.fd = -1};

	cr_assert_eq(mib_read(&mib), -EBADF);
	mib_deinit(&mib);
}

static uint64_t tcp_column(const char *name)
{
	struct mib mib = {.fd = open("/proc/self/net/snmp", O_RDONLY)};

	cr_assert_eq(mib_read(&mib), 0);
	mib_deinit(&mib);
	cr_assert_eq(mib.fd, -1);
	return strcmp(name, "OutSegs") ? mib.retrans_segs : mib.out_segs;
}

/* If a host sends an ICMP message of each type, the kernel shows 256 types. */
Test(mib, every_type_of_icmp)
{
	FILE *file = tmpfile();
	struct mib mib = {.fd = -1};

	cr_assert(file);
	for (int line = 0; line < 2 * 256 / 16; line++) {
		fputs("IcmpMsg:", file);
		for (int i = 0; i < 16; i++)
			fprintf(file, " %sType%d", line < 16 ? "In" : "Out", line % 16 * 16 + i);
		fputs("\nIcmpMsg:", file);
		for (int i = 0; i < 16; i++)
			fprintf(file, " %llu", ~0ULL);
		fputs("\n", file);
	}
	fputs(strstr(new_text, "Tcp:"), file);
	cr_assert_eq(fflush(file), 0);
	mib.fd = fileno(file);
	cr_assert_eq(mib_read(&mib), 0);
	cr_assert_eq(mib.out_segs, 1261112);
	fclose(file);
}

Test(mib, rereads_the_open_file)
{
	struct mib mib = {.fd = open("/proc/self/net/snmp", O_RDONLY)};
	int pipe_fds[2];

	cr_assert_eq(mib_read(&mib), 0);
	cr_assert_leq(mib.out_segs, tcp_column("OutSegs"));
	cr_assert_leq(mib.retrans_segs, tcp_column("RetransSegs"));
	mib_deinit(&mib);
	cr_assert_eq(pipe(pipe_fds), 0);
	mib.fd = pipe_fds[0];
	cr_assert_eq(mib_read(&mib), -ESPIPE);
}

static void take_as_stdin(const char *path)
{
	int fd = open(path, O_RDONLY);

	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

/* In another network namespace a process reads the host's file from standard input. */
Test(mib, standard_input)
{
	struct stat own, taken;
	struct mib mib;

	take_as_stdin("/proc/self/net/snmp");
	if (mib_init(&mib, 0) == -EXDEV)
		cr_skip_test("not in the host's PID namespace");
	cr_assert_geq(mib.fd, 3);
	cr_assert_eq(fcntl(mib.fd, F_GETFD), FD_CLOEXEC);
	cr_assert_eq(fstat(STDIN_FILENO, &own), 0);
	cr_assert_eq(fstat(mib.fd, &taken), 0);
	cr_assert_eq(own.st_ino, taken.st_ino);
	mib_deinit(&mib);
}

/* If standard input is another file in the same format, it is ignored. */
Test(mib, ignores_another_file_as_standard_input)
{
	static const char *const others[] = {
		"/dev/null", "/proc/self/net/netstat", "/proc/self/net"};
	struct stat own, taken;
	char forged[] = "/tmp/test-mib-XXXXXX";
	int fd = mkstemp(forged);
	struct mib mib;

	cr_assert_eq(write(fd, new_text, strlen(new_text)), (ssize_t)strlen(new_text));
	for (size_t i = 0; i < 1 + sizeof(others) / sizeof(others[0]); i++) {
		take_as_stdin(i ? others[i - 1] : forged);
		cr_assert_eq(fstat(STDIN_FILENO, &own), 0);
		if (mib_init(&mib, 0))
			continue; /* cannot be read, and is not used */
		cr_assert_eq(fstat(mib.fd, &taken), 0);
		cr_assert(own.st_dev != taken.st_dev || own.st_ino != taken.st_ino);
		mib_deinit(&mib);
	}
	unlink(forged);
}
