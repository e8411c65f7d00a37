# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""under_profile.py PROFILE COMMAND...: runs a command under a container's seccomp profile.

The program knows only the keys in the profile of deploy/, and refuses other keys.
"""
import ctypes
import json
import os
import sys

ALLOW, ERRNO, CTL_NNP = 0x7FFF0000, 0x00050000, 3  # seccomp.h
UNKNOWN = -1  # __NR_SCMP_ERROR: a call of another architecture


def load(path):
    with open(path, encoding="utf-8") as file:
        profile = json.load(file)
    rule, = profile.pop("syscalls")
    if set(profile) != {"defaultAction", "defaultErrnoRet", "architectures"} or \
            set(rule) != {"names", "action"} or \
            (profile["defaultAction"], rule["action"]) != ("SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW"):
        sys.exit(f"{path}: this program cannot read this form of profile")
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ERRNO | profile["defaultErrnoRet"]))
    # no_new_privs stays unset, because setpriv(1) may set it later. This needs CAP_SYS_ADMIN.
    failed = library.seccomp_attr_set(context, CTL_NNP, 0)
    for name in rule["names"]:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number != UNKNOWN:
            failed = failed or library.seccomp_rule_add_array(context, ALLOW, number, 0, None)
    failed = failed or library.seccomp_load(context)
    if failed:
        sys.exit(f"{path}: cannot install the filter: {os.strerror(-failed)}")


load(sys.argv[1])
os.execvp(sys.argv[2], sys.argv[2:])
