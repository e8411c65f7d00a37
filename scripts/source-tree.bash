# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
# shellcheck shell=bash
#
# What the scripts that build packages share. They source it in the top directory of the tree.

# $1: the directory. A user that can write to it or to one of its parents can replace the package
# before it is installed, and can use a link to make root write the log elsewhere. The owner of this
# tree, and users that can replace it, control this script anyway.
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
        # In a sticky directory other users can create files, but cannot replace ours.
        writers=022
        [ ! -k "$path" ] || writers=0
    done
}

# Lists the files of the tree, whichever user owns it.
list_files() {
    if [ -e .git ]; then
        git -c safe.directory="$PWD" ls-files -z
    else
        find . -mindepth 1 -path './build*' -type d -prune -o \( -type f -o -type l \) -print0
    fi
}

# $1: target. The copy has no history, so source-commit records its commit.
copy_tree() {
    list_files | tar --create --null --files-from=- --ignore-failed-read |
        tar --extract --directory="$1"
    scripts/source-version --commit >"$1/source-commit"
}

# The version of the packages, and the time of their files: those of the newest changelog entry.
package_version() {
    head -1 packaging/debian/changelog | grep -o '(.*)' | tr -d '()'
}

package_epoch() {
    date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -1)" +%s
}

# $1: directory, $2: its parent. Writes a tar archive to standard output. The same files give the
# same bytes.
archive() {
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw --format=gnu \
        --mtime="@$SOURCE_DATE_EPOCH" --directory="$2" "$1"
}
