"""The files beside a pooler: its entries, its users, both replaced whole and never half-written."""

import fcntl
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from workers.traffic.errors import AgentRuns
from workers.traffic.port import Endpoint

_ENTRY = re.compile(r"^(?P<name>\S+) = host=\S+ port=\d+", re.MULTILINE)
HEADER = "; Kept by Daybreak's agent, which writes it anew: put other entries into pgbouncer.ini.\n"


@dataclass(frozen=True)
class Line:
    """An entry of the pooler: its name, where it leads, and as whom when that is forced."""

    name: str
    endpoint: Endpoint
    dbname: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def replace(path: Path, text: str, *, durable: bool) -> None:
    """Write by rename, mode 0600, owned as its folder is: the pooler may have its own account.

    `durable` also waits for the disk: what must be known after a power cut.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            _own_like_folder(descriptor, path.parent)
            if durable:
                os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    if durable:
        _sync_folder(path.parent)


@contextmanager
def sole(path: Path) -> Iterator[None]:
    """Be the only process that keeps this file, until the block or the process ends.

    Raises:
        AgentRuns: another one keeps it, be it stopped.
    """
    # a file of its own: the one that is kept is replaced all the time
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _own_like_folder(descriptor, path.parent)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AgentRuns from None
        yield
    finally:
        os.close(descriptor)


def lead(text: str, names: Collection[str], endpoint: Endpoint) -> tuple[str, set[str]]:
    """The text of the entries' file with these entries led elsewhere, and those it has a line of.

    Nothing else of a line changes: a password of its own stays there.
    """
    found: set[str] = set()

    def led(line: re.Match[str]) -> str:
        if line["name"] not in names:
            return line[0]
        found.add(line["name"])
        return f"{line['name']} = host={endpoint.host} port={endpoint.port}"

    return _ENTRY.sub(led, text), found


def databases(lines: Iterable[Line]) -> str:
    """The text of the entries' file."""
    return HEADER + "[databases]\n" + "".join(_database(line) for line in lines)


def users(existing: str, passwords: Mapping[str, str]) -> str:
    """The text of the users' file: ours set, other people's lines kept as they are."""
    ours = {_quoted(user) for user in passwords}
    kept = [
        line
        for line in existing.splitlines()
        if line.strip() and not any(line.startswith(f"{user} ") for user in ours)
    ]
    lines = [f"{_quoted(user)} {_quoted(passwords[user])}" for user in sorted(passwords)]
    return "\n".join([*kept, *lines, ""])


def _database(line: Line) -> str:
    # without a password of its own, a forced user's comes from the users' file
    forced = f" user={_value(line.user)}" if line.user is not None else ""
    password = f" password={_value(line.password)}" if line.password is not None else ""
    return (
        f"{line.name} = host={line.endpoint.host} port={line.endpoint.port} "
        f"dbname={_value(line.dbname)}{forced}{password}\n"
    )


def _value(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _own_like_folder(descriptor: int, folder: Path) -> None:
    owner = folder.stat()
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()) and os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
