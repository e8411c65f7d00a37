/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The records that the collector and the exporter exchange over a SOCK_SEQPACKET socket. BPF
 * programs make the EVENT records. docs/protocol.md has the byte table.
 *
 * All records have WIRE_RECORD_SIZE bytes. A packet has 1 to WIRE_PACKET_RECORDS records. Numbers,
 * including ports, are in host byte order. Reserved bytes are zero.
 *
 * A *position* is the byte offset of the end of a record in the kernel's ring. Positions only
 * increase. An *instance* is one set of BPF maps. Positions of different instances cannot be
 * compared.
 */
#ifndef REXMIT_WIRE_H
#define REXMIT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC UINT64_C(0x74696d7865720d0a) /* "\n\rrexmit" in memory, little endian */
#define WIRE_VERSION 4
#define WIRE_RECORD_SIZE 128
#define WIRE_PACKET_RECORDS 256
#define WIRE_PATH_SIZE 256  /* bytes of a cgroup's path with its final zero; a longer path is cut */
#define WIRE_NAME_RECORDS 4 /* maximum number of NAME records for one path */
#define WIRE_CGROUP_SLOTS 1024    /* each program keeps names in slots; slot: id modulo this */
#define WIRE_CGROUP_WAYS 4        /* names kept in each slot: the newest */
#define WIRE_PROCESS_SLOTS 2048   /* slots in the table of processes (process_key.h) */
#define WIRE_PROCESS_NAME_SIZE 16 /* bytes of a process's name with its final zero: TASK_COMM_LEN */
#define WIRE_PACKET_SIZE (WIRE_RECORD_SIZE * WIRE_PACKET_RECORDS)

enum wire_type {
	WIRE_RESUME = 1,  /* exporter -> collector, first */
	WIRE_HELLO = 2,   /* collector -> exporter, first */
	WIRE_EVENT = 3,   /* collector -> exporter */
	WIRE_COUNTER = 4, /* collector -> exporter, once a second */
	WIRE_ACK = 5,     /* exporter -> collector */
	WIRE_BUSY = 6,    /* collector -> exporter, only record: another exporter is connected */
	WIRE_NAME = 7,    /* collector -> exporter, before the first event of a cgroup */
	WIRE_PROCESS = 8, /* collector -> exporter, before the first event that needs it */
};

/* Why a segment was retransmitted. docs/metrics.md defines each cause. */
enum wire_cause {
	WIRE_CAUSE_NONE = 0, /* the record reports no retransmission */
	WIRE_CAUSE_SYN = 1,
	WIRE_CAUSE_SYNACK = 2,
	WIRE_CAUSE_TIMEOUT = 3,
	WIRE_CAUSE_SLOW_START = 4,
	WIRE_CAUSE_FAST = 5,
	WIRE_CAUSE_PROBE = 6,
	WIRE_CAUSE_UNKNOWN = 7,
	WIRE_CAUSES = 8,
};

enum wire_role {
	WIRE_ROLE_CLIENT = 1, /* the local end connected: the local port is ephemeral */
	WIRE_ROLE_SERVER = 2, /* the local end accepted: the remote port is ephemeral */
};

enum wire_scope {
	WIRE_SCOPE_HOST = 0, /* the network namespace of PID 1 */
	WIRE_SCOPE_OTHER = 1,
	WIRE_SCOPES = 2,
};

enum wire_reset {
	WIRE_RESET_SENT = 0,
	WIRE_RESET_RECEIVED = 1,
	WIRE_RESETS = 2,
};

/* The phase in which the kernel gave up a connection because of a timeout. */
enum wire_phase {
	WIRE_PHASE_NONE = 0, /* the kernel did not give up the connection */
	WIRE_PHASE_CONNECT = 1,
	WIRE_PHASE_ESTABLISHED = 2,
	WIRE_PHASE_CLOSING = 3, /* the local end has closed */
	WIRE_PHASES = 4,
};

/* Bits of wire_event.flags. */
#define WIRE_EVENT_FIRST 0x01 /* the first record of its connection that carries segments */
#define WIRE_EVENT_ENDED 0x02 /* the connection has ended; a connection has one such record */
#define WIRE_EVENT_FLAGS 0x03 /* all bits that are defined */

