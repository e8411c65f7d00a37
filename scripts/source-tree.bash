# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
# shellcheck shell=bash
#
# Functions for the scripts that build packages. They source this file in the tree's top directory.

# Refuses a directory that other users can write to or replace. $1: the directory.
#
# Such a user could replace the package before its installation, or place a link that makes root
# write the log elsewhere. The owner of this tree, and users who can replace this tree, are
# accepted: they control this script.
refuse_shared() {
    local path=$1 owner mode writers=022
    while [[ $PWD/ != "${path%/}"/* ]]; do
        read -r owner mode < <(stat --format='%u %a' "$path")
        if [[ " 0 $UID $(stat --format=%u .) " != *" $owner "* ]] ||
            [ $((8#$mode & 8#$writers)) -ne 0 ]; then
            echo "${0##*/}: other users can write to $path or replace it: choose another directory" >&2
            return 1
        fi
        path=$(dirname "$path")
        # In a sticky directory other users can create files, but cannot replace root's files.
        writers=022
        [ ! -k "$path" ] || writers=0
    done
}

# Lists the files of the tree. The tree may belong to any user.
list_files() {
    if [ -e .git ]; then
        git -c safe.directory="$PWD" ls-files -z
    else
        find . -mindepth 1 -path './build*' -type d -prune -o \( -type f -o -type l \) -print0
    fi
}

# Copies the tree. $1: target. The copy has no history, so its file source-commit names the commit.
copy_tree() {
    list_files | tar --create --null --files-from=- --ignore-failed-read |
        tar --extract --directory="$1"
    scripts/source-version --commit >"$1/source-commit"
}

# Prints the version of the newest changelog entry, for all packages.
package_version() {
    head -1 packaging/debian/changelog | grep -o '(.*)' | tr -d '()'
}

# Prints the time of the newest changelog entry, for the packages' files.
package_epoch() {
    date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -1)" +%s
}

# Writes a tar archive of a directory to standard output. $1: directory, $2: its parent. The same
# files result in the same bytes.
archive() {
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw --format=gnu \
        --mtime="@$SOURCE_DATE_EPOCH" --directory="$2" "$1"
}

# Compresses a source archive. With several threads, the default since xz 5.6, the bytes would
# differ from those of Debian 12's xz.
compress() {
    xz --threads=1
}
