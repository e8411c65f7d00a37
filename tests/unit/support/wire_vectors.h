/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One valid record of each kind, as bytes in little endian. They state the layout independently of
 * the structures. Within a vector each field has other bytes, so a field that is read at a wrong
 * offset has a wrong value.
 */
#ifndef REXMIT_WIRE_VECTORS_H
#define REXMIT_WIRE_VECTORS_H

#include <stdint.h>

#define WIRE_VECTORS_FIT_HOST (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* clang-format off */
#define VECTOR_INSTANCE \
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, \
	0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf

static const uint8_t vector_resume[128] = {
	1, 0,                                            /* RESUME */
	4, 0,                                            /* version */
	128, 0,                                          /* record size */
	0, 0,
	'\n', '\r', 'r', 'e', 'x', 'm', 'i', 't',        /* magic */
	VECTOR_INSTANCE,
	0xd0, 0x00, 0, 0, 0, 0, 0, 0,                    /* position 208 */
};

static const uint8_t vector_resume_first[128] = {
	1, 0, 4, 0, 128, 0, 0, 0,
	'\n', '\r', 'r', 'e', 'x', 'm', 'i', 't',        /* no instance, no position */
};

static const uint8_t vector_hello[128] = {
	2, 0,                                            /* HELLO */
	4, 0,                                            /* version */
	128, 0,                                          /* record size */
	0, 0,
	'\n', '\r', 'r', 'e', 'x', 'm', 'i', 't',        /* magic */
	VECTOR_INSTANCE,
	0x38, 0x01, 0, 0, 0, 0, 0, 0,                    /* position 312 */
	0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8,  /* clock offset, negative */
	0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,  /* attached_ns */
	0x81, 0x82, 0x83, 0x84,                          /* host_netns */
	0, 0, 0, 0,
	'0', '.', '1', '.', '0', 0, 0, 0,                /* software */
	0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
};

static const uint8_t vector_event_v4[128] = {
	3,                                               /* EVENT */
	4,                                               /* IPv4 */
	5,                                               /* cause fast */
	1,                                               /* ESTABLISHED */
	2,                                               /* server */
	1,                                               /* first */
	0, 0,                                            /* not timed out */
	0x68, 0, 0, 0, 0, 0, 0, 0,                       /* position 104 */
	0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  /* boot_ns */
	0, 0, 0, 0, 0, 0, 0, 0,                          /* local, 192.0.2.1 */
	0, 0, 0xff, 0xff, 192, 0, 2, 1,
	0, 0, 0, 0, 0, 0, 0, 0,                          /* remote, 198.51.100.7 */
	0, 0, 0xff, 0xff, 198, 51, 100, 7,
	0xbb, 0x01,                                      /* local port 443 */
	0x39, 0x30,                                      /* remote port 12345 */
	0x21, 0x22, 0x23, 0x24,                          /* segments */
	0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,  /* bytes */
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* cgroup_id */
	0x51, 0x52, 0x53, 0x54,                          /* segments_sent */
	0x61, 0x62, 0x63, 0x64,                          /* srtt_us */
	0x91, 0x92, 0x93, 0x94,                          /* netns */
	0x95, 0x96,                                      /* resets_sent */
	0x97, 0x98,                                      /* resets_received */
	0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8,  /* stall_us */
	0xc1, 0xc2, 0xc3, 0xc4,                          /* timers */
	0, 0, 0, 0,                                      /* segments_received */
	0, 0, 0, 0,                                      /* segments_out_of_order */
	0, 0, 0, 0,                                      /* segments_spurious */
	0xe1, 0xe2, 0xe3, 0xe4,                          /* uid */
	0xf1, 0xf2, 0xf3, 0xf4,                          /* process */
};

static const uint8_t vector_event_v6[128] = {
	3, 6, 1, 2, 1, 0,                                /* EVENT, IPv6, syn, SYN_SENT, client */
	0, 0,
	0xd0, 0, 0, 0, 0, 0, 0, 0,                       /* position 208 */
	0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  /* boot_ns */
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,              /* local, 2001:db8::1 */
	0, 0, 0, 0, 0, 0, 0, 1,
	0xfe, 0x80, 0, 0, 0, 0, 0, 0,                    /* remote, fe80::2ff:feff:ffff */
	0, 0, 2, 0xff, 0xfe, 0xff, 0xff, 0xff,
	0x50, 0xc3,                                      /* local port 50000 */
	0x50, 0,                                         /* remote port 80 */
	1, 0, 0, 0,                                      /* segments */
	0, 0, 0, 0, 0, 0, 0, 0,                          /* bytes: a SYN has none */
	0, 0, 0, 0, 0, 0, 0, 0,                          /* cgroup_id: none */
	2, 0, 0, 0,                                      /* segments_sent */
	0, 0, 0, 0,                                      /* srtt_us: no sample */
	0x91, 0x92, 0x93, 0x94,                          /* netns */
	0, 0, 0, 0,                                      /* resets: none */
};

