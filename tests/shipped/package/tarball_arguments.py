# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The rexmit authors
"""The scripts of the tarball refuse arguments that would damage an installation or this host.

With --root they follow no link out of that root, and refuse a root with the units or the package of
another installation. uninstall removes what a failed installation or upgrade leaves, and can be repeated
after a failure. The test installs a few small files, and needs no root.
"""
import itertools
import os
import shutil
import subprocess
import tempfile

from lifetime import check, command, on_exit, run_test

SCRIPTS = os.path.join(os.environ["REXMIT_SOURCE"], "packaging/tarball")
REFUSED = ["", "/", "relative", "/opt/my dir", "/opt/a&b", "/opt/a|b", "/opt/%n", "/opt/$x", "/opt/a\nb",
           "/usr/local//", "//usr/local", "/usr/./local", "/usr/local/.", "/opt/../usr/local"]
ACCEPTED = ["/usr/local", "/usr/local/", "/usr", "/opt/rexmit-1.0_a+b"]


def make_tree(directory):
    for name in ("install", "uninstall"):
        shutil.copy(f"{SCRIPTS}/{name}", directory)
    for name, text in (("bin/a", "a"), ("lib/systemd/system/b.service", "ExecStart=/usr/local/bin/a\n"),
                       ("share/large", "x" * 100000)):
        path = f"{directory}/files/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


def files(root):
    return {os.path.join(place, name)[len(root):] for place, _, names in os.walk(root) for name in names}


def run(directory, script, *words, limit=None, **options):
    shell = f"ulimit -f {limit or 'unlimited'}; exec \"$@\""
    return subprocess.run(["sh", "-c", shell, "sh", "sh", f"{directory}/{script}", *words],
                          capture_output=True, text=True, check=False, **options)


def refusals(directory, root):
    run(directory, "install", "--root", root)
    before = files(root)
    check("/usr/local/bin/a" in before, f"installed: {before}")
    for script, prefix in itertools.product(("install", "uninstall"), REFUSED):
        done = run(directory, script, "--root", root, "--prefix", prefix)
        check(done.returncode == 2 and "--prefix must" in done.stderr, f"{script} --prefix {prefix!r}: {done}")
        check(files(root) == before, f"{script} --prefix {prefix!r} changed the root: {files(root) ^ before}")
    # If a script accepted one of these roots, it would change this host.
    for script in ("install", "uninstall"):
        for value in ("", "/", "//", "/.", "/tmp/.."):
            done = run(directory, script, "--root", value, "--prefix", f"{directory}/nowhere", "--help")
            check(done.returncode == 2 and "--root must" in done.stderr, f"{script} --root {value!r}: {done}")
    done = run(directory, "install", "--root", f"{root}/missing")
    check(done.returncode == 1 and "is not a directory" in done.stderr, f"a root that does not exist: {done}")
    run(directory, "uninstall", "--root", root)
    check(not files(root), f"left: {files(root)}")


def accepted(directory, root):
    for prefix in ACCEPTED:
        done = run(directory, "install", "--root", root, "--prefix", prefix)
        check(done.returncode == 0, f"--prefix {prefix}: {done}")
        done = run(directory, "uninstall", "--root", root, "--prefix", prefix)
        check(done.returncode == 0 and not os.listdir(root), f"--prefix {prefix} leaves {files(root)}")


def failed(directory, root):
    """The last file exceeds the limit for files, so its write fails, as on a full disk."""
    done = run(directory, "install", "--root", root, limit=8)
    check(done.returncode != 0 and files(root), f"the installation did not fail: {done}")
    run(directory, "uninstall", "--root", root)
    check(not os.listdir(root), f"a failed installation leaves {files(root)}")


def failed_upgrade(directory, root):
    """The new version has one more file, and does not fit on the disk."""
    run(directory, "install", "--root", root)
    large, added = f"{directory}/files/share/large", f"{directory}/files/share/added"
    for path, text in ((large, "y" * 100000), (added, "new")):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    done = run(directory, "install", "--root", root, limit=8)
    check(done.returncode != 0 and "/usr/local/share/added" in files(root), f"the upgrade did not fail: {done}")
    run(directory, "uninstall", "--root", root)
    check(not os.listdir(root), f"a failed upgrade leaves {files(root)}")
    os.unlink(added)


def failed_removal(directory, root):
    """uninstall fails when it finds a directory where a file was installed."""
    run(directory, "install", "--root", root)
    path = f"{root}/usr/local/share/large"
    os.unlink(path)
    os.mkdir(path)
    done = run(directory, "uninstall", "--root", root)
    check(done.returncode != 0, f"uninstall did not fail: {done}")
    os.rmdir(path)
    run(directory, "uninstall", "--root", root)
    check(not os.listdir(root), f"a repeated uninstall leaves {files(root)}")


def contents(root):
    found = {}
    for path in files(root):
        with open(root + path, encoding="ascii") as file:
            found[path] = file.read()
    return found


