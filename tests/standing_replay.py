"""A standby whose replay stands still: it receives, answers, and can't be promoted yet."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.servers.postgres import PostgresServer
from sandbox.servers.postmaster import children


def stop(server: PostgresServer) -> int:
    """Stop the process that replays; gives its id."""
    assert server.pid is not None
    (replay,) = (
        child
        for child in children(server.pid)
        if b"startup" in Path(f"/proc/{child}/cmdline").read_bytes()
    )
    os.kill(replay, signal.SIGSTOP)
    return replay


@contextmanager
def standing(server: PostgresServer) -> Iterator[None]:
    """It stands still within the block."""
    replay = stop(server)
    try:
        yield
    finally:
        os.kill(replay, signal.SIGCONT)
