# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Requests that the exporter must refuse, and the expected statuses."""

_LINE = b"GET /metrics HTTP/1.1\r\n"
_HOST = b"Host: localhost\r\n"
_END = b"\r\n"


def _line(line):
    return line + _HOST + _END


def _fields(lines):
    return _LINE + _HOST + lines + _END


REQUESTS = [
    # request line
    (_line(b"\r\n\r\n" + _LINE), 400),
    (_line(b"\n" + _LINE), 400),
    (_line(b" " + _LINE), 400),
    (b"GET /metrics\r\n\r\n", 400),
    (b"GET\r\n\r\n", 400),
    (_line(b"GET  /metrics HTTP/1.1\r\n"), 400),
    (_line(b"GET /metrics  HTTP/1.1\r\n"), 400),
    (_line(b"GET /metrics HTTP/1.1 \r\n"), 400),
    (_line(b"GET /metrics HTTP/1.1\n"), 400),
    (_line(b"GET /metrics HTTP/1.1\r"), 400),
    (_line(b"GET\t/metrics HTTP/1.1\r\n"), 400),
    (_line(b"GET /\0 HTTP/1.1\r\n"), 400),
    (_line(b"G@T /metrics HTTP/1.1\r\n"), 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (_line(b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n"), 414),
    # method
    (b"POST /metrics HTTP/1.1\r\n" + _HOST + b"Content-Length: 3\r\n\r\na=b", 405),
    (_line(b"get /metrics HTTP/1.1\r\n"), 405),
    (_line(b"CONNECT a:80 HTTP/1.1\r\n"), 405),
    # version
    (_line(b"GET /metrics http/1.1\r\n"), 400),
    (_line(b"GET /metrics HTTP/1.10\r\n"), 400),
    (_line(b"GET /metrics HTTP/1\r\n"), 400),
    (_line(b"GET /metrics HTTP/1.2\r\n"), 505),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    # target
    (_line(b"GET ftp://a/metrics HTTP/1.1\r\n"), 400),
    (_line(b"GET * HTTP/1.1\r\n"), 400),
    (_line(b"GET metrics HTTP/1.1\r\n"), 400),
    (_line(b"GET /metrics#a HTTP/1.1\r\n"), 400),
    (_line(b"GET /%zz HTTP/1.1\r\n"), 400),
    (_line(b"GET /metrics%4 HTTP/1.1\r\n"), 400),
    (_line(b"GET /no/such/path HTTP/1.1\r\n"), 404),
    # fields
    (_fields(b" folded\r\n"), 400),
    (_fields(b"X: a\r\n\tfolded\r\n"), 400),
    (_fields(b"X : a\r\n"), 400),
    (_fields(b": a\r\n"), 400),
    (_fields(b"X\r\n"), 400),
    (_fields(b"X: a\0b\r\n"), 400),
    (_fields(b"X: a\x0bb\r\n"), 400),
    (_fields(b"X: a\n"), 400),
    (_fields(b"X: a\rY: b\r\n"), 400),
    (_fields(b"X: " + b"a" * 40000 + b"\r\n"), 431),
    (_fields(b"X: a\r\n" * 8000), 431),
    # Host
    (_LINE + _END, 400),
    (_fields(_HOST), 400),
    (_LINE + b"Host: a/b\r\n" + _END, 400),
    (_LINE + b"Host: u@a\r\n" + _END, 400),
    (_LINE + b"Host: evil.example\r\n" + _END, 421),
    (_LINE + b"Host: localhost.evil.example:2112\r\n" + _END, 421),
    (_line(b"GET http://evil.example/metrics HTTP/1.1\r\n"), 421),
    # sites
    (_fields(b"Origin: http://localhost\r\nOrigin: http://localhost\r\n"), 400),
    (_fields(b"Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n"), 400),
    (_fields(b"Origin: null\r\n"), 403),
    # bodies
    (_fields(b"Content-Length: 5\r\n") + b"hello", 413),
    (_fields(b"Content-Length: +4\r\n"), 400),
    (_fields(b"Content-Length: -1\r\n"), 400),
    (_fields(b"Content-Length: 4 4\r\n"), 400),
    (_fields(b"Content-Length: 0x0\r\n"), 400),
    (_fields(b"Content-Length: 0, 0\r\n"), 400),
    (_fields(b"Content-Length:\r\n"), 400),
    (_fields(b"Content-Length: 0\r\nContent-Length: 0\r\n"), 400),
    (_fields(b"Content-Length: 0\r\nContent-Length: 40\r\n"), 400),
    (_fields(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 400),
    (_fields(b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 400),
    (_fields(b"Transfer-Encoding: identity\r\n"), 400),
]
