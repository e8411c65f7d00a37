// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// Spurious retransmissions, and the effects of losses on connections.
const PHASES = {
	connect: ["Timed out: connect", "the peer did not answer a connection request"],
	established: ["Timed out: established", "the peer did not acknowledge data or answer probes"],
	closing: ["Timed out: closing", "the local end had closed, and the peer did not acknowledge that"],
};

function formatSeconds(seconds) {
	return formatRate(seconds) + " s";
}

// Returns the cells for a count `n` that is a part of `whole`. `of` describes the whole.
function shareCells(what, n, whole, of) {
	return [
		[what, "quiet wide"], [formatCount(n), n ? "n strong" : "n zero"], [formatRatio(n, whole), "n"],
		[`${formatCount(whole)} ${of}`, "n quiet wide"],
	];
}

function consequenceRows({totals}) {
	const row = (key, name, cells) => [key, () => rowHead(name), cells];

	return [
		row("spurious", "Spurious", shareCells("the peer had already received the retransmitted segment",
			totals.spurious, totals.retransmitted, "retransmitted")),
		row("stalls", "Stood still", [["time of retransmission timers that expired, of all connections", "quiet wide"],
			[formatSeconds(totals.stall_seconds), totals.stall_seconds ? "n strong" : "n zero"],
			["–", "n"], ["", "n wide"]]),
		row("out_of_order", "Out of order", shareCells("received after a gap, because of loss or reordering",
			totals.out_of_order, totals.received, "received")),
		...Object.entries(PHASES).map(([phase, [name, what]]) =>
			row(phase, name, shareCells(what, totals.timed_out[phase], totals.connections, "ended"))),
	];
}

function showConsequences(summary) {
	const {totals} = summary, broken = sum(Object.values(totals.timed_out));

	setText($("spurious"), formatRatio(totals.spurious, totals.retransmitted));
	setText($("spurious-note"), totals.retransmitted === 0 ? "no retransmissions" :
		`${formatCount(totals.spurious)} of ${formatCount(totals.retransmitted)} segments`);
	setText($("stalls"), formatSeconds(totals.stall_seconds));
	setText($("stalls-note"), totals.stall_seconds === 0 ? "no timer expired" : "timers of all connections together");
	setText($("broken"), formatCount(broken));
	setText($("broken-note"), totals.connections === 0 ? "no connection ended" :
		`${formatRatio(broken, totals.connections)} of ${formatCount(totals.connections)} that ended`);
	setRows($("consequences").tBodies[0], consequenceRows(summary));
}
