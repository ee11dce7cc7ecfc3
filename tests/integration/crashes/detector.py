"""Tries both databases as an application, straight at them, for as long as a case lasts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from cutover_ground import SOURCE, Ground
from prepared_base import TARGET_INSTANCE

# Each look is a login; more of them would only take the processor from the cut-over.
EVERY_SECONDS = 0.05


@dataclass
class Detector:
    """Tries to write to both databases: the one that is to close, and the one that is to open."""

    closing: str
    opening: str
    #: instants at which both took a write
    both: list[float] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. One that takes a write after the other took one was open with it."""
        took = False
        while not stop.wait(EVERY_SECONDS):
            took = took or self._takes(self.opening)
            if took and self._takes(self.closing):
                self.both.append(time.time())

    def _takes(self, dsn: str) -> bool:
        try:
            with psycopg.connect(dsn, connect_timeout=2, autocommit=True) as link:
                link.execute("CREATE TEMP TABLE probe (n int)")
                link.execute("SELECT pg_current_xact_id()")
        except psycopg.Error:
            return False
        return True


@contextmanager
def detecting(ground: Ground, origin: str = SOURCE) -> Iterator[Detector]:
    """Tries both databases until the block ends; writes come from that one."""
    stop = threading.Event()
    password = ground.cloud.password(SOURCE, "app")

    def dsn(identifier: str) -> str:
        return psycopg.conninfo.make_conninfo(
            host=ground.cloud.address(identifier),
            port=ground.cloud.port,
            dbname="app",
            user="app",
            password=password,
            sslmode="require",
        )

    (other,) = {SOURCE, TARGET_INSTANCE} - {origin}
    detector = Detector(dsn(origin), dsn(other))
    thread = threading.Thread(target=detector.run, args=(stop,))
    thread.start()
    try:
        yield detector
    finally:
        stop.set()
        thread.join()
