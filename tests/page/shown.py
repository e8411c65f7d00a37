# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Reads the page of an exporter in a browser as text."""
import contextlib
import re
import urllib.parse

import accessibility
from chromium import Chromium
from lifetime import check, until

# Returns [key of the row, [cells]] of a table's body or foot.
ROWS = """
return [...document.querySelectorAll(arguments[0] + " tr[data-key]")].map(row =>
    [row.dataset.key, [...row.cells].slice(1).map(cell => cell.textContent)]);
"""
FORMS = {
    "light": {"width": 1280, "height": 900},
    "dark": {"width": 1280, "height": 900, "scheme": "dark"},
    "phone": {"width": 390, "height": 844, "scale": 2, "mobile": True},
    "narrow": {"width": 320, "height": 640},
}
POLL = "const done = arguments[0]; poll().then(() => done(summary));"
TEXT = "return document.getElementById(arguments[0]).textContent"


def number(text):
    return float(re.sub("[^0-9.]", "", text))


class Shown:
    """An exporter's page in a browser. The constructor waits until the page shows `state`."""

    def __init__(self, exporter, state="Counting"):
        self.exporter = exporter
        self.base = f"http://127.0.0.1:{exporter.port}/"
        self.browser = Chromium()
        self.browser.open("about:blank")
        self.browser.requests()
        self.browser.screen(1280, 900)
        self.browser.open(self.base)
        until("the first summary", lambda: self.text("state") == state)

    def refresh(self):
        """Makes the page request a summary. Returns that summary when the page shows it."""
        return self.browser.run_async(POLL)

    @contextlib.contextmanager
    def paused(self):
        """Meanwhile the page requests no summary by itself, only for refresh()."""
        self.browser.run("document.getElementById('pause').click()")
        yield
        self.browser.run("document.getElementById('pause').click()")

    def text(self, name):
        return self.browser.run(TEXT, name)

    def rows(self, table):
        """Returns {key: [cells]} in the order of the table."""
        return dict(self.browser.run(ROWS, table))

    def until_announced(self, state):
        until(state, lambda: (self.refresh(), self.text("state"))[1] == state)
        check(self.text("status") == state, f"a screen reader receives {self.text('status')}")

    def check_forms(self, pictures=None, name="page"):
        """Checks accessibility on each form of screen. Saves pictures in the directory `pictures`.
        """
        for form, screen in FORMS.items():
            self.browser.screen(**screen)
            self.refresh()
            accessibility.check_names(self.browser)
            accessibility.check_contrast(self.browser)
            accessibility.check_reflow(self.browser)
            accessibility.check_axe(self.browser)
            if pictures:
                self.browser.screenshot(f"{pictures}/{name}-{form}.png")
        self.browser.screen(**FORMS["light"])
        accessibility.check_order(self.browser)

    def check_quiet(self):
        """Checks that the console is empty, and that the page contacted no other host.

        A violation of the page's policy would appear in the console.
        """
        messages = self.browser.log("browser")
        check(not messages, f"in the console: {messages}")
        requests = self.browser.requests()
        for url in requests:
            check(url.startswith(self.base), f"the page requested {url}")
        return {urllib.parse.urlsplit(url).path for url in requests}
