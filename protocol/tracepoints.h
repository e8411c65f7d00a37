/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The list of tracepoints: one row for each BPF program that a tracepoint calls. All are required.
 *
 * The collector attaches the programs by this list, names their pins, looks for the tracepoints in
 * the kernel's BTF (--check), and counts the calls that the kernel skipped. The exporter has the
 * names from it. Tests compare the handlers in bpf/ and docs/protocol.md with it.
 *
 * Each row calls X(number, name, tracepoint, function, purpose):
 *
 *   number      label of WIRE_COUNTER_MISSED. It never changes; a new program takes the next one
 *   name        in metrics and pins
 *   tracepoint  of the kernel; its BTF has the type btf_trace_<tracepoint>
 *   function    in bpf/. It starts with the project's name, for users of bpftool. The kernel keeps
 *               15 characters of it (BPF_OBJ_NAME_LEN)
 *   purpose     what the program sees
 *
 * The order of the rows is the order in which the collector attaches. Programs that see connections
 * start and end come first, because they report nothing until the others are attached. The kernel
 * calls the programs of one tracepoint in that order, so "again" comes after the program that it
 * repeats.
 */
#ifndef REXMIT_TRACEPOINTS_H
#define REXMIT_TRACEPOINTS_H

#define TRACEPOINTS(X)                                                                             \
	X(0, "inet_sock_set_state", "inet_sock_set_state", rexmit_state,                           \
		"connections that start or end")                                                   \
	X(1, "tcp_destroy_sock", "tcp_destroy_sock", rexmit_destroy, "sockets that end")           \
	X(2, "tcp_retransmit_synack", "tcp_retransmit_synack", rexmit_synack,                      \
		"retransmitted SYN-ACKs of requests")                                              \
	X(3, "tcp_retransmit_skb", "tcp_retransmit_skb", rexmit_skb, "other retransmissions")      \
	X(4, "tcp_retransmit_skb_again", "tcp_retransmit_skb", rexmit_again,                       \
		"retransmissions that rexmit_skb missed")                                          \
	X(5, "tcp_send_reset", "tcp_send_reset", rexmit_rst_sent, "resets sent")                   \
	X(6, "tcp_receive_reset", "tcp_receive_reset", rexmit_rst_recv, "resets received")

#define TRACEPOINTS_ADD_ONE(...) +1
enum { WIRE_PROGRAMS = 0 TRACEPOINTS(TRACEPOINTS_ADD_ONE) };

#endif