LIST = "usr/local/libexec/rexmit/installed"
LINKS = {  # {case: (path of the link below the root, its target below the host's directory)}
    "the prefix": ("usr/local", ""), "a directory": ("usr/local/bin", ""), "a file": ("usr/local/bin/a", "a"),
    "a directory in the place of a file": ("usr/local/bin/a", ""), "a temporary file": ("usr/local/bin/a.new", "a"),
    "the list": (LIST, "list"), "the temporary list": (f"{LIST}.new", "a"),
    "the directory of the list": ("usr/local/libexec/rexmit", "")}


def hostile_root(directory, name, link):
    """Makes a root that contains a link to a directory or a file of the host."""
    host, root = f"{directory}/{name}/host", f"{directory}/{name}/root"
    os.makedirs(f"{host}/bin")
    for path, text in (("a", "a"), ("bin/a", "a"), ("list", "/../host/a\n"), ("installed", "/../host/a\n")):
        with open(f"{host}/{path}", "w", encoding="ascii") as file:
            file.write(f"host's {text}" if path != "installed" else text)
    os.makedirs(os.path.dirname(f"{root}/{link[0]}"))
    os.symlink(f"{host}/{link[1]}", f"{root}/{link[0]}")
    return host, root


def links(directory):
    for name, link in LINKS.items():
        host, root = hostile_root(directory, name, link)
        before = contents(host)
        for script in ("install", "install", "uninstall"):
            done = run(directory, script, "--root", root)
            check(contents(host) == before, f"{name} is a link, and {script} changed {contents(host)}: {done}")


def foreign_list(directory):
    """The list of installed files contains paths outside the root."""
    for script in ("install", "uninstall"):
        host, root = hostile_root(directory, f"list {script}", ("link", ""))
        before = contents(host)
        os.makedirs(os.path.dirname(f"{root}/{LIST}"))
        with open(f"{root}/{LIST}", "w", encoding="ascii") as file:
            file.write("/../host/a\n/link/a\n/link/bin/a\n/link/bin/\n/../host/bin/\n")
        done = run(directory, script, "--root", root)
        check(contents(host) == before, f"{script} removed files outside the root: {done}")


def incomplete(directory, root):
    """Without the files of the tarball, an installation stays as it is."""
    run(directory, "install", "--root", root)
    before = contents(root)
    alone = f"{directory}/alone"
    os.mkdir(alone)
    shutil.copy(f"{directory}/install", alone)
    for _ in range(2):
        done = run(alone, "install", "--root", root)
        check(done.returncode == 1 and "whole tarball" in done.stderr, f"the script alone: {done}")
        check(contents(root) == before, f"the script alone left {contents(root).keys()}")
        os.makedirs(f"{alone}/files", exist_ok=True)
    run(directory, "uninstall", "--root", root)


def search_path(directory, root):
    """With $CDPATH, cd could change to a directory with the same name elsewhere, and print it."""
    parent, name = os.path.split(directory)
    os.makedirs(f"{directory}/elsewhere/{name}")
    done = run(name, "install", "--root", root, cwd=parent,
               env={**os.environ, "CDPATH": f"{directory}/elsewhere"})
    check("/usr/local/bin/a" in files(root), f"with CDPATH installed {files(root)}: {done}")
    run(directory, "uninstall", "--root", root)


def beside_others(directory, root):
    """The root has the units of a package, or of another prefix."""
    for place, program in (("lib", "/usr/sbin"), ("usr/lib", "/usr/sbin"), ("usr/local/lib", "/usr/local/sbin"),
                           ("etc", "/opt/sbin")):
        unit = f"{root}/{place}/systemd/system/rexmit-collector.service"
        os.makedirs(os.path.dirname(unit))
        with open(unit, "w", encoding="ascii") as file:
            file.write(f"[Service]\nExecStart={program}/rexmit-collector $ARGS\n")
        before = contents(root)
        done = run(directory, "install", "--root", root, "--prefix", "/opt/rexmit")
        check(done.returncode == 1 and f"/{place}/systemd" in done.stderr and contents(root) == before,
              f"not refused beside {unit}: {done}")
        shutil.rmtree(root)
        os.mkdir(root)


PROGRAM = "/usr/sbin/rexmit-collector"
SPEC = f"""
Name: other
Version: 1
Release: 1
Summary: A package
License: MIT
BuildArch: noarch
%description
A package.
%install
mkdir -p %{{buildroot}}/usr/sbin
echo package >%{{buildroot}}{PROGRAM}
%files
{PROGRAM}
"""


def add_to_dpkg(_directory, root):
    os.makedirs(f"{root}/var/lib/dpkg/info")
    with open(f"{root}/var/lib/dpkg/info/rexmit.list", "w", encoding="ascii") as file:
        file.write(f"/.\n/usr\n/usr/sbin\n{PROGRAM}\n")


