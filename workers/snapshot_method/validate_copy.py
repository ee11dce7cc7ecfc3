"""Step: the copy equals the closed source, in everything that can be compared."""

from typing import Any

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome
from workers.aws.resources import AVAILABLE, Cluster, Instance
from workers.postgres import checksums, counts, fence, inventory
from workers.postgres.connect import Connection, allow
from workers.snapshot_method.same_fence import check_source, see_copy
from workers.steps import comparison
from workers.toolbox import Toolbox

_NAMED_DIFFERENCES = 8
# A table of a GiB is read and summed in half of it; the time of the outage is a limit as well.
LONGEST_QUERY_SECONDS = 120.0


class NotEqual(Permanent):
    """The copy differs from the closed source: a person is asked, while the time runs."""


class ValidateCopy:
    """Nobody writes to either, so nothing may differ: definitions, counts, contents, sequences."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it only looks
        """Compare all of it.

        Raises:
            NotEqual: with every difference.
            NotTheSameFence: the copy is of another moment.
        """
        cluster = self._tools.rds.cluster(migration.target)
        instance = self._tools.rds.instance(migration.source)
        if cluster is None or cluster.endpoint is None or instance is None:
            raise Permanent(f"The copy `{migration.target}` or its source is gone.")
        wrong = _of_cluster(cluster, instance)
        found = comparison.Differences()
        databases = self._tools.databases
        with (
            databases.source(migration.source) as source,
            databases.at(migration.source, cluster.endpoint) as copy,
        ):
            check_source(fence.read(source), migration)
            see_copy(migration, copy)
            comparison.compare_servers(source, copy, found)
            names = [base.name for base in inventory.databases(source) if base.connectable]
        compared: dict[str, Any] = {}
        for name in names:
            with (
                databases.source(migration.source, name) as source,
                databases.at(migration.source, cluster.endpoint, name) as copy,
            ):
                self._bound(migration, source, copy)
                compared[name] = _compare(name, source, copy, found)
        _judge(migration, [*wrong, *found.lasting, *found.passing])
        return Done({"databases": compared, "settings_differ": found.settings})

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it only looked
        """Nothing was made."""
        return Done()

    def _bound(self, migration: Migration, *connections: Connection) -> None:
        """No query outlasts the outage by much: the source has to reopen in time."""
        until = migration.freeze.reopen_by if migration.freeze else 0.0
        left = until - self._tools.clock.now()
        if left <= 0:
            raise Permanent("The time that was approved for the outage is over.")
        for connection in connections:
            allow(connection, min(left, LONGEST_QUERY_SECONDS))


def _of_cluster(cluster: Cluster, source: Instance) -> list[str]:
    wrong = []
    if cluster.status != AVAILABLE:
        wrong.append(f"the cluster `{cluster.id}` is `{cluster.status}`")
    if not cluster.deletion_protection:
        wrong.append(f"the deletion protection of `{cluster.id}` is off")
    if (cluster.encrypted, cluster.kms_key) != (source.encrypted, source.kms_key):
        wrong.append(f"the cluster `{cluster.id}` is not encrypted as the source is")
    return wrong


def _compare(
    name: str, source: Connection, copy: Connection, found: comparison.Differences
) -> dict[str, Any]:
    before = comparison.view(source)
    compared = comparison.compare_databases(name, before, source, copy, found)
    for connection in (source, copy):
        checksums.agree(connection)
    summed = 0
    for table in counts.choose(source).counted:
        here, there = checksums.checksum(source, table), checksums.checksum(copy, table)
        summed += 1
        if here != there:
            found.lasting.append(
                f"`{name}`: table {table} holds {here[0]} rows with the sum {here[1]} on the "
                f"source, and {there[0]} rows with the sum {there[1]} on the copy"
            )
    return {
        "objects": compared.objects,
        "tables_equal": compared.tables_exact,
        "tables_summed": summed,
        "rows": compared.rows,
        "sequences": compared.sequences,
        "not_counted": list(compared.not_counted),
    }


def _judge(migration: Migration, differences: list[str]) -> None:
    if not differences:
        return
    shown = "\n".join(f"• {words}" for words in differences[:_NAMED_DIFFERENCES])
    more = len(differences) - _NAMED_DIFFERENCES
    raise NotEqual(
        f"The copy `{migration.target}` is not equal to its closed source:\n{shown}"
        f"{f' and {more} more' if more > 0 else ''}"
    )
