"""The promote gate: every condition is looked at, and each that is broken shuts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest
from steps_ground import Ground, eventually

from migration.model import Evidence, Migration
from migration.service import LAG
from workers.evidence import gather
from workers.steps import STEPS, lag
from workers.toolbox import Toolbox

SOURCES = ("orders",)
# The gate asks for no snapshot.
BEFORE_THE_GATE = [s for s in STEPS if s not in {"take_safety_snapshot", "protect_target"}]


@dataclass
class StandingClock:
    """Tells one time."""

    time: float

    def now(self) -> float:
        """That time."""
        return self.time


@pytest.fixture(scope="module")
def migration(ground: Ground) -> Migration:
    """A migration whose plan has come to the gate."""
    return ground.carried_to(ground.migration("orders", "orders-aurora"), *BEFORE_THE_GATE)


def seen(ground: Ground, migration: Migration, tools: Toolbox | None = None) -> Evidence:
    """One gathering, its lag kept as the observer keeps it."""
    evidence = gather(migration, tools or ground.tools)
    if tools is None:
        ground.readings[migration.id].extend(evidence.readings)
    return evidence


def failing(evidence: Evidence) -> dict[str, str]:
    """What does not hold, with its words."""
    return {check.name: check.detail for check in evidence.checks if not check.ok}


def assert_holds_again(ground: Ground, migration: Migration) -> None:
    """All is well once more, so that the next test begins where this one did."""
    eventually(lambda: seen(ground, migration).holds, "a gate that holds again")


@contextmanager
def watched(ground: Ground, migration: Migration) -> Iterator[None]:
    """The gate held before the block, and holds again after it."""
    assert_holds_again(ground, migration)
    try:
        yield
    finally:
        assert_holds_again(ground, migration)


def test_the_gate_holds_when_all_is_well(ground: Ground, migration: Migration) -> None:
    """Ten conditions, each with words, and both readings of the lag."""
    assert_holds_again(ground, migration)
    evidence = seen(ground, migration)
    assert len(evidence.checks) == 10
    assert all(check.name and check.detail for check in evidence.checks)
    assert {reading.name for reading in evidence.readings} == {LAG, lag.LAG_BYTES}


def test_an_open_transaction_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Who holds it open is named: the pause would wait for it."""
    strict = ground.tools.settings.model_copy(update={"longest_transaction_seconds": 0.01})
    tools = replace(ground.tools, settings=strict)
    with (
        watched(ground, migration),
        psycopg.connect(
            host=ground.cloud.address("orders"),
            port=ground.cloud.port,
            user="app",
            password=ground.cloud.password("orders", "app"),
            dbname="app",
            application_name="nightly",
        ) as connection,
    ):
        connection.execute("SELECT 1")
        eventually(
            lambda: (
                "app (nightly)"
                in failing(seen(ground, migration, tools)).get("No long transaction", "")
            ),
            "the long transaction",
        )


def test_missing_metrics_shut_the_gate(ground: Ground, migration: Migration) -> None:
    """A reading that is missing never counts as zero."""
    # CloudWatch's last datapoint is too old four minutes from now.
    later = replace(ground.tools, clock=StandingClock(ground.tools.clock.now() + 240))
    with watched(ground, migration):
        found = failing(seen(ground, migration, later))
    assert "minutes old" in found["Lag under the threshold"]
    assert "Lag low for long enough" in found


def test_a_broken_replication_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """A replica that does not follow is neither streaming nor of known lag."""
    with watched(ground, migration):
        with ground.superuser("orders-aurora-1") as connection:
            (conninfo,) = connection.execute("SHOW primary_conninfo").fetchone() or ("",)
            connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
            connection.execute("SELECT pg_reload_conf()")
        try:
            eventually(
                lambda: "Replica streaming and moving" in failing(seen(ground, migration)),
                "the break",
            )
            assert "Lag under the threshold" in failing(seen(ground, migration))
        finally:
            with ground.superuser("orders-aurora-1") as connection:
                quoted = conninfo.replace("'", "''")
                connection.execute(f"ALTER SYSTEM SET primary_conninfo = '{quoted}'".encode())
                connection.execute("SELECT pg_reload_conf()")


def test_a_lagging_replica_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Lag above the requester's threshold, now or lately, is no state to cut over in."""
    strict = replace(migration, options=replace(migration.options, lag_threshold_seconds=0.000001))
    reading = replace(ground.readings[migration.id][-1], name=LAG, value=1.0)
    tools = replace(ground.tools, readings=lambda *_: [reading])
    found = failing(seen(ground, strict, tools))
    assert "Lag low for long enough" in found


def test_a_pooler_that_holds_traffic_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Nothing may be paused before the cut-over pauses it."""
    with watched(ground, migration):
        ground.tools.traffic.pause("orders", epoch=0, timeout_seconds=5, resume_after_seconds=30)
        try:
            assert "holds traffic already" in failing(seen(ground, migration))["Poolers ready"]
        finally:
            ground.tools.traffic.resume("orders", epoch=0)


def test_a_pooler_that_gives_up_too_early_shuts_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """Its time-outs are measured against the longest pause, before and after the promotion."""
    patient = replace(migration, options=replace(migration.options, max_write_pause_seconds=600))
    found = failing(seen(ground, patient))
    assert "at least, twice the longest write pause" in found.get(
        "Poolers ready", "at least, twice the longest write pause"
    )
    states = ground.tools.traffic.states("orders")
    shortest = min(
        (one.query_wait_timeout for one in states if one.query_wait_timeout), default=0.0
    )
    assert ("Poolers ready" in found) is (0 < shortest < 1200)


def test_the_backup_window_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """AWS takes its daily snapshot some time in it."""
    source = ground.tools.rds.instance("orders")
    assert source is not None
    hours, minutes = source.backup_window.split("-")[0].split(":")
    midnight = ground.tools.clock.now() // 86400 * 86400
    inside = StandingClock(midnight + int(hours) * 3600 + int(minutes) * 60 + 60)
    found = failing(seen(ground, migration, replace(ground.tools, clock=inside)))
    assert source.backup_window in found["No backup or maintenance now"]


def test_a_cluster_without_protection_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Who switched it off may be about to delete it."""
    with watched(ground, migration):
        ground.tools.rds.unprotect_cluster("orders-aurora")
        try:
            found = failing(seen(ground, migration))
            assert "deletion protection" in found["Replica available"]
        finally:
            ground.tools.rds.protect_cluster("orders-aurora", 7)


def test_nothing_counts_that_could_not_be_looked_at(ground: Ground, migration: Migration) -> None:
    """Without a source, a target and a pooler entry nothing holds, and nothing is raised."""
    lost = replace(migration, source="nothing", facts={})
    evidence = seen(ground, lost, ground.tools)
    assert not evidence.holds
    assert set(failing(evidence)) >= {
        "Source available",
        "No long transaction",
        "No prepared transaction",
        "Target validated",
        "Poolers ready",
        "Replica streaming and moving",
    }
