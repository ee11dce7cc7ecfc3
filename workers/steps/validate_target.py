"""Step: prove, read-only, that the target is the source's copy and that applications reach it.

It waits in place until the replica has replayed what was counted, for as long as the lag may be
and no longer: a new look would have to count everything again, and be as far ahead again.
"""

import time
from typing import Any

from migration.errors import Permanent, Transient
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.postgres import inventory, replication
from workers.postgres.connect import Connection, value
from workers.steps import comparison, ways
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

_NAMED_DIFFERENCES = 8
_LEAST_PATIENCE_SECONDS = 1.0
_POLL_SECONDS = 0.05


class Different(Transient):
    """Source and target differ in something that may have been under way; looked at again."""


class ValidateTarget:
    """First the applications' own way through every pooler, then everything in every database."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Compare all of it as of now.

        Raises:
            Permanent: a difference that stays until somebody mends it.
            Transient: a difference that may be gone at the next look, or a way that is shut.
        """
        endpoint = self._endpoint(migration)
        if self._tools.traffic.prepare(migration.source, journal):
            return Wait(
                self._tools.settings.watch_seconds, "The way of the applications was prepared"
            )
        found = comparison.Differences()
        compared: dict[str, Any] = {}
        databases = self._tools.databases
        with (
            databases.source(migration.source) as source,
            databases.at(migration.source, endpoint) as target,
        ):
            if not replication.in_recovery(target):
                raise Permanent(
                    f"The cluster `{migration.target}` is no replica any more: somebody promoted "
                    "it. Cancel the migration."
                )
            through = self._through_poolers(migration, endpoint, target, journal)
            comparison.compare_servers(source, target, found)
            names = [base.name for base in inventory.databases(source) if base.connectable]
        for name in names:
            outcome = self._database(migration, endpoint, name, found)
            if isinstance(outcome, Wait):
                return outcome
            compared[name] = _facts(outcome)
        _judge(migration, found)
        return Done({"ways": through, "databases": compared, "settings_differ": found.settings})

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """A name gets its TTL back.

        A pooler's second entry stays, and leads nowhere; no application knows its name.
        """
        self._tools.traffic.release(migration.source, journal)
        return Done()

    def _endpoint(self, migration: Migration) -> Endpoint:
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is None or cluster.endpoint is None:
            raise Permanent(
                f"The cluster `{migration.target}` has no endpoint any more. Cancel the migration."
            )
        return cluster.endpoint

    def _through_poolers(
        self, migration: Migration, endpoint: Endpoint, target: Connection, journal: Journal
    ) -> list[dict[str, Any]]:
        """In each: TCP, TLS, certificates and the application's password, as they will be used."""
        journal.intend("open_validation_entry", source=migration.source, endpoint=str(endpoint))
        traffic = self._tools.traffic
        # An earlier migration of this source may have left the poolers at a higher epoch.
        seen_by_poolers = (state.epoch for state in traffic.states(migration.source))
        epoch = max(migration.epoch, *seen_by_poolers)
        found = ways.to_target(self._tools, migration.source, endpoint, target, epoch=epoch)
        journal.done("open_validation_entry", poolers=[way["pooler"] for way in found])
        return found

    def _database(
        self, migration: Migration, endpoint: Endpoint, name: str, found: comparison.Differences
    ) -> comparison.Compared | Wait:
        databases = self._tools.databases
        with (
            databases.source(migration.source, name) as source,
            databases.at(migration.source, endpoint, name) as target,
        ):
            before = comparison.view(source)
            if not self._catches_up(migration, source, target, endpoint, before.position):
                return Wait(
                    self._tools.settings.watch_seconds,
                    f"The replica has yet to replay what was counted in `{name}`",
                )
            return comparison.compare_databases(name, before, source, target, found)

    def _catches_up(
        self,
        migration: Migration,
        source: Connection,
        target: Connection,
        endpoint: Endpoint,
        wanted: str,
    ) -> bool:
        patience = migration.options.lag_threshold_seconds + _LEAST_PATIENCE_SECONDS
        until = time.monotonic() + patience
        while not self._has_replayed(source, target, endpoint, wanted):
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _has_replayed(
        self, source: Connection, target: Connection, endpoint: Endpoint, wanted: str
    ) -> bool:
        """The copy's own word where it has one, else the source's view of it."""
        own = replication.replayed_by_own_account(target)
        if own is not None:
            return bool(value(source, "SELECT %s::pg_lsn >= %s::pg_lsn", own, wanted))
        return replication.has_replayed(source, endpoint, wanted) is True


def _judge(migration: Migration, found: comparison.Differences) -> None:
    if found.lasting:
        raise Permanent(
            f"The target `{migration.target}` is not fit:\n"
            + "\n".join(f"• {words}" for words in found.lasting)
            + "\nThen retry."
        )
    if found.passing:
        shown = "; ".join(found.passing[:_NAMED_DIFFERENCES])
        more = len(found.passing) - _NAMED_DIFFERENCES
        raise Different(
            f"Source and target differ: {shown}{f' and {more} more' if more > 0 else ''}. If a "
            "schema is being changed right now, let that end; otherwise the replica can't be "
            "trusted: cancel, and start again."
        )


def _facts(compared: comparison.Compared) -> dict[str, Any]:
    return {
        "objects": compared.objects,
        "tables_equal": compared.tables_exact,
        "tables_between": compared.tables_between,
        "rows": compared.rows,
        "sequences": compared.sequences,
        "not_counted": list(compared.not_counted),
        "extensions": [list(one) for one in compared.extensions],
    }
