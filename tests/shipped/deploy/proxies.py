#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Debian's proxies serve the page below a prefix, with the lines of docs/reverse-proxy.md.

A proxy that is not installed is not tested.
"""
import os
import re
import shutil
import socket
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from lifetime import check, run_test, skip, until
from pipeline import Exporter, Program, private_directory

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/reverse-proxy.md"
NGINX = """
daemon off; master_process off; pid {directory}/pid; error_log stderr;
events {{ }}
http {{
    access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""
APACHE = """
ServerRoot {directory}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {directory}/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
{lines}
"""
HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
{lines}
"""
# (name in the document, program, text around its lines, arguments)
PROXIES = [("nginx", "nginx", NGINX, ["-c", "{file}"]),
           ("apache", "apache2", APACHE, ["-X", "-f", "{file}"]),
           ("haproxy", "haproxy", HAPROXY, ["-db", "-f", "{file}"])]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def lines_of(name):
    return re.search(rf"```{name}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S).group(1)


def get(url):
    """Returns (final URL, body). Follows redirects, as a browser does."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.geturl(), answer.read().decode()
    except urllib.error.HTTPError as error:
        return check(False, f"{url}: {error}")


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
    return True


def start(name, program, frame, words, exporter_port):
    """Starts a proxy. Returns its base URL."""
    directory, port = private_directory(), free_port()
    os.chmod(directory, 0o755)
    lines = lines_of(name).replace("127.0.0.1:2112", f"127.0.0.1:{exporter_port}")
    lines = lines.replace("bind :8080", f"bind 127.0.0.1:{port}")
    file = f"{directory}/proxy.conf"
    Path(file).write_text(frame.format(directory=directory, port=port, lines=lines))
    proxy = Program([program, *(word.format(file=file) for word in words)], directory)
    until(f"{name} to answer", lambda: proxy.running() and answers(f"http://127.0.0.1:{port}/rexmit/"))
    return f"http://127.0.0.1:{port}"


def check_proxy(name, base):
    url, page = get(f"{base}/rexmit")
    check(url == f"{base}/rexmit/", f"{name}: /rexmit leads to {url}")
    # /readyz answers 503 here, because there is no collector.
    files = [path for path in re.findall(r'(?:src|href)="([^"#]+)"', page) if path != "readyz"]
    check(len(files) > 4, f"{name}: the page names only {files}")
    for path in files + ["metrics", "healthz", "api/v1/summary"]:
        found, _ = get(urllib.parse.urljoin(url, path))
        check(found.startswith(f"{base}/rexmit/"), f"{name}: {path} is at {found}")
    check("rexmit_build_info" in get(f"{base}/rexmit/metrics")[1], f"{name}: no metrics")
    print(f"{name}: {len(files)} files of the page", flush=True)


def main():
    installed = [proxy for proxy in PROXIES if shutil.which(proxy[1], path="/usr/sbin:/usr/bin")]
    if not installed:
        skip("none of nginx, apache2 and haproxy")
    exporter = Exporter(private_directory()).wait()
    for proxy in installed:
        check_proxy(proxy[0], start(*proxy, exporter.port))
    exporter.stop()


run_test(main)
