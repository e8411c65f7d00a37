// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// While the page is visible, it fetches and shows the summary (docs/api.md) every few seconds. It keeps
// nodes that do not change, because a new node would lose a selection or the position of a screen reader.
const POLL_MS = 5000, PATIENCE_MS = 10000;
const MEANINGS = {
	fast: "duplicate ACKs, SACK or RACK indicated a loss",
	probe: "a tail loss probe",
	slow_start: "other outstanding segments, after a timeout",
	timeout: "the retransmission timer expired",
	syn: "a connection request was not answered",
	synack: "the client did not complete the handshake",
	unknown: "counted by the socket, but no BPF program saw the cause",
};
const LEDGER = [
	["deferred_segments", "Deferred segments", "not reported yet, because the ring was full"],
	["unattributed_segments", "Unattributed segments", "their peer is unknown, because the ring was full or their record was invalid", true],
	["sent_unattributed_segments", "Sent, unattributed", "segments sent that no record reported, because the ring was more than half full or the record was invalid", true],
	["unattributed_resets", "Resets, unattributed", "resets that no record reported, because the ring was more than half full or the record was invalid", true],
	["deferrals", "Deferrals", "segments that were deferred, each counted once"],
	["missed_invocations", "Missed invocations", "calls of a BPF program that the kernel skipped; the next event of the connection usually reports the segments"],
	["retransmit_failures", "Failed attempts", "retransmissions that the host refused, not counted as segments"],
	["duplicate_events", "Duplicate events", "received again after a reconnect, and skipped"],
	["stream_gaps", "Gaps", "reconnects after which events were missing", true],
	["overflow_records", "Records in “other”", "records for which the table had no room", true],
	["ignored_segments", "Ignored segments", "retransmitted to networks of --ignore"],
	["evicted_segments", "Evicted segments", "retransmitted by groups that were evicted"],
	["evicted_groups", "Evicted groups", "removed because they were idle, or to make room"],
];

// Returns the sum over the samples of the last `seconds`, and the time that these samples cover.
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

// Returns the cells of a row: the history and the counters of a cause, or of a direction of resets.
function countedCells(summary, what, values, host, other) {
	const rate = rateOf(lately(summary, values, 60));

	return [
		[what, "quiet wide"],
		[rate === null ? "–" : formatRate(rate), rate > 0 ? "n strong" : "n zero"],
		[formatCount(sum(values)), sum(values) ? "n wide" : "n wide zero"],
		[formatCount(host), host ? "n" : "n zero"],
		[formatCount(other), other ? "n" : "n zero"],
	];
}

function causeRow(summary, scope, cause) {
	const {history, segments: {host, other}} = summary;

	return [cause, () => rowHead(swatch(cause), cause),
		countedCells(summary, MEANINGS[cause], growth(history, scope, cause), host[cause], other[cause])];
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

// Returns the reason why there is no rate.
function waiting({collector}) {
	return collector.up ? "waiting for the first samples" : "no collector connected";
}

function ratioNote(summary, retrans, out) {
	if (out.seconds === 0)
		return waiting(summary);
	if (out.n > 0)
		return `${formatCount(retrans.n)} of ${formatCount(out.n)} segments`;
	if (!summary.audit)
		return "OutSegs is not known";
	// OutSegs does not count retransmissions.
	return retrans.n === 0 ? "nothing was sent" : `${formatCount(retrans.n)} retransmitted, nothing else sent`;
}

function showRate(summary) {
	const {history} = summary;
	const counts = CAUSES.map(cause => lately(summary, growth(history, "all", cause), 60));
	const n = sum(counts.map(count => count.n)), rate = rateOf({n, seconds: counts[0].seconds});
	const most = counts.reduce((best, count, c) => count.n > counts[best].n ? c : best, 0);
	const out = lately(summary, history.kernel_out_segments, 60);
	const retrans = lately(summary, history.kernel_retrans_segments, 60);

	setText($("rate"), rate === null ? "–" : formatRate(rate));
	setText($("rate-note"), rate === null ? waiting(summary) : n === 0 ? "no retransmissions" :
		`${formatCount(n)} segments, ${formatRatio(counts[most].n, n)} ${CAUSES[most]}`);
	setText($("ratio"), formatRatio(retrans.n, out.n));
	setText($("ratio-note"), ratioNote(summary, retrans, out));
	document.title = rate === null ? "rexmit" : `${formatRate(rate)}/s – rexmit`;
}

// A difference must last for a minute, because the collector reads one count after the other.
function verdict(audit) {
	if (!audit)
		return ["unknown", "RetransSegs is not known"];
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
		plain("Compared since", formatTime(audit && audit.since)),
	]);
}

