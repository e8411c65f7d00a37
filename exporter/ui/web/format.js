// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 The rexmit authors
"use strict";

// Numbers as text, and texts as rows of tables.
const integers = new Intl.NumberFormat("en"), $ = id => document.getElementById(id);

function formatCount(n) {
	return n === null ? "–" : integers.format(n);
}

// Returns a rate with about three digits. Rates of similar size have the same number of decimals.
function formatRate(rate) {
	const digits = rate === 0 || rate >= 100 ? 0 : rate >= 10 ? 1 : 2;

	return rate.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

function formatRatio(part, whole) {
	const percent = 100 * part / whole;

	return !(whole > 0) ? "–" : percent > 0 && percent < 0.005 ? "< 0.01 %" : formatRate(percent) + " %";
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

// Shows `rows` in `body`. A row is [key, head(), cells], and a cell is [text, class]. Rows with the
// same key as before keep their nodes.
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
