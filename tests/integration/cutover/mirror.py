"""Makes a folder like another one again, by copying only what differs between them."""

import os
import shutil
import stat
from pathlib import Path


def mirror(original: Path, copy: Path) -> None:
    """The same files, contents, owners, modes and times; what else is in the copy is removed.

    A file counts as unchanged while its size and its time of change, in nanoseconds, are the
    original's: whoever writes to it sets that time.
    """
    wanted = {entry.name: entry for entry in os.scandir(original)}
    for entry in os.scandir(copy):
        if entry.name not in wanted or _kind(entry) != _kind(wanted[entry.name]):
            _remove(entry)
    for name, entry in wanted.items():
        target = copy / name
        if entry.is_dir(follow_symlinks=False):
            target.mkdir(exist_ok=True)
            mirror(Path(entry.path), target)
        elif not _same(entry, target):
            shutil.copy2(entry.path, target, follow_symlinks=False)
    _give(original, copy)
    for name, entry in wanted.items():
        _give(Path(entry.path), copy / name)


def _kind(entry: os.DirEntry[str]) -> int:
    return stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path)
    else:
        Path(entry.path).unlink()


def _same(entry: os.DirEntry[str], target: Path) -> bool:
    try:
        there = target.lstat()
    except FileNotFoundError:
        return False
    here = entry.stat(follow_symlinks=False)
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def _give(original: Path, copy: Path) -> None:
    """Owner and mode: PostgreSQL refuses a folder that is not its own."""
    known, now = original.lstat(), copy.lstat()
    if (known.st_uid, known.st_gid) != (now.st_uid, now.st_gid):
        os.chown(copy, known.st_uid, known.st_gid, follow_symlinks=False)
    if known.st_mode != now.st_mode and not copy.is_symlink():
        copy.chmod(stat.S_IMODE(known.st_mode))
