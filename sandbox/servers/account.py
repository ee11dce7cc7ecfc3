"""The account that servers run under: PostgreSQL and PgBouncer refuse to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Existing accounts, best first: initdb refuses a uid without a name.
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An existing, unprivileged account."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to drop to; None when the caller is no root and simply stays who it is."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise RuntimeError(
        f"Root may not run PostgreSQL, and none of the accounts {', '.join(CANDIDATES)} exists."
    )


def popen_options() -> dict[str, Any]:
    """What `subprocess.Popen` and `run` need to start a server under that account."""
    account = unprivileged()
    if account is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": account.uid, "group": account.gid, "extra_groups": []}


def give(*paths: Path) -> None:
    """Hand files or folders over to that account, so that its server can read and write them."""
    account = unprivileged()
    if account is None:
        return
    for path in paths:
        os.chown(path, account.uid, account.gid)


def copy(files: Path, to: Path) -> None:
    """Copy a folder of that account's, as itself: what it made nobody else may read."""
    subprocess.run(["cp", "-a", str(files), str(to)], check=True, **popen_options())
