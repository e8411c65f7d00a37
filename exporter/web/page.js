// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// Asks for the summary (docs/api.md) every few seconds, while somebody looks, and shows it. What did
// not change stays as it is in the document, so that a selection or a reader's place is not lost.
const POLL_MS = 5000, PATIENCE_MS = 10000;
const MEANINGS = {
	fast: "duplicate ACKs, SACK or RACK showed a loss",
	probe: "a tail loss probe",
	slow_start: "after a timeout, what else was outstanding",
	timeout: "the retransmission timer ran out",
	syn: "a request to connect was not answered",
	synack: "an accepted handshake was not finished",
	unknown: "the socket counted it, no program saw why",
};
const LEDGER = [
	["deferred_segments", "Deferred segments", "wait in their sockets: the ring was full"],
	["unattributed_segments", "Unattributed segments", "their connection ended while the ring was full", true],
	["sent_unattributed_segments", "Sent, unattributed", "likewise", true],
	["deferrals", "Deferrals", "records that found the ring full"],
	["missed_invocations", "Missed invocations", "skipped by the kernel, made up for by the next"],
	["retransmit_failures", "Failed attempts", "refused by the host itself, not counted as segments"],
	["duplicate_events", "Duplicate events", "came again after a reconnection, not counted again"],
	["stream_gaps", "Gaps", "reconnections behind which events were missing", true],
	["overflow_records", "Records in “other”", "found no room for a series of their own", true],
	["evicted_segments", "Evicted segments", "of groups that were idle and removed"],
	["evicted_groups", "Evicted groups", "removed"],
];

const integers = new Intl.NumberFormat("en"), $ = id => document.getElementById(id);

function formatCount(n) {
	return n === null ? "–" : integers.format(n);
}

