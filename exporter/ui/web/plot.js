// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// The causes, from the bottom of the plot to the top, and their textures. With textures, neighbouring
// causes differ even without colour. A texture consists of lines on a tile of 8 by 8 pixels.
const CAUSES = ["fast", "probe", "slow_start", "timeout", "syn", "synack", "unknown"];
const TEXTURES = {
	fast: [],
	probe: [[0, 4, 8, 4]],
	slow_start: [[0, 8, 8, 0], [-1, 1, 1, -1], [7, 9, 9, 7]],
	timeout: [[0, 0, 8, 8], [-1, 7, 1, 9], [7, -1, 9, 1]],
	syn: [[4, 0, 4, 8]],
	synack: [[0, 4, 8, 4], [4, 0, 4, 8]],
	unknown: [[0, 0, 8, 8], [0, 8, 8, 0]],
};
const compact = new Intl.NumberFormat("en", {notation: "compact"});
const HISTORY_SECONDS = 5, HISTORY_SLOTS = 120;

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

// Returns the pattern that fills the area of a cause.
function texture(cause) {
	const ratio = Math.max(1, Math.round(devicePixelRatio));
	const tile = document.createElement("canvas"), pen = tile.getContext("2d");

	tile.width = tile.height = 8 * ratio;
	pen.scale(ratio, ratio);
	pen.fillStyle = colour(cause);
	pen.fillRect(0, 0, 8, 8);
	pen.strokeStyle = colour("ground");
	pen.globalAlpha = 0.55;
	for (const [x0, y0, x1, y1] of TEXTURES[cause]) {
		pen.beginPath();
		pen.moveTo(x0, y0);
		pen.lineTo(x1, y1);
		pen.stroke();
	}
	return pen.createPattern(tile, "repeat");
}

// Returns a square with the pattern of a cause, for a table.
function swatch(cause) {
	const canvas = document.createElement("canvas");

	canvas.className = "swatch";
	canvas.dataset.cause = cause;
	canvas.setAttribute("aria-hidden", "true");
	paintSwatch(canvas);
	return canvas;
}

function paintSwatch(canvas) {
	const pen = canvas.getContext("2d");

	canvas.width = canvas.height = 16 * Math.max(1, Math.round(devicePixelRatio));
	pen.fillStyle = texture(canvas.dataset.cause);
	pen.fillRect(0, 0, canvas.width, canvas.height);
}

// Returns the segments of a cause in each interval of the history, for one scope or for all.
function growth(history, scope, cause) {
	if (scope !== "all")
		return history[scope][cause];
	return history.host[cause].map((n, i) => n + history.other[cause][i]);
}

// Returns rates on a grid of slots. If the newest sample is recent, the grid ends at this sample,
// otherwise now. The rate is null for slots without a connected collector.
function grid({time: now, history}, scope) {
	const time = history.time, newest = time[time.length - 1];
	const last = now - newest < 2 * HISTORY_SECONDS ? newest : now;
	const x = Array.from({length: HISTORY_SLOTS + 1},
		(_, slot) => last - (HISTORY_SLOTS - slot) * HISTORY_SECONDS);
	const rates = CAUSES.map(() => Array(HISTORY_SLOTS + 1).fill(null));

	CAUSES.forEach((cause, c) => growth(history, scope, cause).forEach((n, i) => {
		const slot = HISTORY_SLOTS - Math.round((last - time[i + 1]) / HISTORY_SECONDS);
		const seconds = time[i + 1] - time[i];

		// A longer interval means that no collector was connected.
		if (slot > 0 && seconds < 3 * HISTORY_SECONDS)
			rates[c][slot] = n / seconds;
	}));
	// uPlot draws an interval from its previous point. After a gap, the point gets the interval's value.
	for (const values of rates)
		for (let slot = 0; slot < HISTORY_SLOTS; slot++)
			if (values[slot] === null)
				values[slot] = values[slot + 1];
	return {x, rates};
}

// Returns stacked series. The first is the sum of all causes. It is at the top, and is drawn first.
function stacked(rates) {
	const sums = rates.map((values, c) => values.map((value, slot) => value === null ? null :
		rates.slice(0, c + 1).reduce((sum, below) => sum + below[slot], 0)));

	return sums.reverse();
}

// `when` is a slider over the slots. It shows the values of a slot to users of a keyboard or a screen
// reader. Other users point at the plot.
class Plot {
	constructor(element, when, readout, formatRate) {
		this.element = element;
		this.when = when;
		this.readout = readout;
		this.formatRate = formatRate;
		when.addEventListener("input", () => this.point(Number(when.value)));
		new ResizeObserver(() => this.resize()).observe(element);
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
	}

	size() {
		return {width: this.element.clientWidth, height: this.element.clientHeight};
	}

	resize() {
		if (this.uplot)
			this.uplot.setSize(this.size());
	}

	repaint() {
		if (this.uplot)
			this.uplot.destroy();
		this.uplot = null;
		document.querySelectorAll("canvas.swatch").forEach(paintSwatch);
		if (this.summary)
			this.show(this.summary, this.scope);
	}

	show(summary, scope) {
		this.summary = summary;
		this.scope = scope;
		const {x, rates} = grid(summary, scope);

		this.x = x;
		this.rates = rates;
		if (this.uplot)
			this.uplot.setData([x, ...stacked(rates)]);
		else
			this.uplot = new uPlot(this.options(), [x, ...stacked(rates)], this.element);
		this.read(this.uplot.cursor.idx);
	}

	point(slot) {
		if (this.uplot)
			this.uplot.setCursor({left: this.uplot.valToPos(this.x[slot], "x"), top: 0});
	}

	axis(more) {
		return {
			stroke: colour("quiet"), font: "12px system-ui, sans-serif",
			grid: {stroke: colour("line"), width: 1}, ticks: {show: false}, ...more,
		};
	}

	// Returns a rate as text for the axis, which has room for five digits.
	tick(rate) {
		return rate < 100000 ? this.formatRate(rate) : compact.format(rate);
	}

	options() {
		const series = CAUSES.map(cause => ({
			fill: texture(cause), stroke: colour(cause), width: 1,
			paths: uPlot.paths.stepped({align: -1}), points: {show: false},
		})).reverse();

		return {
			...this.size(),
			padding: [8, 14, 0, 0],
			legend: {show: false},
			cursor: {y: false, points: {show: false}, drag: {x: false, y: false}},
			scales: {y: {range: (_, min, max) => [0, max > 0 ? max * 1.1 : 1]}},
			axes: [
				this.axis({values: "{HH}:{mm}", space: 60, size: 28}),
				this.axis({values: (_, splits) => splits.map(n => this.tick(n)), size: 52}),
			],
			series: [{}, ...series],
			hooks: {setCursor: [uplot => this.read(uplot.cursor.idx)]},
		};
	}

	// Shows the values of the slot `pointed` or, if it is null, of the slider's slot.
	read(pointed) {
		const slot = pointed ?? Number(this.when.value), known = this.rates[0][slot] !== null;
		const time = new Date(this.x[slot] * 1000).toLocaleTimeString("en-GB");
		const parts = CAUSES.map((cause, c) => [cause, this.rates[c][slot]])
			.filter(([, rate]) => rate > 0).map(([cause, rate]) => `${cause} ${this.formatRate(rate)}`);
		const text = `${time}: ` +
			(known ? parts.join(", ") || "no retransmissions" : "no sample");

		this.when.value = slot;
		this.when.setAttribute("aria-valuetext", text);
		this.readout.textContent = text;
	}
}