def add_to_rpm(place):
    def add(directory, root):
        with open(f"{directory}/other.spec", "w", encoding="ascii") as file:
            file.write(SPEC)
        command("rpmbuild", "-bb", "--define", f"_topdir {directory}/rpm", f"{directory}/other.spec")
        os.makedirs(f"{root}/{place}")
        command("rpm", "--dbpath", f"{root}/{place}", "--justdb", "--nodeps", "--install",
                f"{directory}/rpm/RPMS/noarch/other-1-1.noarch.rpm")
    return add


def path_without_rpm(directory):
    """Returns a directory with links to all programs of this host except rpm."""
    path = f"{directory}/programs"
    os.makedirs(path, exist_ok=True)
    for program in (f"{place}/{name}" for place in ("/usr/bin", "/bin") for name in os.listdir(place)):
        link = f"{path}/{os.path.basename(program)}"
        if os.path.basename(program) != "rpm" and not os.path.lexists(link):
            os.symlink(program, link)
    return path


def refused_by_package(directory, root, what, **options):
    """The package's files and its unit have the paths that the tarball's files would have."""
    for script in ("install", "uninstall"):
        before = {path: os.path.getmtime(root + path) for path in files(root)}
        done = run(directory, script, "--root", root, "--prefix", "/usr", **options)
        left = {path: os.path.getmtime(root + path) for path in files(root)}
        # rpm opens files of its database for writing, even if it only reads.
        changed = {path for path, _ in before.items() ^ left.items() if "rpm" not in path}
        check(done.returncode == 1 and f"has {PROGRAM}" in done.stderr and not changed,
              f"{script} over the package of {what} is not refused: {changed} {done}")
        # As an older version of install has left it.
        os.makedirs(f"{root}/usr/libexec/rexmit", exist_ok=True)
        with open(f"{root}/usr/libexec/rexmit/installed", "w", encoding="ascii") as file:
            file.write("/usr/bin/a\n" if options else f"{PROGRAM}\n")


def over_packages(directory, root):
    """The root has a package with the same paths, and this host may have no package manager."""
    without = {"env": {**os.environ, "PATH": path_without_rpm(directory)}}
    for what, add, options in (("dpkg", add_to_dpkg, {}), ("rpm", add_to_rpm("var/lib/rpm"), {}),
                               ("rpm of Fedora", add_to_rpm("usr/lib/sysimage/rpm"), {}),
                               ("rpm, without rpm here,", add_to_rpm("var/lib/rpm"), without)):
        add(directory, root)
        for path, text in ((PROGRAM, "package"), ("/usr/lib/systemd/system/rexmit-collector.service",
                                                  f"[Service]\nExecStart={PROGRAM} $ARGS\n")):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            with open(root + path, "w", encoding="ascii") as file:
                file.write(text)
        refused_by_package(directory, root, what, **options)
        shutil.rmtree(root)
        os.mkdir(root)
    os.makedirs(f"{root}/var/lib/rpm")
    done = run(directory, "install", "--root", root, "--prefix", "/usr")
    check(done.returncode == 0 and not os.listdir(f"{root}/var/lib/rpm"), f"beside an empty directory: {done}")
    run(directory, "uninstall", "--root", root, "--prefix", "/usr")
    shutil.rmtree(root)
    os.mkdir(root)


def ordinary_user(directory, root):
    """Without root, the scripts change nothing, not even in a directory of that user."""
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    prefix = f"{root}/prefix"
    os.makedirs(f"{prefix}/libexec/rexmit")
    for path, text in (("a", "a"), ("libexec/rexmit/installed", f"{prefix}/a\n")):
        with open(f"{prefix}/{path}", "w", encoding="ascii") as file:
            file.write(text)
    if user:
        command("chown", "-R", str(user["user"]), prefix)
        os.chmod(directory, 0o755)
    shutil.copy(f"{directory}/uninstall", f"{prefix}/libexec/rexmit")
    before = contents(root)
    for place, script, *words in ((directory, "install", "--prefix", prefix), (directory, "uninstall", "--prefix", prefix),
                                  (f"{prefix}/libexec/rexmit", "uninstall")):  # the installed script knows its prefix
        done = run(place, script, *words, **user)
        check(done.returncode == 1 and "not root" in done.stderr and contents(root) == before,
              f"{script} of an ordinary user: {done}")
    shutil.rmtree(root)
    os.mkdir(root)


def main():
    directory = tempfile.mkdtemp(prefix="rexmit-arguments-")
    on_exit(shutil.rmtree, directory, True)
    make_tree(directory)
    root = f"{directory}/root"
    os.mkdir(root)
    refusals(directory, root)
    accepted(directory, root)
    failed(directory, root)
    failed_upgrade(directory, root)
    failed_removal(directory, root)
    links(directory)
    foreign_list(directory)
    incomplete(directory, root)
    search_path(directory, root)
    beside_others(directory, root)
    over_packages(directory, root)
    ordinary_user(directory, root)


run_test(main)
