# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Controls a headless Chromium through chromedriver.

It uses WebDriver (W3C) over HTTP, and the DevTools protocol through the extension goog/cdp.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from lifetime import Failure, check, on_exit, skip, stop, until

ARGUMENTS = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             # Only this host's address resolves, so the page's requests to other hosts fail.
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def need_chromium():
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            skip(f"no {program} command: run scripts/install-dependencies test")


class Chromium:
    def __init__(self):
        self._directory = tempfile.mkdtemp(prefix="rexmit-chromium-")
        on_exit(shutil.rmtree, self._directory, True)
        with open(f"{self._directory}/log", "w", encoding="utf-8") as log:
            self._driver = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", "chromedriver", "--port=0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "HOME": self._directory, "TMPDIR": self._directory})
        on_exit(stop, self._driver)
        self._base = f"http://127.0.0.1:{until('the port of chromedriver', self._port)}"
        # Chromium's sandbox needs namespaces, and does not work as root.
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        options = {"args": [*ARGUMENTS, *sandbox, f"--user-data-dir={self._directory}/profile"],
                   "binary": shutil.which("chromium")}
        self._session = ""
        session = self._call("POST", "/session", capabilities={"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}})
        self._session = f"/session/{session['sessionId']}"
        on_exit(self._call, "DELETE", "")

    def _port(self):
        check(self._driver.poll() is None, "chromedriver has ended")
        with open(f"{self._directory}/log", encoding="utf-8") as log:
            match = re.search(r"started successfully on port (\d+)", log.read())
        return match and int(match.group(1))

    def _call(self, method, path, **parameters):
        body = json.dumps(parameters).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + self._session + path, body, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise Failure(f"{path}: {value['error']}: {value['message'][:500]}") from None

    def open(self, url):
        self._call("POST", "/url", url=url)

    def run(self, script, *arguments):
        """Runs a script as the body of a function. Returns the function's value."""
        return self._call("POST", "/execute/sync", script=script, args=list(arguments))

    def run_async(self, script, *arguments):
        """Runs a script as the body of a function. Returns the value that it passes to its
        callback.
        """
        return self._call("POST", "/execute/async", script=script, args=list(arguments))

    def devtools(self, command, **parameters):
        return self._call("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def press(self, key):
        """Presses a key, as a user would. Tab is U+E004 (WebDriver, 17.4.2)."""
        self._call("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}])

    def log(self, kind):
        """Returns the new lines of the log "browser" or "performance"."""
        return self._call("POST", "/se/log", type=kind)

    def requests(self):
        """Returns the addresses of all requests since the previous call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]

    def screen(self, width, height, scale=1, mobile=False, scheme="light"):
        """Sets the size of the screen, and its preference for light or dark."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=scale, mobile=mobile)
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        # After two frames, the page has handled the new size.
        self.run_async("const done = arguments[0];"
                       "requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def screenshot(self, path, height=None):
        """Saves a picture of the page, from its top to its end or to the given height."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"],
                "scale": 1}
        png = self.devtools("Page.captureScreenshot", format="png", clip=clip,
                            captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(png))
