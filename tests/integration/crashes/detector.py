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
EVERY_SECONDS = 0.02


@dataclass
class Detector:
    """Tries to write to both databases."""

    dsns: dict[str, str]
    #: instants at which both took a write
    both: list[float] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. The source first: a fence may go up between the two looks, not down.

        A source that takes a write after the target took one has been open together with it.
        """
        target_took = False
        while not stop.wait(EVERY_SECONDS):
            target_took = target_took or self._takes(TARGET_INSTANCE)
            if target_took and self._takes(SOURCE):
                self.both.append(time.time())

    def _takes(self, name: str) -> bool:
        try:
            with psycopg.connect(self.dsns[name], connect_timeout=2, autocommit=True) as link:
                link.execute("CREATE TEMP TABLE probe (n int)")
                link.execute("SELECT pg_current_xact_id()")
        except psycopg.Error:
            return False
        return True


@contextmanager
def detecting(ground: Ground) -> Iterator[Detector]:
    """Tries both databases until the block ends."""
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

    detector = Detector({name: dsn(name) for name in (SOURCE, TARGET_INSTANCE)})
    thread = threading.Thread(target=detector.run, args=(stop,))
    thread.start()
    try:
        yield detector
    finally:
        stop.set()
        thread.join()