// Three digits or so, and as many behind the point for all of a size, so that they stand in line.
function formatRate(rate) {
	const digits = rate === 0 || rate >= 100 ? 0 : rate >= 10 ? 1 : 2;

	return rate.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

function formatRatio(part, whole) {
	return whole > 0 ? formatRate(100 * part / whole) + " %" : "–";
}

function formatBytes(n) {
	const unit = n === null ? 0 : Math.min(3, Math.floor(Math.log2(Math.max(1, n)) / 10));

	return n === null ? "–" : `${formatRate(n / 1024 ** unit)} ${["B", "KiB", "MiB", "GiB"][unit]}`;
}

function formatTime(seconds) {
	const when = seconds === null ? null : new Date(seconds * 1000);

	if (!when)
		return "–";
	const day = when.toLocaleDateString("sv"), today = new Date().toLocaleDateString("sv");

	return (day === today ? "" : day + " ") + when.toLocaleTimeString("en-GB");
}

function sum(values) {
	return values.reduce((a, b) => a + b, 0);
}

function element(name, className, ...children) {
	const made = document.createElement(name);

	if (className)
		made.className = className;
	made.append(...children);
	return made;
}

function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

// Makes the rows of `body` those of `rows`: [key, head(), cells], a cell being [text, class].
function setRows(body, rows) {
	rows.forEach(([key, head, cells], i) => {
		let row = body.rows[i];

		if (!row || row.dataset.key !== key) {
			const made = element("tr", "", head());

			made.dataset.key = key;
			row ? row.replaceWith(made) : body.append(made);
			row = made;
		}
		cells.forEach(([text, className], c) => {
			const cell = row.cells[c + 1] || row.appendChild(element("td"));

			cell.className = className || "";
			setText(cell, text);
		});
	});
	while (body.rows.length > rows.length)
		body.deleteRow(-1);
}

function rowHead(...children) {
	const head = element("th", "", ...children);

	head.scope = "row";
	return head;
}

// Of the samples of the last `seconds`: how many segments, in how long.
function lately({time: now, history}, values, seconds) {
	const time = history.time;
	let n = 0, took = 0;

	for (let i = values.length - 1; i >= 0 && now - time[i] < seconds + HISTORY_SECONDS; i--) {
		n += values[i];
		took += time[i + 1] - time[i];
	}
	return {n, seconds: took};
}

function rateOf({n, seconds}) {
	return seconds > 0 ? n / seconds : null;
}

function causeRow(summary, scope, cause) {
	const values = growth(summary.history, scope, cause);
	const rate = rateOf(lately(summary, values, 60));
	const {host, other} = summary.segments;

	return [cause, () => rowHead(swatch(cause), cause), [
		[MEANINGS[cause], "quiet wide"],
		[rate === null ? "–" : formatRate(rate), rate > 0 ? "n strong" : "n zero"],
		[formatCount(sum(values)), "n wide"],
		[formatCount(host[cause]), host[cause] ? "n" : "n zero"],
		[formatCount(other[cause]), other[cause] ? "n" : "n zero"],
	]];
}

function showCauses(summary, scope) {
	const {history, segments} = summary;
	const all = CAUSES.map(cause => growth(history, scope, cause));
	const total = all[0].map((_, i) => sum(all.map(values => values[i])));
	const rate = rateOf(lately(summary, total, 60));

	setRows($("causes").tBodies[0], CAUSES.map(cause => causeRow(summary, scope, cause)));
	setRows($("causes").tFoot, [["sum", () => rowHead("all"), [
		["", "wide"], [rate === null ? "–" : formatRate(rate), "n"],
		[formatCount(sum(total)), "n wide"],
		[formatCount(sum(Object.values(segments.host))), "n"],
		[formatCount(sum(Object.values(segments.other))), "n"]]]]);
}

// Why there is no rate.
function waiting({collector}) {
	return collector.up ? "the first samples are under way" : "no collector tells";
}

function showRate(summary) {
	const {history} = summary;
	const counts = CAUSES.map(cause => lately(summary, growth(history, "all", cause), 60));
	const n = sum(counts.map(count => count.n)), rate = rateOf({n, seconds: counts[0].seconds});
	const most = counts.reduce((best, count, c) => count.n > counts[best].n ? c : best, 0);
	const out = lately(summary, history.kernel_out_segments, 60);
	const retrans = lately(summary, history.kernel_retrans_segments, 60);

	setText($("rate"), rate === null ? "–" : formatRate(rate));
	setText($("rate-note"), rate === null ? waiting(summary) : n === 0 ? "nothing was lost" :
		`${formatCount(n)} segments, ${formatRatio(counts[most].n, n)} ${CAUSES[most]}`);
	setText($("ratio"), formatRatio(retrans.n, out.n));
	setText($("ratio-note"), out.n === 0 ? waiting(summary) :
		`${formatCount(retrans.n)} of ${formatCount(out.n)} segments, last minute`);
	document.title = rate === null ? "rexmit" : `${formatRate(rate)}/s – rexmit`;
}

// The two are not read at one instant: a difference counts when it stays.
function verdict(audit) {
	if (!audit)
		return ["unknown", "no collector tells RetransSegs"];
	const difference = audit.kernel - audit.counted;

	if (difference === 0 || audit.equal_seconds_ago <= 60)
		return ["✓ equal", `${formatCount(audit.counted)} segments since ${formatTime(audit.since)}`];
	return [`≠ ${formatCount(Math.abs(difference))} apart`,
		`the kernel counted ${difference > 0 ? "more" : "fewer"} since ${formatTime(audit.since)}`];
}

function showAudit(audit) {
	const [word, note] = verdict(audit);
	const plain = (key, text) => [key, () => rowHead(key), [[text, "n"]]];

	setText($("audit"), word);
	setText($("audit-note"), note);
	setRows($("audit-table").tBodies[0], [
		plain("Counted by rexmit", formatCount(audit && audit.counted)),
		plain("RetransSegs of the kernel", formatCount(audit && audit.kernel)),
		plain("Difference", formatCount(audit && audit.kernel - audit.counted)),
		plain("Both since", formatTime(audit && audit.since)),
	]);
	return word;
}

function showLedger(ledger) {
	const lost = (ledger.deferred_segments || 0) + ledger.unattributed_segments;

	setText($("lost"), formatCount(lost));
	setText($("lost-note"), lost === 0 ? "all have their peer" :
		ledger.deferred_segments > 0 ? `${formatCount(ledger.deferred_segments)} of them only waiting` :
			"their connections ended unreported");
	setRows($("ledger").tBodies[0], LEDGER.map(([key, name, what, warns]) =>
		[key, () => rowHead(name, element("small", "", what)),
			[[formatCount(ledger[key]), ledger[key] ? warns ? "n warn" : "n strong" : "n zero"]]]));
}

// An address with its port, if that is a service's.
function endpoint(labels, side) {
	const ip = labels[side + "_ip"] || "", port = labels[side + "_port"];

	if (port === undefined || port === "ephemeral" || ip === "other")
		return ip;
	return (ip.includes(":") ? `[${ip}]` : ip) + ":" + port;
}

// Labels that are no addresses, such as cgroup.
function otherLabels(labels) {
	return Object.entries(labels).filter(([name]) => !/^(src|dst)_|^ip_version$/.test(name))
		.map(([name, value]) => `${name} ${value}`);
}

// [cause, percent] of the two most frequent.
function whys(group) {
	return Object.entries(group.causes || {}).sort((a, b) => b[1] - a[1]).slice(0, 2)
		.map(([cause, n]) => [cause, Math.round(100 * n / group.retransmitted) || "< 1"]);
}

function peerHead(group) {
	const remote = endpoint(group.labels, "dst"), local = endpoint(group.labels, "src");
	const names = [remote, local && "from " + local, ...otherLabels(group.labels)].filter(Boolean);

	return rowHead(element("div", "peer",
		element("span", "remote", names[0] || "all connections"), " ",
		element("span", "quiet", names.slice(1).join(", ")), " ",
		element("span", "why", ...whys(group).map(([cause, percent]) =>
			element("span", "", swatch(cause), `${cause} ${percent} %`)))));
}

function showPeers(summary) {
	const groups = summary.groups;

	setText($("peers-note"), groups.length === 0 ? "No peer has been retransmitted to." :
		`The ${groups.length} that lost most in the last ${summary.recent_seconds} seconds, then ever. ` +
		"The ratio is of segments retransmitted to segments sent.");
	setText($("recent"), `Last ${summary.recent_seconds} seconds`);
	setRows($("peers").tBodies[0], groups.map(group => [
		JSON.stringify([group.labels, whys(group)]), () => peerHead(group), [
			[formatCount(group.recent_retransmitted), group.recent_retransmitted ? "n strong" : "n zero"],
			[formatCount(group.recent_sent), group.recent_sent ? "n wide" : "n wide zero"],
			[formatRatio(group.recent_retransmitted, group.recent_sent), "n"],
			[formatCount(group.retransmitted), "n wide"],
			[formatCount(group.sent), "n wide"],
			[formatRatio(group.retransmitted, group.sent), "n wide"],
		]]));
}

function showPrograms({collector, exporter, ledger}) {
	const table = (id, rows) => setRows($(id).tBodies[0],
		rows.map(([name, text]) => [name, () => rowHead(name), [[text, "n"]]]));

	table("collector", [
		["State", collector.state.replace(/^collector: /, "")],
		["Version", collector.version || "–"],
		["Counting since", formatTime(collector.attached_timestamp_seconds)],
		["Connections made, restarts", `${formatCount(collector.connects)}, ${formatCount(collector.restarts)}`],
		["Ring in use", `${formatBytes(collector.ring_used_bytes)} of ${formatBytes(collector.ring_size_bytes)}`],
		["Memory", formatBytes(collector.resident_memory_bytes)],
		["CPU time", `${formatRate(collector.cpu_seconds)} s`],
	]);
	table("exporter", [
		["Version", exporter.version],
		["Running since", formatTime(exporter.start_time_seconds)],
		["Series, of at most", `${formatCount(ledger.series)}, ${formatCount(ledger.series_limit)}`],
		["Memory", formatBytes(exporter.resident_memory_bytes)],
	]);
}

// Said aloud only when it changes.
function showState(text, good) {
	const state = $("state");

	state.dataset.state = good ? "good" : "bad";
	if (state.textContent !== text) {
		state.textContent = text;
		$("status").textContent = text;
	}
}

const plot = new Plot($("plot"), $("when"), $("readout"), formatRate);
let summary = null, timer = 0, paused = false;

function show() {
	const scope = document.querySelector("input[name=scope]:checked").value;

	plot.show(summary, scope);
	showCauses(summary, scope);
	showRate(summary);
	showLedger(summary.ledger);
	showPeers(summary);
	showPrograms(summary);
	const differs = showAudit(summary.audit).startsWith("≠");

	setText($("time"), formatTime(summary.time));
	$("time").dateTime = new Date(summary.time * 1000).toISOString();
	showState(!summary.collector.up ? "No collector" : differs ? "Audit differs" : "Counting",
		summary.collector.up && !differs);
}

// null if it does not answer.
async function fetchSummary() {
	try {
		const response = await fetch("api/v1/summary",
			{cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS)});

		return response.ok ? await response.json() : null;
	} catch {
		return null;
	}
}

async function poll() {
	clearTimeout(timer);
	const fetched = await fetchSummary();

	if (fetched) {
		summary = fetched;
		show();
	} else {
		showState("The exporter does not answer", false);
	}
	clearTimeout(timer);
	if (!paused && !document.hidden)
		timer = setTimeout(poll, POLL_MS);
}

$("host").textContent = location.host;
$("pause").addEventListener("click", () => {
	paused = !paused;
	$("pause").setAttribute("aria-pressed", String(paused));
	if (paused)
		clearTimeout(timer);
	else
		poll();
});
document.querySelectorAll("input[name=scope]").forEach(input =>
	input.addEventListener("change", () => summary && show()));
document.addEventListener("visibilitychange", () => document.hidden || paused || poll());
poll();
