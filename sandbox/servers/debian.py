"""Unpacks Debian's packages without installing them: no root, no service, no change to the system.

Only the standard library: `scripts/venv` uses this before there is a virtual environment.
"""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

DPKG_STATUS = Path("/var/lib/dpkg/status")
ROOT_CACHE = Path("/var/cache/daybreak")
# An unpacked C library does not fit the loader that the system starts every program with.
NEVER_UNPACKED = ("libc6_", "libc-bin_")
LIBRARY = re.compile(r"\.so(\.[0-9.]+)?$")
APT_LINES_SHOWN = 15


class FetchError(Exception):
    """Debian's packages could not be fetched."""


def available() -> bool:
    """Whether this system has apt and dpkg."""
    return DPKG_STATUS.exists() and all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def cache_home(environ: Mapping[str, str]) -> Path:
    """Where unpacked packages are kept, one download for all clones.

    Root's lies outside of its home, which the account that servers run under cannot enter.
    """
    if os.geteuid() == 0:
        return ROOT_CACHE
    # an empty variable counts as none, says the XDG specification
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "daybreak"


def unpacked(
    name: str, packages: Sequence[str], cache: Path, usable: Callable[[Path], bool]
) -> Path:
    """The folder with these packages and what they need, fetched when there is no usable one.

    Safe when interrupted and when several ask at once: it appears by a rename, under a lock.

    Raises:
        FetchError: apt could not fetch or dpkg not unpack them.
    """
    release = platform.freedesktop_os_release()
    # libraries of the system are part of what was resolved: another release is another tree
    place = cache / "-".join([release["ID"], release.get("VERSION_ID", "sid"), platform.machine()])
    tree = place / name
    if tree.exists() and usable(tree):
        return tree
    for folder in (cache, place):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    with _locked(place / "lock"):
        if tree.exists() and usable(tree):
            return tree
        print(
            f"Fetching Debian's {' '.join(packages)} into {tree} (once; nothing is installed) ...",
            file=sys.stderr,
            flush=True,
        )
        for leftover in place.glob(f".{name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place))
        try:
            new = _unpack(_download(packages, work, place / "lists"), work / "tree")
            if tree.exists():
                tree.rename(work / "old")
            new.rename(tree)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return tree


def environment(tree: Path) -> dict[str, str]:
    """What a program in an unpacked tree needs of its environment to find its other parts."""
    libraries = (found for found in tree.rglob("*.so*") if LIBRARY.search(found.name))
    folders = sorted({str(found.parent) for found in libraries})
    found = {"LD_LIBRARY_PATH": ":".join(folders)} if folders else {}
    if (tree / "etc/fonts").exists():
        found["FONTCONFIG_PATH"] = str(tree / "etc/fonts")
    if (tree / "usr/share/fonts").exists():
        # fontconfig looks for fonts below these, too
        found["XDG_DATA_DIRS"] = f"{tree / 'usr/share'}:/usr/local/share:/usr/share"
    return found


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(packages: Sequence[str], work: Path, lists: Path) -> list[Path]:
    """Fetch the packages and those of their dependencies that the system does not have."""
    for folder in (work / "state", work / "cache" / "archives" / "partial", lists / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State": work / "state",
        "Dir::State::Lists": lists,
        "Dir::State::status": DPKG_STATUS,
        "Dir::Cache": work / "cache",
        "Debug::NoLocking": "1",
        # apt's own account cannot write below our folders
        "APT::Sandbox::User": "root",
        "Acquire::Retries": "3",
    }
    apt = ["apt-get", "-q", "-y"]
    for key, value in options.items():
        apt += ["-o", f"{key}={value}"]
    _run([*apt, "update"])
    again = ["--reinstall", *_installed_like(packages)]
    _run([*apt, "install", "--download-only", "--no-install-recommends", *again, *packages])
    return sorted((work / "cache" / "archives").glob("*.deb"))


def _installed_like(packages: Sequence[str]) -> list[str]:
    """The installed packages that are named like these.

    apt would not download a part that is installed (a lone postgresql-client, say), and the
    unpacked tree needs all of its parts side by side.
    """
    named = tuple(f"Package: {package}" for package in packages)
    paragraphs = DPKG_STATUS.read_text(encoding="utf-8").split("\n\n")
    return [
        text.lstrip().splitlines()[0].removeprefix("Package: ")
        for text in paragraphs
        if text.lstrip().startswith(named) and "\nStatus: install ok installed" in text
    ]


def _unpack(archives: Sequence[Path], tree: Path) -> Path:
    tree.mkdir()
    tree.chmod(0o755)
    for archive in archives:
        if not archive.name.startswith(NEVER_UNPACKED):
            _run(["dpkg-deb", "--extract", str(archive), str(tree)])
    for link in tree.rglob("*"):
        # written for a package in its installed place, it would lead out of the tree
        if link.is_symlink() and link.readlink().is_absolute():
            inside = tree / link.readlink().relative_to("/")
            if inside.exists():
                link.unlink()
                link.symlink_to(os.path.relpath(inside, link.parent))
    return tree


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode != 0:
        said = "\n".join(done.stdout.splitlines()[-APT_LINES_SHOWN:])
        raise FetchError(f"{command[0]} {command[-1]} failed with {done.returncode}:\n{said}")
