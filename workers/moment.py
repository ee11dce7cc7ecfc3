"""Tools for one look: within it each thing is asked for once, and all of it is of one moment.

A gate's conditions come to the same instance from many sides. What is asked for twice within a
second is told twice by AWS at best, and differently at worst.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any

from workers.postgres.databases import Databases
from workers.toolbox import Toolbox


def at_one_moment(tools: Toolbox) -> Toolbox:
    """The same tools, good for one look; whoever looks again takes new ones."""
    rds: Any = _Once(tools.rds, "instance", "cluster", "pending_maintenance")
    secrets: Any = _Once(tools.secrets, "login")
    databases = Databases(secrets, rds, tools.settings.rds_ca_file)
    return replace(tools, rds=rds, secrets=secrets, databases=databases)


class _Once:
    """A gateway whose reads of these names are answered once; an error is no answer."""

    def __init__(self, gateway: Any, *reads: str) -> None:
        self._gateway = gateway
        self._reads: dict[str, Callable[..., Any]] = {
            name: _once(getattr(gateway, name)) for name in reads
        }

    def __getattr__(self, name: str) -> Any:
        """What it remembers; all else is the gateway's own."""
        return self._reads.get(name) or getattr(self._gateway, name)


def _once(read: Callable[..., Any]) -> Callable[..., Any]:
    """Who asks for the same while it is being read waits for that answer: checks look side by side.

    `cache` alone would have both of them ask.
    """
    remembered = cache(read)
    locks: defaultdict[Hashable, Lock] = defaultdict(Lock)
    all_of_them = Lock()

    def asked(*arguments: Hashable) -> Any:
        with all_of_them:
            lock = locks[arguments]
        with lock:
            return remembered(*arguments)

    return asked