/* The kernel's values that records may contain. */
#define WIRE_TCP_STATE_MIN 1  /* TCP_ESTABLISHED, include/net/tcp_states.h */
#define WIRE_TCP_STATE_MAX 12 /* TCP_NEW_SYN_RECV. In state 13 no segment was sent yet */
#define WIRE_ERRNOS 4096      /* MAX_ERRNO + 1, include/linux/err.h */
#define WIRE_TCP_SYN_RECV 3
#define WIRE_TCP_NEW_SYN_RECV 12

/* The collector's counters and gauges. "Since" says when a counter starts at 0. */
enum wire_counter_id {
	WIRE_COUNTER_SEGMENTS = 1,     /* label: cause; scope: wire_scope. Since attach */
	WIRE_COUNTER_UNATTRIBUTED = 2, /* label: cause. Since attach */
	WIRE_COUNTER_DEFERRED = 3,     /* gauge: segments not yet in a record */
	WIRE_COUNTER_FAILURES = 4,     /* label: errno; 0: dropped by a qdisc. Since attach */
	WIRE_COUNTER_MISSED = 5,       /* label: number in tracepoints.h. Since attach */
	WIRE_COUNTER_KERNEL_RETRANS_SEGS = 6, /* host's RetransSegs (RFC 4022). Since boot */
	WIRE_COUNTER_KERNEL_OUT_SEGS = 7,     /* host's OutSegs (RFC 4022). Since boot */
	WIRE_COUNTER_RING_SIZE = 8,           /* gauge: bytes of the kernel's ring */
	WIRE_COUNTER_RING_USED = 9,           /* gauge: bytes produced and not acknowledged */
	WIRE_COUNTER_DEFERRALS = 10,          /* segments that were deferred. Since attach */
	WIRE_COUNTER_PEERS_REFUSED = 11,      /* label: wire_refusal. Since the collector's start */
	WIRE_COUNTER_MEMORY = 12,             /* gauge: resident bytes of the collector */
	WIRE_COUNTER_CPU_NS = 13,             /* CPU time of the collector. Since its start */
	WIRE_COUNTER_SENT_UNATTRIBUTED = 14,  /* segments sent to unknown peers. Since attach */
	WIRE_COUNTER_RESETS = 15,             /* label: wire_reset; scope. Since attach */
	WIRE_COUNTER_RESETS_WITHOUT_CONNECTION = 16, /* resets sent. Since attach */
	WIRE_COUNTER_RESETS_UNATTRIBUTED = 17,       /* label: wire_reset. Since attach */
	WIRE_COUNTER_KERNEL_OUT_RSTS = 18,           /* host's OutRsts (RFC 4022). Since boot */
	WIRE_COUNTER_CONNECTIONS_UNATTRIBUTED = 19,  /* ended, with unknown peers. Since attach */
	WIRE_COUNTER_IDS = 20,
};

/* Why the collector closed a connection. */
enum wire_refusal {
	WIRE_REFUSED_BUSY = 0,     /* another exporter is connected */
	WIRE_REFUSED_USER = 1,     /* SO_PEERCRED shows a user that is not allowed */
	WIRE_REFUSED_PROTOCOL = 2, /* a packet that docs/protocol.md does not allow */
	WIRE_REFUSED_SILENT = 3,   /* no RESUME in time */
	WIRE_REFUSALS = 4,
};

/*
 * An event reports segments that were retransmitted for one cause. With cause NONE, it reports
 * other counts of a connection. The BPF programs fill all fields except `position`. If the cause is
 * not NONE, the bit WIRE_EVENT_ENDED and the fields from `segments_received` to `segments_spurious`
 * are 0.
 */
