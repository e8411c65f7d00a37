/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The list of tracepoints: one row for each BPF program that a tracepoint calls. All are required.
 *
 * Each row calls X(number, name, tracepoint, function, purpose):
 *
 *   number      label of WIRE_COUNTER_MISSED. Numbers never change; a new program gets the next one
 *   name        the program's name in metrics and pins
 *   tracepoint  the kernel's tracepoint. The kernel's BTF has the type btf_trace_<tracepoint>
 *   function    the program in bpf/: at most 15 characters (BPF_OBJ_NAME_LEN)
 *   purpose     what the program sees
 *
 * The collector attaches the programs in the order of the rows. The programs for the start and end
 * of connections are first, because they report nothing until the others are attached. The kernel
 * calls the programs of one tracepoint in the order in which they were attached, so rexmit_again is
 * after rexmit_skb.
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
