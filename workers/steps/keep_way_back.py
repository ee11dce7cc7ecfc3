"""Step: the fenced source follows the target for the cool-off; then all of it is taken down.

It ends when a person says so, to finish or to roll back. After its term they are asked, and it is
kept until they have answered.
"""

from datetime import UTC, datetime

import psycopg

from migration.cool_off import BEHIND, RETAINED, SECONDS_BEHIND, is_over, kept_until
from migration.errors import Permanent, Transient
from migration.model import WENT_BACK, Migration, Reading
from migration.plan import CUT_OVER, ROLL_BACK
from migration.steps import Done, Journal, Outcome, Wait
from workers.postgres import fence, roles, way_back
from workers.postgres.connect import Connection
from workers.postgres.way_back import Kept
from workers.steps import elsewhere
from workers.steps.findings import named
from workers.steps.remove_way_back import FINISHED, RemoveWayBack
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

# Changes are applied within milliseconds; a worker that failed is started again after 5 s.
LATE_SECONDS = 60.0
# With errors and nobody who applies, the same change has failed more than once by then.
FAILS_SECONDS = 12.0
_AT_ONCE = 0.0
_CLOSED = frozenset({fence.State.RETURNING, fence.State.ABANDONED})
_MIB = 2**20

SLOT_LOST = "the target's slot is gone, and with it what the source has not applied"
NOT_PREPARED = "it was not prepared before the target opened"


class NotApplied(Transient):
    """The source does not apply what is written to the target."""