function showLedger({ledger, resets}) {
	const values = {...ledger, unattributed_resets: resets.unattributed};
	const lost = (ledger.deferred_segments || 0) + ledger.unattributed_segments;

	setText($("lost"), formatCount(lost));
	setText($("lost-note"), lost === 0 ? "all are attributed" :
		ledger.deferred_segments > 0 ? `${formatCount(ledger.deferred_segments)} of them deferred` :
			"their peer is unknown, because the ring was full or their record was invalid");
	setRows($("ledger").tBodies[0], LEDGER.map(([key, name, what, warns]) =>
		[key, () => rowHead(name, element("small", "", what)),
			[[formatCount(values[key]), values[key] ? warns ? "n warn" : "n strong" : "n zero"]]]));
}

function collectorState({collector}) {
	return collector.state.replace(/^collector: /, "");
}

function showPrograms({collector, exporter, ledger}) {
	const table = (id, rows) => setRows($(id).tBodies[0],
		rows.map(([name, text]) => [name, () => rowHead(name), [[text, "n"]]]));

	table("collector", [
		["State", collectorState({collector})],
		["Version", collector.version || "–"],
		["Counting since", formatTime(collector.attached_timestamp_seconds)],
		["Connections made, restarts", `${formatCount(collector.connects)}, ${formatCount(collector.restarts)}`],
		["Ring in use", `${formatBytes(collector.ring_used_bytes)} of ${formatBytes(collector.ring_size_bytes)}`],
		["Memory", formatBytes(collector.resident_memory_bytes)],
		["CPU time", collector.cpu_seconds === null ? "–" : `${formatRate(collector.cpu_seconds)} s`],
	]);
	table("exporter", [
		["Version", exporter.version],
		["Running since", formatTime(exporter.start_time_seconds)],
		["Series, limit", `${formatCount(ledger.series)}, ${formatCount(ledger.series_limit)}`],
		["Memory", formatBytes(exporter.resident_memory_bytes)],
	]);
}

// Shows the state `text`. A screen reader announces a new state. `trouble` explains a bad state.
function showState(text, good, trouble = "") {
	const state = $("state");

	$("trouble").hidden = trouble === "";
	setText($("trouble"), trouble);
	state.dataset.state = good ? "good" : "bad";
	if (state.textContent !== text) {
		state.textContent = text;
		$("status").textContent = text;
	}
}

const plot = new Plot($("plot"), $("when"), $("readout"), formatRate);
let summary = null, loadedFrom = "", timer = 0, paused = false;

function show(summary) {
	const scope = document.querySelector("input[name=scope]:checked").value;

	plot.show(summary, scope);
	showCauses(summary, scope);
	showRate(summary);
	showLedger(summary);
	showConsequences(summary);
	showPeers(summary);
	showResets(summary);
	showPrograms(summary);
	showAudit(summary.audit);
	setText($("time"), formatTime(summary.time));
	$("time").dateTime = new Date(summary.time * 1000).toISOString();
}

function showHealth(summary) {
	const differs = verdict(summary.audit)[0].startsWith("≠");

	document.body.classList.remove("stale");
	if (summary.collector.up)
		showState(differs ? "Audit differs" : "Counting", !differs);
	else
		showState("No collector", false, `The exporter is not connected to a collector: ${collectorState(summary)}. ` +
			"Until it is, no count below grows. Check “systemctl status rexmit-collector”.");
}

// Returns the summary, or a text with the reason why there is none.
async function fetchSummary() {
	try {
		const response = await fetch("api/v1/summary",
			{cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS)});

		return response.ok ? await response.json() : `The exporter returned status ${response.status}`;
	} catch {
		return "The exporter does not answer";
	}
}

// Marks the numbers on the page as old.
function showFailure(words) {
	document.body.classList.add("stale");
	document.title = "No answer – rexmit";
	showState(words, false, summary ? `The numbers below are from ${formatTime(summary.time)}. ` +
		`The page retries every ${POLL_MS / 1000} seconds unless it is paused.` : "");
}

function showFetched(fetched) {
	const {version} = fetched.exporter;

	// Another version of the exporter may have another page.
	if ((loadedFrom ||= version) !== version)
		location.reload();
	show(fetched);
	showHealth(fetched);
	summary = fetched;
}

async function poll() {
	clearTimeout(timer);
	const fetched = await fetchSummary();

	try {
		typeof fetched === "string" ? showFailure(fetched) : showFetched(fetched);
	} catch (error) {
		console.error(error);
		showFailure("The exporter’s answer cannot be shown");
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
	input.addEventListener("change", () => summary && show(summary)));
document.addEventListener("visibilitychange", () => document.hidden || paused || poll());
poll();
