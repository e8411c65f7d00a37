# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""Makes random paths of cgroups, and computes the labels that docs/metrics.md requires for them."""
import re

# docs/metrics.md names terminal controls, line separators, and characters that change the text
# direction.
CONTROLS = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x61C, 0x200E, 0x200F,
            *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
PIECES = ("a", "b.service", '"', "\\", "\\n", "n", "{", "}", ",", "=", '="', '",x="', " ", " # {", "# EOF",
          "/", "/", "ä", "€", "😀", "\u2028", "\u202e", "\u0085", "\x7f", "\x1b[0m", "\t", "\r", "\u00a0",
          "\ufeff", "\ufffe", "\\\\", "%", "'", "$1", ".slice/", ".scope", "/_")
RAW = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\x80")
# {pod} and {container} are the ids; {slice} is the pod's id in the name of a slice.
WORKLOADS = ("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{slice}.slice/"
             "cri-containerd-{container}.scope",
             "/kubepods.slice/kubepods-pod{slice}.slice/crio-{container}.scope/container",
             "/kubepods/besteffort/pod{pod}/{container}", "/kubepods/burstable/pod{pod}",
             "/system.slice/docker-{container}.scope", "/docker/{container}")
UNIT = re.compile(rb"_?(.+\.(?:service|scope|socket|mount|swap))", re.S)
UNKNOWN = dict.fromkeys(("cgroup", "pod_uid", "container_id", "unit"), "unknown")


def unit(raw):
    """Finds the first level below the slices."""
    for level in filter(None, raw.split(b"/")):
        if not re.fullmatch(rb".+\.slice", level, re.S):
            match = UNIT.fullmatch(level)
            return shown(match[1]) if match else "none"
    return "none"


def shown(raw):
    """Returns the label's value: "?" replaces controls, and bytes that are not UTF-8.

    If the escaped value has more than 255 bytes, "?" also replaces what would be escaped.
    """
    text = raw.decode("utf-8", "surrogateescape")
    text = "".join("?" if ord(c) in CONTROLS or 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
    if len(text.encode()) + text.count('"') + text.count("\\") > 255:
        text = text.replace('"', "?").replace("\\", "?")
    return text


def workload(choice):
    digits = f"{choice.getrandbits(128):032x}"
    pod = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    container = f"{choice.getrandbits(256):064x}"
    form = choice.choice(WORKLOADS)
    raw = form.format(pod=pod, slice=pod.replace("-", "_"), container=container).encode()
    return raw, {"pod_uid": pod if "pod{" in form else "none",
                 "container_id": container if "{container}" in form else "none"}


def noise(choice):
    parts = [b"/"] + [choice.choice(RAW) if choice.random() < 0.1 else choice.choice(PIECES).encode()
                      for _ in range(choice.choice((0, 1, 3, 8, 40, 120)))]
    return b"".join(parts)[:255], {"pod_uid": "none", "container_id": "none"}


def path(choice):
    """Returns (path, labels)."""
    raw, ids = choice.choice((workload, noise, noise))(choice)
    return raw, {**ids, "cgroup": shown(raw), "unit": unit(raw)}
