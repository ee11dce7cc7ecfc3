"""Waits until the parts of a sandbox can be used, as those who use them would see it."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

READY_SECONDS = 60.0
POLL_SECONDS = 0.1


class NotReadyError(Exception):
    """A part of the sandbox did not come up in time."""


def wait_for(ready: Callable[[], bool], what: str, logs: Path) -> None:
    """Wait until it is; NotReadyError says what is missing and where to look."""
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} is not there after {READY_SECONDS:g} s; see {logs}")
        time.sleep(POLL_SECONDS)


def answers(dsn: str) -> bool:
    """Whether a database answers there."""
    try:
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