struct wire_event {
	uint8_t type;
	uint8_t ip_version; /* of the packets: 4 (also with v4-mapped addresses) or 6 */
	uint8_t cause;      /* wire_cause; NONE if and only if segments is 0 */
	uint8_t tcp_state;  /* 1 to 12, include/net/tcp_states.h */
	uint8_t role;       /* wire_role */
	uint8_t flags;
	uint8_t timed_out; /* wire_phase; NONE without WIRE_EVENT_ENDED */
	uint8_t reserved0;
	uint64_t position;
	uint64_t boot_ns;        /* CLOCK_BOOTTIME of the event */
	uint8_t local_addr[16];  /* IPv4 as v4-mapped, RFC 4291 2.5.5.2 */
	uint8_t remote_addr[16]; /* IPv4 as v4-mapped, RFC 4291 2.5.5.2 */
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t segments;      /* as counted in RetransSegs */
	uint64_t bytes;         /* TCP payload retransmitted since the socket's last record */
	uint64_t cgroup_id;     /* the socket's cgroup (v2); 0: unknown */
	uint32_t segments_sent; /* as counted in OutSegs, since the socket's last record */
	uint32_t srtt_us;       /* smoothed round-trip time, RFC 6298; 0 before the first sample */
	uint32_t netns;         /* inode number of the socket's network namespace */
	uint16_t resets_sent;   /* since the socket's last record */
	uint16_t resets_received;       /* since the socket's last record */
	uint64_t stall_us;              /* sum of the retransmission timers that expired */
	uint32_t timers;                /* number of these timers; 0 if and only if stall_us is 0 */
	uint32_t segments_received;     /* since the last record with cause NONE */
	uint32_t segments_out_of_order; /* after a gap; since the last record with cause NONE */
	uint32_t segments_spurious; /* reported by DSACK; since the last record with cause NONE */
	uint32_t uid;               /* the socket's owner, in the initial user namespace */
	uint32_t process;           /* key of the process's name (process_key.h); 0: unknown */
};

struct wire_counter {
	uint8_t type;
	uint8_t reserved0;
	uint16_t id;    /* wire_counter_id */
	uint32_t label; /* 0 if the id has none */
	uint32_t scope; /* 0 if the id has none */
	uint8_t reserved1[4];
	uint64_t value;
	uint8_t reserved2[104];
};

/* RESUME and HELLO. In RESUME, the fields after `position` are zero. */
struct wire_hello {
	uint8_t type;
	uint8_t reserved0;
	uint16_t version;     /* WIRE_VERSION */
	uint16_t record_size; /* WIRE_RECORD_SIZE */
	uint8_t reserved1[2];
	uint64_t magic;       /* WIRE_MAGIC */
	uint8_t instance[16]; /* identifies the BPF maps. RESUME: from the last HELLO, or zeros */
	uint64_t position;    /* HELLO: events are after it. RESUME: applied events are up to it */
	int64_t clock_offset_ns; /* CLOCK_REALTIME minus CLOCK_BOOTTIME when HELLO was sent */
	uint64_t attached_ns;    /* CLOCK_BOOTTIME when counting started */
	uint32_t host_netns;     /* network namespace of the host's PID 1 (inode); 0: unknown */
	uint8_t reserved2[4];
	char software[32]; /* version of the collector: printable ASCII, zero-padded */
	uint8_t reserved3[32];
};

/* ACK: the position after the last event that was applied. BUSY: position is 0. */
struct wire_ack {
	uint8_t type;
	uint8_t reserved0[7];
	uint64_t position;
	uint8_t reserved1[112];
};

/*
 * A part of a cgroup's path from the root of the hierarchy. The parts of a path follow each other
 * in one packet. The collector does not send a name again while both programs keep it. Each keeps
 * the newest WIRE_CGROUP_WAYS names of each slot.
 */
struct wire_name {
	uint8_t type;
	uint8_t reserved0;
	uint16_t length; /* bytes of the whole path, 1 to WIRE_PATH_SIZE - 1 */
	uint16_t offset; /* offset of this part in the path, a multiple of the part's size */
	uint8_t reserved1[2];
	uint64_t cgroup_id; /* not 0 */
	char part[80];      /* zero-padded; the path starts with '/' and has no line feed */
	uint8_t reserved2[32];
};

/* A slot of the table of processes (process_key.h), with its new contents. */
struct wire_process {
	uint8_t type;
	uint8_t reserved0;
	uint16_t slot; /* less than WIRE_PROCESS_SLOTS */
	uint8_t reserved1[4];
	uint64_t key;                      /* not 0 */
	char name[WIRE_PROCESS_NAME_SIZE]; /* zero-padded, zero-ended; not empty */
	uint8_t reserved2[96];
};