class KeepWayBack:
    """Subscribe the source, watch it, and after its term leave nothing behind."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """One look at both; what is true stands on the servers.

        Raises:
            NotApplied: the source does not follow.
            Permanent: the target has changed in a way that can't go back.
        """
        databases = self._tools.databases
        if ROLL_BACK in migration.facts and self._tools.rds.cluster(migration.target) is None:
            with databases.source(migration.source) as source:
                return RemoveWayBack(self._tools, migration, journal).run_without_target(source)
        endpoint = self._endpoint(migration)
        with (
            databases.source(migration.source) as source,
            databases.target(migration.target) as target,
        ):
            kept = way_back.kept(target)
            closed = fence.read(target).state in _CLOSED
            if closed and fence.read(source).state is not fence.State.OPEN:
                # Whoever goes back still needs all of it.
                return Wait(
                    self._tools.settings.poll_seconds,
                    f"`{migration.target}` was closed by hand, and nobody can write: finish going "
                    "back, or open it again (docs/way-back.md)",
                )
            ended = WENT_BACK if closed else self._why_it_ends(migration, kept)
            if kept is None or ended:
                removal = RemoveWayBack(self._tools, migration, journal)
                return removal.run(source, target, kept, ended or _missed(migration))
            if not way_back.subscription(source):
                return self._subscribe(migration, source, endpoint, kept, journal)
            strays = [name for name in way_back.slots(target) if name != kept.slot]
            if strays:
                # A predecessor made it and died before it was vouched for: it keeps WAL for nobody.
                return RemoveWayBack(self._tools, migration, journal).drop_slot(target, strays[0])
            _refuse_open_source(source)
            _refuse_other_databases(migration, self._tools, source, target)
            _refuse_changed_tables(source, target)
            return self._watch(migration, source, target, kept, journal)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - see below
        """It comes after the point of no return: there is nothing to take back."""
        return Done()

    def _endpoint(self, migration: Migration) -> Endpoint:
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is None or cluster.endpoint is None:
            raise Permanent(f"The cluster `{migration.target}` is gone. See who deleted it.")
        return cluster.endpoint

    def _why_it_ends(self, migration: Migration, kept: Kept | None) -> str:
        """Empty while it is kept, or where there never was one."""
        if kept is None:
            return ""
        if kept.ended:
            return kept.ended
        if kept.lost:
            return SLOT_LOST
        return FINISHED if migration.finishing_by else ""

    def _subscribe(
        self,
        migration: Migration,
        source: Connection,
        endpoint: Endpoint,
        kept: Kept,
        journal: Journal,
    ) -> Wait:
        journal.intend("subscribe_source", source=migration.source, slot=kept.slot)
        login = self._tools.secrets.login(migration.source)
        try:
            way_back.subscribe(source, endpoint, login, kept.slot)
        except psycopg.errors.ConnectionFailure as error:
            raise Transient(
                f"`{migration.source}` itself can't reach `{migration.target}` at {endpoint}: "
                f"{error.diag.message_primary}. Let the source's security group in at the "
                "target's. Until then the target keeps WAL."
            ) from error
        journal.done("subscribe_source", source=migration.source)
        return Wait(_AT_ONCE, f"`{migration.source}` begins to follow `{migration.target}`")

    def _watch(
        self,
        migration: Migration,
        source: Connection,
        target: Connection,
        kept: Kept,
        journal: Journal,
    ) -> Wait:
        seconds = way_back.seconds_behind(source, target)
        at = self._tools.clock.now()
        origin = f"slot of {migration.target}"
        for name, seen, unit in (
            (SECONDS_BEHIND, seconds, "s"),
            (BEHIND, kept.behind_bytes, "bytes"),
            (RETAINED, kept.retained_bytes, "bytes"),
        ):
            if seen is not None:
                journal.reading(Reading(name, float(seen), unit, origin, at))
        errors = way_back.apply_errors(source)
        fails = errors > 0 and seconds > FAILS_SECONDS and not way_back.applies(source)
        if fails or seconds > LATE_SECONDS:
            raise NotApplied(
                f"`{migration.source}` applies nothing of `{migration.target}`: its last look at "
                f"it is {seconds:.0f} s old ({errors} errors so far), and the target keeps "
                f"{_mib(kept)} MiB of WAL for it. The source's log says why "
                "(`aws rds download-db-log-file-portion`); mend that on the source."
            )
        way_back.beat(target)
        return Wait(self._tools.settings.poll_seconds, self._words(migration, kept))

    def _words(self, migration: Migration, kept: Kept) -> str:
        """Said anew only where it changes: each new word is a version, and voids what is shown."""
        follows = f"`{migration.source}` follows `{migration.target}`"
        most = self._tools.settings.way_back_retained_mib
        if _mib(kept) > most:
            follows += (
                f", which keeps more than {most} MiB of WAL for it: it is read too slowly, and "
                "costs storage and holds up vacuum there"
            )
        if is_over(migration, self._tools.clock.now()):
            return f"{follows}. Its term is over: finish or roll back"
        until = datetime.fromtimestamp(kept_until(migration), UTC)
        return f"{follows}, until {until:%d %b %H:%M} UTC"


def _missed(migration: Migration) -> str:
    prepared = migration.fact(CUT_OVER, "way_back") or {}
    return str(prepared.get("reason") or NOT_PREPARED)


def _mib(kept: Kept) -> int:
    return int((kept.retained_bytes or 0) / _MIB)


def _refuse_open_source(source: Connection) -> None:
    """What somebody writes there is not on the target, and would come back with a roll back."""
    inside = roles.login_roles(source)
    if inside:
        raise Permanent(
            f"The source is not closed any more: {named(inside)} can log in. What they write there "
            "is on no target, and can stop what is applied. `ALTER ROLE … NOLOGIN` on the source, "
            "see what they wrote, then retry."
        )


def _refuse_other_databases(
    migration: Migration, tools: Toolbox, source: Connection, target: Connection
) -> None:
    """The way back is one database's: what is written to any other stays on the target."""
    apart = way_back.databases_apart(source, target)
    if apart:
        raise Permanent(
            f"These databases are on the source or on the target only: {named(apart)}. What is "
            "written to others than the application's does not go back: drop them, or make them "
            "on the other side, without tables; then retry."
        )
    with_tables = elsewhere.with_tables(tools, migration)
    if with_tables:
        raise Permanent(
            f"Other databases of the target hold tables by now: {named(with_tables)}. What is "
            "written there does not go back: move them into the application's database, then retry."
        )


def _refuse_changed_tables(source: Connection, target: Connection) -> None:
    """A new table's rows are passed over in silence; a new column stops what is applied."""
    here, there = way_back.tables(source), way_back.tables(target)
    changed = sorted(name for name in here | there if here.get(name) != there.get(name))
    if changed:
        raise Permanent(
            f"Tables of source and target differ since the target was opened: {named(changed)}. "
            "Changes of a schema do not go back. Make the same change on the source as Daybreak's "
            "role, or undo it on the target; then retry."
        )
    passed_over = sorted(set(there) - way_back.carried(source))
    if passed_over:
        raise Permanent(
            f"What is written to {named(passed_over)} does not go back: the source does not know "
            f"these tables as the target's. On the source, as Daybreak's role: `ALTER SUBSCRIPTION "
            f"{way_back.NAME} REFRESH PUBLICATION`, which copies them; then retry."
        )
