# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
# shellcheck shell=bash
#
# Functions for scripts that run programs until Ctrl-C. $directory has a log of each program. The
# array children has the processes.
directory='' children=()

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

leave() {
    if [ ${#children[@]} -gt 0 ]; then
        kill "${children[@]}" || true
        wait "${children[@]}" || true
    fi 2>/dev/null
    if [ -n "$directory" ]; then rm -rf "$directory"; fi
}

leave_on_every_exit() {
    trap leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# Waits until a line of a program's log matches a pattern. $1: name, $2: process, $3: pattern.
wait_for_log() {
    until grep -qs "$3" "$directory/$1.log"; do
        kill -0 "$2" 2>/dev/null || die "$(cat "$directory/$1.log")"
        sleep 0.05
    done
}

# Ends the script if a program has ended.
check_running() {
    local child
    for child in "${children[@]}"; do
        kill -0 "$child" 2>/dev/null || die "a program ended: $(cat "$directory"/*.log)"
    done
}

# Fetches a path with the shell alone. An answer to HTTP/1.0 is never chunked.
# $1: host:port, $2: path.
fetch() {
    exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$1" >&3
    cat <&3
    exec 3>&-
}
