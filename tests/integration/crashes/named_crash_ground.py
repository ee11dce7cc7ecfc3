"""The crash table's ground without a pooler: Route 53 leads the source's name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from crash_ground import WORKERS, Application, CrashGround
from cutover_ground import SOURCE
from named_ground import NOTE, RECORD, NamedClient, NamedGround, named_clients
from prepared_base import TARGET_INSTANCE

from migration.model import Migration


@dataclass
class NamedApplication(NamedClient, Application):
    """Asks for the name again whenever it is thrown out, and keeps its times."""


class NamedCrashGround(NamedGround, CrashGround):
    """The crash table's, where a name is led."""

    def prepare(self) -> None:
        """Make the base, and remember what stands in the zone then."""
        super().prepare()
        self._name, self._note = self.zone.get(), self.zone.get(NOTE, "TXT")

    def begin(
        self, longest: float, processes: Sequence[str] = WORKERS, **options: Any
    ) -> Migration:
        """A new case: the zone is put back as well."""
        self.host.die()
        for name, kind, (value, ttl) in ((RECORD, "CNAME", self._name), (NOTE, "TXT", self._note)):
            self.zone.put(name, kind, ttl, value)
        return super().begin(longest, processes, **options)

    @contextmanager
    def clients(self, count: int = 4, kind: Any = NamedApplication) -> Iterator[list[Any]]:  # noqa: ARG002 - all are of one kind here
        """Applications that write through the name until the block ends."""
        with named_clients(self, self.zone, count, NamedApplication) as clients:
            yield clients

    def place(self) -> str:
        """Where the name leads."""
        value, _ = self.zone.get()
        places = {self.cloud.address(name): name for name in (SOURCE, TARGET_INSTANCE)}
        return places[value]
