// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// The connection groups with the most retransmissions, and the groups with the most resets.
const RESETS = {
	sent: "this host refused or aborted a connection, or answered a segment without a connection",
	received: "the peer refused or aborted a connection",
};

// Returns an address and its port, without the port if it is ephemeral.
function endpoint(labels, side) {
	const ip = labels[side + "_ip"] || "", port = labels[side + "_port"];

	if (port === undefined || port === "ephemeral" || ip === "other")
		return ip;
	return (ip.includes(":") ? `[${ip}]` : ip) + ":" + port;
}

// Shortens a path to the start and the end of its last name, which identify a container.
function shorten(path) {
	const name = path.slice(path.lastIndexOf("/") + 1);

	return path.length <= 48 ? path :
		"…/" + (name.length <= 46 ? name : name.slice(0, 34) + "…" + name.slice(-11));
}

// Returns the labels other than addresses and ports, such as cgroup.
function otherLabels(labels) {
	return Object.entries(labels).filter(([name]) => !/^(src|dst)_|^ip_version$/.test(name))
		.map(([name, value]) => `${name} ${shorten(value)}`);
}

// Returns [cause, percent] of the two most frequent causes.
function whys(group) {
	return Object.entries(group.causes || {}).sort((a, b) => b[1] - a[1]).slice(0, 2)
		.map(([cause, n]) => [cause, Math.round(100 * n / group.retransmitted) || "< 1"]);
}

// Splits a text so that a line can break before a port.
function breakable(text) {
	return text.split(/(?=:\d+(?:,|$))/).flatMap((part, i) => i ? [element("wbr"), part] : [part]);
}

function peerHead({labels}, ...more) {
	const remote = endpoint(labels, "dst"), local = endpoint(labels, "src");
	const names = [remote, local && "from " + local, ...otherLabels(labels)].filter(Boolean);
	const head = rowHead(element("div", "peer",
		element("span", "remote", ...breakable(names[0] || "all connections")), " ",
		element("span", "quiet", ...breakable(names.slice(1).join(", "))), " ", ...more));

	if (labels.cgroup && labels.cgroup !== shorten(labels.cgroup))
		head.title = labels.cgroup;
	return head;
}

function whyOf(group) {
	return element("span", "why", ...whys(group).map(([cause, percent]) =>
		element("span", "", swatch(cause), `${cause} ${percent} %`)));
}

// Returns a sentence about a list of groups: all groups, or those with the most `noun`.
function listed(groups, limit, {ledger, recent_seconds: recent}, noun) {
	return groups.length < limit ?
		`All groups with ${noun}, sorted by ${noun} in the last ${recent} seconds.` :
		`The ${limit} of ${formatCount(ledger.groups)} groups with the most ${noun} in the last ${recent} seconds, then in total.`;
}

function showPeers(summary) {
	const groups = summary.groups;

	setText($("peers-note"), groups.length === 0 ? "There are no retransmissions." :
		`${listed(groups, 20, summary, "retransmissions")} ` +
		"The ratio is segments retransmitted to segments sent. A retransmission was spurious if the peer had already received the segment.");
	$("peers-scroll").hidden = groups.length === 0;
	setText($("recent"), `Last ${summary.recent_seconds} seconds`);
	setRows($("peers").tBodies[0], groups.map(group => [
		JSON.stringify([group.labels, whys(group)]), () => peerHead(group, whyOf(group)), [
			[formatCount(group.recent_retransmitted), group.recent_retransmitted ? "n strong" : "n zero"],
			[formatCount(group.recent_sent), group.recent_sent ? "n wide" : "n wide zero"],
			[formatRatio(group.recent_retransmitted, group.recent_sent), "n"],
			[formatCount(group.retransmitted), "n wide"],
			[formatCount(group.sent), "n wide"],
			[formatRatio(group.retransmitted, group.sent), "n wide"],
			[formatRatio(group.spurious, group.retransmitted), group.spurious ? "n wide" : "n wide zero"],
			[formatSeconds(group.stall_seconds), group.stall_seconds ? "n wide" : "n wide zero"],
			[formatCount(group.timed_out), group.timed_out ? "n wide strong" : "n wide zero"],
		]]));
}

// Returns the row of one direction.
function resetRow(summary, direction) {
	const {history, resets: {host, other}} = summary;

	return [direction, () => rowHead(direction), countedCells(summary, RESETS[direction],
		growth(history, "all", "resets_" + direction), host[direction], other[direction])];
}

function resetsNote(summary) {
	const {groups, without_connection: strangers} = summary.resets;

	return (strangers === 0 ? "" :
		`${formatCount(strangers)} of the resets sent answered segments without a connection, such as those of a port scan. `) +
		(groups.length === 0 ? "No connection was reset." :
			listed(groups, 10, summary, "resets"));
}

function showResetRate(summary) {
	const [sent, received] = Object.keys(RESETS).map(direction =>
		lately(summary, growth(summary.history, "all", "resets_" + direction), 60));
	const rate = rateOf({n: sent.n + received.n, seconds: sent.seconds});

	setText($("reset-rate"), rate === null ? "–" : formatRate(rate));
	setText($("reset-rate-note"), rate === null ? waiting(summary) :
		`${formatCount(sent.n)} sent, ${formatCount(received.n)} received`);
}

function showResets(summary) {
	const groups = summary.resets.groups;

	showResetRate(summary);
	setRows($("resets").tBodies[0], Object.keys(RESETS).map(direction => resetRow(summary, direction)));
	setText($("resets-note"), resetsNote(summary));
	setText($("resets-recent"), `Last ${summary.recent_seconds} seconds`);
	$("resetting-scroll").hidden = groups.length === 0;
	setRows($("resetting").tBodies[0], groups.map(group => [
		JSON.stringify(group.labels), () => peerHead(group), [
			[formatCount(group.recent), group.recent ? "n strong" : "n zero"],
			[formatCount(group.sent), group.sent ? "n" : "n zero"],
			[formatCount(group.received), group.received ? "n" : "n zero"],
		]]));
}
