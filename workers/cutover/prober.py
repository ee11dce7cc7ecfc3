"""The prober: two clients of our own that write as the application does, and time what they wait.

They come through the application's own entry, with a certificate of its user, and are held, closed
out and let in again like everybody else. What they can't measure is said to be unmeasured, and
never costs a cut-over anything: nothing here raises.
"""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import cycle, islice
from pathlib import Path

import psycopg

from migration.errors import DaybreakError
from migration.model import Facts
from workers.cutover.waits import Write, measure
from workers.postgres.connect import (
    PROBER_APPLICATION_NAME,
    Connection,
    DatabaseUnreachable,
    connect_through_pooler,
)
from workers.settings import WorkerSettings
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint, Entry

log = logging.getLogger(__name__)

CLIENTS = 2
CONNECT_SECONDS = 2
# A pooler may let a client wait for minutes; arming does not.
BEGIN_SECONDS = 3.0
# After an error: long enough not to be in the way of those who come back as well.
ERROR_PAUSE_SECONDS = 0.05
# How long the end of the measurement waits for the first write after the pause, before the
# outcome is recorded. Usually it takes milliseconds.
ANSWER_SECONDS = 3.0
POLL_SECONDS = 0.005
# A real commit that leaves nothing behind: the message makes the transaction one that writes WAL,
# so that its commit is flushed before it is acknowledged, whatever the role's default is (a
# transaction that only took an id would be acknowledged before its commit is on disk). A server in
# recovery refuses it.
WRITE = """
SELECT set_config('synchronous_commit', 'on', true),
       pg_logical_emit_message(true, 'daybreak.probe', '')
"""


class NotMeasured(DaybreakError):
    """The write pause can't be measured by probing clients."""


class Prober:
    """Writes from `begin` on until `facts` or `stop`."""

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self._clients: list[_Client] = []
        self._why = "the prober did not begin"

    def begin(self, source: str, tools: Toolbox) -> None:
        """Log in as the application and write; if that does not work, remember why."""
        try:
            entries = _entries(source, tools)
            self._clients = [
                _Client(entry, tools.settings) for entry in islice(cycle(entries), CLIENTS)
            ]
            for client in self._clients:
                client.await_first()
        except (DaybreakError, psycopg.Error, TimeoutError) as error:
            self.stop()
            self._clients = []
            self._why = str(error).strip() or f"no first write within {BEGIN_SECONDS:g} s"
            log.warning("the write pause of %s is not measured: %s", source, self._why)

    def facts(self, window: tuple[float, float]) -> Facts:
        """End it; the pause in this window of unix seconds, or why it was not measured."""
        self._await_answers(window[1])
        self.stop()
        if not self._clients:
            return {"not_measured": self._why}
        writes = [write for client in self._clients for write in client.taken(window[1])]
        waits = measure(writes, window)
        return {
            "clients": len(self._clients),
            "writes": len(writes),
            "errors": sum(not write.acknowledged for write in writes),
            "longest_wait_ms": waits.longest_wait,
            "gap_ms": waits.gap,
        }

    def stop(self) -> None:
        """Send no further write; whoever waits for an answer goes when it comes."""
        for client in self._clients:
            client.stop()

    def _await_answers(self, since: float) -> None:
        """Until everybody was answered after that time, or for as long as is reasonable."""
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            if all(client.acknowledged_since(since) for client in self._clients):
                return
            time.sleep(POLL_SECONDS)


class _Client:
    """One connection that writes in a thread of its own."""

    def __init__(self, entry: Entry, settings: WorkerSettings) -> None:
        """Begin to log in and to write."""
        self._entry = entry
        self._settings = settings
        self._writes: list[Write] = []
        self._since: tuple[float, float] | None = None
        self._first: Future[None] = Future()
        self._ended = threading.Event()
        self._connection: Connection | None = None
        threading.Thread(target=self._run, name="prober", daemon=True).start()

    def await_first(self) -> None:
        """Wait until a write was acknowledged; raises what was in the way, or TimeoutError."""
        self._first.result(BEGIN_SECONDS)

    def stop(self) -> None:
        """Nothing is sent any more, and the connection ends after the last answer."""
        self._ended.set()

    def acknowledged_since(self, moment: float) -> bool:
        """Whether a commit was acknowledged at this time or later."""
        last = next((write for write in reversed(self._writes) if write.acknowledged), None)
        return last is not None and last.ended >= moment

    def taken(self, moment: float) -> list[Write]:
        """All writes; one that was sent by then and is not answered was waited for until now."""
        under_way = self._since
        writes = list(self._writes)
        answered = {write.sent for write in writes[-2:]}
        if under_way is not None and under_way[0] <= moment and under_way[0] not in answered:
            writes.append(_write(under_way, acknowledged=False))
        return writes

    def _run(self) -> None:
        while not self._ended.is_set():
            # As soon as the last one is acknowledged.
            if not self._probe():
                self._ended.wait(ERROR_PAUSE_SECONDS)
        if self._connection is not None:
            self._connection.close()

    def _probe(self) -> bool:
        self._since = since = (time.time(), time.monotonic())
        acknowledged = False
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute(WRITE)
            acknowledged = True
            if not self._first.done():
                self._first.set_result(None)
        except (psycopg.Error, DatabaseUnreachable) as error:
            log.info("a probing client saw: %s", str(error).strip())
            if not self._first.done():
                self._first.set_exception(error)
            if self._connection is not None:
                self._connection.close()
            self._connection = None
        self._writes.append(_write(since, acknowledged=acknowledged))
        self._since = None
        return acknowledged

    def _connect(self) -> Connection:
        certificate, key = _certificate(self._entry.user, self._settings)
        return connect_through_pooler(
            Endpoint(self._entry.host, self._entry.port),
            dbname=self._entry.dbname,
            user=self._entry.user,
            cert_file=str(certificate),
            key_file=str(key),
            ca_file=self._settings.ca_file,
            application_name=PROBER_APPLICATION_NAME,
            connect_timeout_seconds=CONNECT_SECONDS,
        )


def _write(since: tuple[float, float], *, acknowledged: bool) -> Write:
    return Write(acknowledged, since[0], time.time(), time.monotonic() - since[1])


def _entries(source: str, tools: Toolbox) -> Sequence[Entry]:
    """The application's entry in every pooler.

    Raises:
        NotMeasured: there is none that we could come through, or more than one.
    """
    states = tools.traffic.states(source)
    if any(not state.holds for state in states):
        raise NotMeasured("there is no pooler that a probe could come through")
    ways = [state.live for state in states]
    if any(len(live) > 1 for live in ways):
        raise NotMeasured(
            "the source has several entries, and a probe of one would not speak for the others"
        )
    entries = [entry for live in ways for entry in live]
    if not entries:
        raise NotMeasured("the poolers' agents do not say which user the entry is for")
    for entry in entries:
        _certificate(entry.user, tools.settings)
    return entries


def _certificate(user: str, settings: WorkerSettings) -> tuple[Path, Path]:
    """The user's certificate and key.

    Raises:
        NotMeasured: there is none.
    """
    if not settings.probe_certificates:
        raise NotMeasured("DAYBREAK_PROBE_CERTIFICATES is not set")
    folder = Path(settings.probe_certificates)
    pair = folder / f"{user}.crt", folder / f"{user}.key"
    # A user's name is anybody's choice; no path is made of it.
    if Path(user).name != user or not all(file.is_file() for file in pair):
        raise NotMeasured(f"DAYBREAK_PROBE_CERTIFICATES has no certificate of the user {user}")
    return pair