union wire_record {
	uint8_t type; /* wire_type: the first byte of every record */
	struct wire_event event;
	struct wire_counter counter;
	struct wire_hello hello;
	struct wire_ack ack;
	struct wire_name name;
	struct wire_process process;
	uint8_t bytes[WIRE_RECORD_SIZE];
};

#define WIRE_AT(record, field, offset)                                                             \
	_Static_assert(offsetof(struct record, field) == (offset), #record "." #field)

_Static_assert(sizeof(union wire_record) == WIRE_RECORD_SIZE, "union wire_record");
_Static_assert(sizeof(struct wire_event) == WIRE_RECORD_SIZE, "struct wire_event");
_Static_assert(sizeof(struct wire_counter) == WIRE_RECORD_SIZE, "struct wire_counter");
_Static_assert(sizeof(struct wire_hello) == WIRE_RECORD_SIZE, "struct wire_hello");
_Static_assert(sizeof(struct wire_ack) == WIRE_RECORD_SIZE, "struct wire_ack");
_Static_assert(sizeof(struct wire_name) == WIRE_RECORD_SIZE, "struct wire_name");
_Static_assert(sizeof(struct wire_process) == WIRE_RECORD_SIZE, "struct wire_process");
_Static_assert(WIRE_NAME_RECORDS * 80 >= WIRE_PATH_SIZE - 1, "WIRE_NAME_RECORDS");
WIRE_AT(wire_event, ip_version, 1);
WIRE_AT(wire_event, cause, 2);
WIRE_AT(wire_event, tcp_state, 3);
WIRE_AT(wire_event, role, 4);
WIRE_AT(wire_event, flags, 5);
WIRE_AT(wire_event, timed_out, 6);
WIRE_AT(wire_event, position, 8);
WIRE_AT(wire_event, boot_ns, 16);
WIRE_AT(wire_event, local_addr, 24);
WIRE_AT(wire_event, remote_addr, 40);
WIRE_AT(wire_event, local_port, 56);
WIRE_AT(wire_event, remote_port, 58);
WIRE_AT(wire_event, segments, 60);
WIRE_AT(wire_event, bytes, 64);
WIRE_AT(wire_event, cgroup_id, 72);
WIRE_AT(wire_event, segments_sent, 80);
WIRE_AT(wire_event, srtt_us, 84);
WIRE_AT(wire_event, netns, 88);
WIRE_AT(wire_event, resets_sent, 92);
WIRE_AT(wire_event, resets_received, 94);
WIRE_AT(wire_event, stall_us, 96);
WIRE_AT(wire_event, timers, 104);
WIRE_AT(wire_event, segments_received, 108);
WIRE_AT(wire_event, segments_out_of_order, 112);
WIRE_AT(wire_event, segments_spurious, 116);
WIRE_AT(wire_event, uid, 120);
WIRE_AT(wire_event, process, 124);
WIRE_AT(wire_counter, id, 2);
WIRE_AT(wire_counter, label, 4);
WIRE_AT(wire_counter, scope, 8);
WIRE_AT(wire_counter, value, 16);
WIRE_AT(wire_hello, version, 2);
WIRE_AT(wire_hello, record_size, 4);
WIRE_AT(wire_hello, magic, 8);
WIRE_AT(wire_hello, instance, 16);
WIRE_AT(wire_hello, position, 32);
WIRE_AT(wire_hello, clock_offset_ns, 40);
WIRE_AT(wire_hello, attached_ns, 48);
WIRE_AT(wire_hello, host_netns, 56);
WIRE_AT(wire_hello, software, 64);
WIRE_AT(wire_ack, position, 8);
WIRE_AT(wire_name, length, 2);
WIRE_AT(wire_name, offset, 4);
WIRE_AT(wire_name, cgroup_id, 8);
WIRE_AT(wire_name, part, 16);
WIRE_AT(wire_process, slot, 2);
WIRE_AT(wire_process, key, 8);
WIRE_AT(wire_process, name, 16);
#undef WIRE_AT

#endif
