# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Checks the rules of WCAG 2.2 AA that a program can check.

The rules are about names, headings, tables, order of focus, contrast and reflow. If REXMIT_AXE is
the path of axe-core's axe.min.js (npm pack axe-core), the test also applies axe-core's rules.
"""
import os
from pathlib import Path

from lifetime import check

TAB = "\ue004"

# Finds each text whose contrast is too low (1.4.3), as [text, ratio, needed ratio]. All backgrounds
# have one colour.
FAINT = """
const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const parts = colour => colour.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = node => {
    for (; node; node = node.parentElement) {
        const [r, g, b, a = 1] = parts(getComputedStyle(node).backgroundColor);
        if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
};
const faint = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
    const element = node.parentElement, style = getComputedStyle(element);
    if (!node.data.trim() || !element.checkVisibility() || element.closest(".unseen, noscript")) continue;
    const [a, b] = [luminance(parts(style.color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
    const needed = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    if (ratio < needed) faint.push([node.data.trim(), ratio, needed]);
}
return faint;
"""
# Finds the contrast of each cause's colour, which must be 3 (1.4.11).
CAUSE_CONTRAST = """
const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = hex => [1, 3, 5].map(at => channel(parseInt(hex.slice(at, at + 2), 16)))
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
const ground = luminance(colour("ground"));
return CAUSES.map(cause => [cause, luminance(colour(cause))]).map(([cause, own]) =>
    [cause, (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05)]);
"""
FOCUSABLE = """
return [...document.querySelectorAll("a[href], button, input, [tabindex='0']")]
    .filter(e => e.checkVisibility() && (e.type !== "radio" || e.checked))
    .map(e => e.outerHTML.slice(0, 60));
"""
FOCUSED = """
const e = document.activeElement, style = getComputedStyle(e);
return [e.outerHTML.slice(0, 60), style.outlineStyle, parseFloat(style.outlineWidth)];
"""
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    .then(result => done(result.violations.map(v => [v.id, v.nodes.map(n => n.html)])));
"""


def _tree(browser):
    """Returns [(role, name, properties)] of what a screen reader receives."""
    nodes = browser.devtools("Accessibility.getFullAXTree")["nodes"]
    return [(node["role"]["value"], node.get("name", {}).get("value", ""),
             {p["name"]: p["value"].get("value") for p in node.get("properties", [])})
            for node in nodes if not node["ignored"]]


def check_names(browser):
    tree = _tree(browser)
    roles = [role for role, _, _ in tree]
    for role, name, properties in tree:
        if properties.get("focusable") and role != "RootWebArea" or role in ("table", "image"):
            check(name, f"a {role} has no name")
    for role in ("banner", "main", "contentinfo", "navigation", "status", "image"):
        check(roles.count(role) == 1, f"{roles.count(role)} of role {role}")
    levels = [properties["level"] for role, _, properties in tree if role == "heading"]
    check(levels[:1] == [1] and levels.count(1) == 1, f"levels of headings: {levels}")
    check(all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"levels of headings: {levels}")
    check(roles.count("rowheader") > 20 and roles.count("columnheader") > 5,
          "the tables have too few headers")
    check(browser.run("return document.documentElement.lang") == "en",
          "the page's language is not en")


def check_order(browser):
    """Tab must reach all controls in the order of the document, with visible focus."""
    wanted, visited = browser.run(FOCUSABLE), []
    for _ in range(len(wanted) + 1):
        browser.press(TAB)
        element, style, width = browser.run(FOCUSED)
        # After the last element, Tab visits the browser's own controls.
        if not element.startswith("<body"):
            visited.append(element)
            check(style != "none" and width >= 1, f"the focus is not visible on {element}")
    begin = wanted.index(visited[0])
    round_trip = wanted[begin:] + wanted[:begin]
    check(visited[:len(wanted)] == round_trip, f"order of focus: {visited}, expected {round_trip}")


def check_contrast(browser):
    faint = browser.run(FAINT)
    check(not faint, f"the contrast is too low: {faint}")
    for cause, ratio in browser.run(CAUSE_CONTRAST):
        check(ratio >= 3, f"the colour of {cause} has contrast {ratio:.2f}")


def check_reflow(browser):
    """At 320 pixels (400 % of a common screen) only tables scroll (1.4.10)."""
    have, room = browser.run("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
    check(have <= room, f"the page is {have} pixels wide, but the screen has {room}")


def check_axe(browser):
    path = os.environ.get("REXMIT_AXE")
    if path:
        # The page's policy forbids it to load this script.
        browser.devtools("Runtime.evaluate", expression=Path(path).read_text(encoding="utf-8"))
        violations = browser.run_async(AXE)
        check(not violations, f"axe: {violations}")
