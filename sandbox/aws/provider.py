"""What RDS does unasked: its heartbeat in every instance, and a replica that takes its time."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psycopg

from sandbox.aws.scenario import Scenario
from sandbox.servers.postgres import PostgresServer

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1
# A replica that takes the log at intervals does so for this long.
_TAKES_SECONDS = 0.5
_WALRECEIVER = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walreceiver'"
# RDS writes into a database of its own; to the log it makes no difference.
_HEARTBEAT = "SELECT pg_logical_emit_message(true, 'rdsadmin', 'heartbeat')"

Servers = Callable[[], Iterable[PostgresServer]]


class Provider:
    """A thread that looks after all servers."""

    def __init__(
        self, alone: Servers, replicas: Servers, scenario: Scenario, heartbeat_seconds: float
    ) -> None:
        """`alone` gives the instances that are nobody's copy, `replicas` those that follow one."""
        self._alone = alone
        self._replicas = replicas
        self._scenario = scenario
        self._every = heartbeat_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aws-provider", daemon=True)
        self._stopped: set[int] = set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and leave no process stopped."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._let_take()

    def _run(self) -> None:
        beat = taken = time.monotonic()
        while not self._ended.wait(_LOOK_SECONDS):
            now = time.monotonic()
            if now - beat >= self._every:
                beat = now
                self._beat()
            every = self._scenario.replica_takes_log_every_seconds
            if self._scenario.replica_stalled:
                self._hold_back()
            elif every <= 0 or now - taken >= every:
                self._let_take()
                taken = now if now - taken >= every + _TAKES_SECONDS else taken
            else:
                self._hold_back()

    def _beat(self) -> None:
        for server in self._alone():
            with suppress(psycopg.Error):  # it restarts, or is gone
                server.query(_HEARTBEAT)

    def _hold_back(self) -> None:
        """A receiver that is stopped keeps its connection, and reports nothing."""
        for server in self._replicas():
            with suppress(psycopg.Error):
                for (pid,) in server.query(_WALRECEIVER):
                    if pid not in self._stopped:
                        self._signal(pid, signal.SIGSTOP)
                        self._stopped.add(pid)

    def _let_take(self) -> None:
        while self._stopped:
            self._signal(self._stopped.pop(), signal.SIGCONT)

    @staticmethod
    def _signal(pid: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
