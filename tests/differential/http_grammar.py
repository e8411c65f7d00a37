# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes random HTTP requests: valid requests in which unusual pieces replace a few usual ones."""

METHODS = (b"GET", b"GET", b"GET", b"HEAD", b"OPTIONS", b"POST", b"get", b"G(T", b"PRI", b"")
TARGETS = (b"/metrics", b"/", b"/metrics?name=x", b"/a%20b", b"/a%2", b"/%zz", b"*", b"http://h:1/p",
           b"http://h", b"HTTPS://h/?q", b"http://h?q", b"http:///p", b"//h/p", b"/?a=[b]{c}|^`\\",
           b"/a[b]", b"/a#b", b"/\"<>", b"/\xc3\xa9", b"http://u@h/p", b"h:80", b"?x", b"",
           b"http://[::1]:9/p", b"http://[::1/p", b"ftp://h/p", b"/?", b"/??", b"/a;b,c=d&e", b"/%00")
VERSIONS = (b"HTTP/1.1",) * 6 + (b"HTTP/1.0", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9",
                                 b"http/1.1", b"HTTP/1.10", b"HTTP/11", b"HTTP/1.", b"")
HOSTS = (b"h", b"h:80", b"", b"h:", b"127.0.0.1:9", b"[::1]", b"[::1]:80", b"[::1", b"h:8x", b"a b",
         b"h,i", b"a%20b", b"a%2", b"h/p", b"u@h", b"\xc3\xa9", b"[v1.a]", b"h|i", b"[fe80::1%25a]")
NAMES = (b"Host", b"host", b"Connection", b"Accept", b"Accept-Encoding", b"Authorization",
         b"Content-Length", b"Transfer-Encoding", b"X-Y", b"Expect", b"X Y", b"Host ", b"", b"X\x00",
         b"X(", b"\xc3\xa9", b"X-Prometheus-Scrape-Timeout-Seconds", b"Pragma", b"Cookie")
VALUES = (b"", b"0", b"1", b"00", b"+0", b"0,0", b"0x0", b"18446744073709551616", b"close",
          b"keep-alive", b"Keep-Alive, close", b"upgrade", b"chunked", b"identity", b"gzip", b"*/*",
          b"text/plain;q=0.5", b"a\tb", b"a\x00b", b"a\x7fb", b"a\x01b", b"\xff\xfe", b"a\rb", b"Basic eA==",
          b"100-continue", b"close\t", b" ,close,", b"5.5")
ENDS = (b"\r\n",) * 200 + (b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\r\n\r\n")
LAST = (b"\r\n",) * 30 + (b"", b"\n", b"\r", b"\r\r\n", b" \r\n", b"\r\n\r\n", b"\n\n",
                          b"X: y\r\n\r\n")
BLANKS = (b" ",) * 150 + (b"", b"\t", b"  ", b"\x0b")


def usual(choice, values, first=3):
    """Returns one of the first values in most cases. The first `first` values are valid."""
    return choice.choice(values[:first] if choice.random() < 0.8 else values)


def field(choice):
    name = usual(choice, NAMES, 10)
    values = HOSTS if name.lower().startswith(b"host") else VALUES
    return (name + choice.choice((b":",) * 60 + (b" :", b"", b"::")) + choice.choice(BLANKS) +
            choice.choice(values) + choice.choice((b"",) * 9 + (b" ", b"\t ")))


def request(choice):
    """Returns a request. In most cases it ends with an empty line."""
    line = (usual(choice, METHODS, 5) + choice.choice(BLANKS) + usual(choice, TARGETS) +
            choice.choice(BLANKS) + usual(choice, VERSIONS, 7))
    lines = [line]
    if choice.random() < 0.9:
        lines.append(b"Host: " + usual(choice, HOSTS))
    lines += [field(choice) for _ in range(choice.choice((0, 0, 1, 1, 2, 3)))]
    if choice.random() < 0.3:
        lines[1:] = choice.sample(lines[1:], len(lines) - 1)
    text = b"".join(part + choice.choice(ENDS) for part in lines)
    if choice.random() < 0.03:
        text = choice.choice((b"\r\n", b"\n", b" ", b"\r\n\r\n", b"\0")) + text
    if choice.random() < 0.1:
        text = bytearray(text)
        text[choice.randrange(len(text))] = choice.choice((0, 9, 10, 13, 32, 58, 127, 128, 255,
                                                           choice.randrange(256)))
    return bytes(text) + choice.choice(LAST)


def marker(number):
    """Returns a valid request that differs from all others. It follows a request."""
    return b"GET /marker-%d HTTP/1.1\r\nHost: h\r\n\r\n" % number
