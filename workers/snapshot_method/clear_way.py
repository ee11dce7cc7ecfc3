"""Steps that make room: what an earlier attempt left goes, and nothing is in the way."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome
from workers.snapshot_method import void_copy
from workers.steps import marks
from workers.toolbox import Toolbox


class ClearWay:
    """Before the source is closed: a copy of an earlier attempt is void, and has the name."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Take a void copy down; raises Foreign where somebody else's cluster has the name."""
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is not None:
            marks.check_ours(migration, f"cluster `{cluster.id}`", cluster.tags)
        return void_copy.remove(migration, self._tools, journal)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing was made
        """Nothing was made."""
        return Done()


class Freeze:
    """What is left of the freeze for a cancel: nothing, because going back has opened the source.

    Carried out it is by a job of its own (`workers/snapshot_method/freeze.py`).
    """

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""

    def run(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - see below
        """Never as a step."""
        raise Permanent("A source is closed by a job, after an approval.")

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing is left
        """Nothing is left of it."""
        return Done()