/* The end of a connection that timed out while established. */
static const uint8_t vector_event_sent[128] = {
	3, 4, 0, 7, 1, 2,                                /* EVENT, IPv4, none, CLOSE, client, ended */
	2, 0,                                            /* timed out: established */
	0x38, 0x01, 0, 0, 0, 0, 0, 0,                    /* position 312 */
	0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  /* boot_ns */
	0, 0, 0, 0, 0, 0, 0, 0,                          /* local, 192.0.2.1 */
	0, 0, 0xff, 0xff, 192, 0, 2, 1,
	0, 0, 0, 0, 0, 0, 0, 0,                          /* remote, 198.51.100.7 */
	0, 0, 0xff, 0xff, 198, 51, 100, 7,
	0x39, 0x30,                                      /* local port 12345 */
	0xbb, 0x01,                                      /* remote port 443 */
	0, 0, 0, 0,                                      /* segments */
	0, 0, 0, 0, 0, 0, 0, 0,                          /* bytes */
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* cgroup_id */
	0x51, 0x52, 0x53, 0x54,                          /* segments_sent */
	0x61, 0x62, 0x63, 0x64,                          /* srtt_us */
	0x91, 0x92, 0x93, 0x94,                          /* netns */
	1, 0,                                            /* resets_sent */
	0, 0,                                            /* resets_received */
	0x40, 0x0d, 3, 0, 0, 0, 0, 0,                    /* stall_us: 200 ms */
	1, 0, 0, 0,                                      /* timers */
	0xc5, 0xc6, 0xc7, 0xc8,                          /* segments_received */
	0xd1, 0xd2, 0xd3, 0xd4,                          /* segments_out_of_order */
	0xd5, 0xd6, 0xd7, 0xd8,                          /* segments_spurious */
};

static const uint8_t vector_counter[128] = {
	4, 0,                                            /* COUNTER */
	1, 0,                                            /* id: segments */
	4, 0, 0, 0,                                      /* label: slow_start */
	1, 0, 0, 0,                                      /* scope: other */
	0, 0, 0, 0,
	0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8,  /* value */
};

static const uint8_t vector_ack[128] = {
	5, 0, 0, 0, 0, 0, 0, 0,                          /* ACK */
	0x39, 0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32,  /* position */
};

static const uint8_t vector_busy[128] = {6};              /* BUSY */

static const uint8_t vector_name[128] = {
	7, 0,                                            /* NAME */
	27, 0,                                           /* length of the path */
	0, 0,                                            /* offset of this part */
	0, 0,
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* cgroup_id */
	'/', 's', 'y', 's', 't', 'e', 'm', '.',
	's', 'l', 'i', 'c', 'e', '/', 'n', 'g',
	'i', 'n', 'x', '.', 's', 'e', 'r', 'v',
	'i', 'c', 'e', 0, 0, 0, 0, 0,
};

/* A path of two records, which must follow each other in one packet. */
static const uint8_t vector_name_parts[2 * 128] = {
	7, 0, 96, 0, 0, 0, 0, 0,                         /* NAME, its length, offset 0 */
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* cgroup_id */
	'/', 'k', 'u', 'b', 'e', 'p', 'o', 'd',
	's', '.', 's', 'l', 'i', 'c', 'e', '/',
	'k', 'u', 'b', 'e', 'p', 'o', 'd', 's',
	'-', 'p', 'o', 'd', '0', 'f', '1', 'e',
	'2', 'd', '3', 'c', '.', 's', 'l', 'i',
	'c', 'e', '/', 'c', 'r', 'i', '-', 'c',
	'o', 'n', 't', 'a', 'i', 'n', 'e', 'r',
	'd', '-', '0', '1', '2', '3', '4', '5',
	'6', '7', '8', '9', 'a', 'b', 'c', 'd',
	'e', 'f', '0', '1', '2', '3', '4', '5',
	0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	7, 0, 96, 0, 80, 0, 0, 0,                        /* the same, offset 80 */
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* cgroup_id */
	'6', '7', '8', '9', 'a', 'b', 'c', 'd',
	'e', 'f', '.', 's', 'c', 'o', 'p', 'e',
};

static const uint8_t vector_process[128] = {
	8, 0,                                            /* PROCESS */
	0xff, 0x07,                                      /* slot: 2047 */
	0, 0, 0, 0,
	0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  /* key */
	'p', 'o', 's', 't', 'g', 'r', 'e', 's',          /* name */
	0, 0, 0, 0, 0, 0, 0, 0,
};
/* clang-format on */

#endif
