#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The request readers of rexmit and of Go's net/http must agree about random requests.

A marker follows each request on the connection. Both readers must find it, or both must not. So a
request that ends too early or too late for one of them is a difference.

EXPLAINED lists the requests that only one of them may accept, each with a property of the bytes and a
reason. If both accept a request, compare_accepted() allows two differences. Any other difference fails
the test. So does an entry that is never used. A list that explains more requests than both readers
accept is too broad, and fails, too.
"""
import os
import re
import struct
import subprocess
from collections import Counter

import http_grammar
from fuzzing import Failure, fuzz
from lifetime import skip

OURS = os.environ.get("REXMIT_REQUEST_PEER", "build/tests/differential/request-peer")
GO = os.environ.get("REXMIT_REQUEST_PEER_GO", "build/tests/differential/request-peer-go")
REQUESTS = 500  # in each case
# How a connection continues after a request that both readers accept
NEXT = {"none": "closed", "refused": "next refused"}

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
ENCODED = rb"%[0-9A-Fa-f]{2}"
HOST = rb"(?:[0-9A-Za-z._~!$&'()*+,;=-]|" + ENCODED + rb")*"
AUTHORITY = rb"(?:\[[0-9A-Fa-f:.]{2,}\]|" + HOST + rb")(?::[0-9]*)?"
PATH = rb"(?:[0-9A-Za-z._~!$&'()*+,;=:@/-]|" + ENCODED + rb")*"
QUERY = rb"[0-9A-Za-z._~!$&'()*+,;=:@/?\[\]{}\\^`|%-]*"
ORIGIN = rb"/" + PATH + rb"(?:\?" + QUERY + rb")?"
ABSOLUTE = (rb"(?i:https?)://(?=[^/?:])" + AUTHORITY + rb"(?:/" + PATH + rb")?(?:\?" + QUERY + rb")?")


class Request:
    """The parts of a request that EXPLAINED reads. This class splits the request and checks
    nothing."""

    def __init__(self, data):
        self.data = data
        rest = data.removeprefix(b"\r\n")
        self.head = rest.split(b"\r\n\r\n", 1)[0]
        self.size = len(data) - len(rest) + len(self.head + b"\r\n\r\n")  # RFC 9112 2.1
        lines = self.head.split(b"\r\n")
        words = lines[0].split(b" ")
        self.method, self.target, self.version = words if len(words) == 3 else (b"", b"", b"")
        self.fields = [line.partition(b":")[::2] for line in lines[1:]]

    def values(self, name):
        return [value.strip(b" \t") for have, value in self.fields if have.lower() == name]


def bad_target(r):
    forms = (ORIGIN, ABSOLUTE) + ((rb"\*",) if r.method == b"OPTIONS" else ())
    return not any(re.fullmatch(form, r.target) for form in forms)


def bad_host(r):
    return any(not re.fullmatch(AUTHORITY, value) for value in r.values(b"host"))


# (name, rexmit's status, property, reason). The first matching entry counts.
EXPLAINED = (
    ("method", 405, lambda r: r.method not in (b"GET", b"HEAD", b"OPTIONS"),
     "Go leaves methods to the handler"),
    ("version", 505, lambda r: r.version not in (b"HTTP/1.0", b"HTTP/1.1"),
     "Go accepts every HTTP/1.x, and the preface of HTTP/2"),
    ("body", 413, lambda r: any(v.strip(b"0") for v in r.values(b"content-length")),
     "rexmit refuses bodies"),
    ("content length", 400, lambda r: r.values(b"content-length") not in ([], [b"0"]),
     "Go accepts leading zeros, an empty value, and the same value twice (RFC 9112 6.3 allows it)"),
    ("transfer encoding", 400, lambda r: r.values(b"transfer-encoding"),
     "rexmit refuses bodies; Go accepts chunked, and ignores the field in HTTP/1.0"),
    ("bare line feed", 400, lambda r: b"\n" in r.head.replace(b"\r\n", b""),
     "RFC 9112 2.2 allows lines without CR; rexmit refuses them"),
    ("folded line", 400, lambda r: any(name[:1] in (b" ", b"\t") for name, _ in r.fields),
     "RFC 9112 5.2 allows a server to unfold lines; rexmit refuses them"),
    ("empty name", 400, lambda r: any(name == b"" for name, _ in r.fields),
     "Go skips a field without a name, which RFC 9110 5.1 forbids"),
    ("authorization", 400, lambda r: len(r.values(b"authorization")) > 1,
     "Go uses the first; rexmit refuses, because a proxy may have checked the other"),
    ("expectation", 200, lambda r: r.values(b"expect") not in ([], [b"100-continue"]),
     "Go answers 417 to unknown expectations; RFC 9110 10.1.1 also allows ignoring them"),
    ("empty line", 200, lambda r: r.data.startswith(b"\r\n"),
     "RFC 9112 2.2: a server should ignore an empty line before the request; Go refuses it"),
    ("target", 400, bad_target, "Go accepts targets that RFC 3986 forbids"),
    ("host", 400, bad_host, "Go checks only the characters of Host"),
)


def bad_connection(r):
    """Go finds "close" between blanks, although RFC 9110 7.6.1 separates options by commas.

    In HTTP/1.0 Go prefers "keep-alive" to "close", and reads only the first field. RFC 9112 9.3 and
    RFC 9110 5.3 require the opposite.
    """
    options = [option.strip(b" \t") for value in r.values(b"connection")
               for option in value.split(b",")]
    return any(option and not re.fullmatch(TOKEN, option) for option in options) or (
        r.version == b"HTTP/1.0" and (len(r.values(b"connection")) > 1 or
                                      {b"close", b"keep-alive"} <= {o.lower() for o in options}))


def empty_line_follows(r):
    """RFC 9112 2.2, as above. Go ignores an empty line only after POST."""
    return r.data[r.size:].startswith(b"\r\n")


def explanation(data, status):
    r = Request(data)
    for name, answer, applies, _ in EXPLAINED:
        if status == answer and applies(r):
            return name
    return None


def ask(program, requests):
    asked = b"".join(struct.pack("=I", len(data)) + data for data in requests)
    done = subprocess.run([program], input=asked, capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{program}: status {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode().splitlines()


def meaning(line):
    return dict(word.split("=", 1) for word in line.split()[1:])


def without_port(host):
    return re.sub(rb":[0-9]*$", b"", bytes.fromhex(host)).hex()


def compare(data, ours, go):
    """Returns the kind of this answer. Fails if the readers disagree without an explanation."""
    status, accepted = int(ours.split()[0]), int(go.split()[0]) == 200
    if status == 0:
        raise Failure(f"rexmit waits for more after an empty line: {data}")
    mine, size = meaning(ours), Request(data).size
    if status == 200 and int(mine.pop("size")) != size:
        raise Failure(f"rexmit: {ours}; the request has {size} bytes: {data}")
    if (status == 200) != accepted:
        kind = explanation(data, status)
        if not kind:
            raise Failure(f"rexmit: {ours}; Go: {go}; request: {data}")
        return f"explained: {kind}"
    return compare_accepted(data, mine, meaning(go)) if accepted else "refused by both"


def compare_accepted(data, mine, theirs):
    names = ("keep_alive", "next")
    if "path" in theirs:  # Go itself answers "OPTIONS *"
        names = mine
        theirs["host"] = without_port(theirs["host"])
        theirs["path"] = theirs["path"] or b"/".hex()  # RFC 9110 4.2.3: an empty path equals "/"
    different = {name for name in names if mine[name] != theirs.get(name)}
    if different == {"keep_alive", "next"} and bad_connection(Request(data)):
        return "explained: connection"
    if different == {"next"} and theirs["next"] == "refused" and empty_line_follows(Request(data)):
        return "explained: empty line before the next request"
    if different:
        raise Failure(f"rexmit reads {mine}, Go {theirs}: {data}")
    return f"accepted by both, {NEXT.get(mine['next'], 'next accepted')}"


def run_case(choice):
    requests = [http_grammar.request(choice) + http_grammar.marker(number)
                for number in range(REQUESTS)]
    answers = zip(requests, ask(OURS, requests), ask(GO, requests), strict=True)
    return Counter(compare(*answer) for answer in answers)


def check_list(total):
    explained = sum(count for kind, count in total.items() if kind.startswith("explained"))
    accepted = sum(count for kind, count in total.items() if kind.startswith("accepted by both"))
    if explained > accepted:
        raise Failure(f"the list explains {explained} requests, more than both readers accept")


if __name__ == "__main__":
    if not os.path.exists(GO):
        skip("meson found no Go compiler")
    fuzz(__doc__, run_case, ("refused by both", "accepted by both, closed",
                             "accepted by both, next accepted", "accepted by both, next refused",
                             "explained: connection",
                             "explained: empty line before the next request",
                             *(f"explained: {name}" for name, *_ in EXPLAINED)), check_list)
