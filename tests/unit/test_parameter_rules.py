"""What becomes of a source's parameters: a verdict and a reason for each."""

from collections.abc import Mapping

import pytest

from workers.aws.parameters import Parameter
from workers.steps import parameter_rules
from workers.steps.parameter_rules import CLUSTER, INSTANCE, Families, Row, Verdict, Wanted

FORMULA = "LEAST({DBInstanceClassMemory/9531392},5000)"
SAME = Wanted(in_force={}, same_class=True)


def parameter(
    name: str,
    value: str | None = None,
    *,
    source: str = "system",
    modifiable: bool = True,
    static: bool = False,
    allowed: str = "",
    listed: bool = False,
) -> Parameter:
    """A parameter as a family lists it."""
    return Parameter(name, value, source, modifiable, static, allowed, listed)


def somebodys(name: str, value: str) -> Parameter:
    """One that somebody set on the source."""
    return parameter(name, value, source="user")


def named(*found: Parameter) -> dict[str, Parameter]:
    """By name."""
    return {one.name: one for one in found}


AURORA = Families(
    instance=named(
        parameter("work_mem", "4096", allowed="64-2147483647"),
        parameter("shared_buffers", "SUM({DBInstanceClassMemory/12038},-50003)"),
        parameter("random_page_cost", "4", allowed="0-1.79769e+308"),
        parameter("log_statement", "none", allowed="none,ddl,mod,all"),
        parameter("autovacuum_freeze_max_age", "200000000", allowed="-1,1000-2000000000"),
        parameter("max_connections", FORMULA, allowed="6-262143", static=True),
    ),
    cluster=named(
        parameter("rds.logical_replication", "0", allowed="0,1", static=True),
        parameter("fsync", "1", modifiable=False),
        parameter("timezone", "UTC"),
        parameter("max_wal_senders", "20", allowed="5-100", static=True),
        parameter("max_worker_processes", None, allowed="8-262143", static=True),
        parameter(
            "shared_preload_libraries", "pg_stat_statements", allowed="pg_cron,pg_stat_statements",
            static=True, listed=True,
        ),
    ),
)  # fmt: skip


def row_of(own: Parameter, wanted: Wanted = SAME) -> Row | None:
    """What is said of it, if anything."""
    rows = parameter_rules.decide(named(own), AURORA, wanted)
    return next((row for row in rows if row.name == own.name), None)


@pytest.mark.parametrize(
    ("own", "verdict", "target", "level", "reason"),
    [
        (somebodys("work_mem", "8192"), Verdict.COPIED, "8192", INSTANCE, "somebody set it"),
        (somebodys("random_page_cost", "1.1"), Verdict.COPIED, "1.1", INSTANCE, "somebody"),
        (somebodys("log_statement", "ddl"), Verdict.COPIED, "ddl", INSTANCE, "somebody"),
        (somebodys("rds.logical_replication", "1"), Verdict.COPIED, "1", CLUSTER, "somebody"),
        (somebodys("TimeZone", "CET"), Verdict.RENAMED, "CET", CLUSTER, "called timezone there"),
        (somebodys("shared_buffers", "9"), Verdict.KEPT, AURORA.instance["shared_buffers"].value,
         "", "cache"),
        (somebodys("wal_buffers", "9"), Verdict.DROPPED, "", "", "log in its own way"),
        (somebodys("max_wal_size", "9"), Verdict.DROPPED, "", "", "log in its own way"),
        (somebodys("rds.own", "9"), Verdict.DROPPED, "", "", "no such one"),
        (somebodys("fsync", "0"), Verdict.DROPPED, "1", "", "fixed"),
        (somebodys("work_mem", "32"), Verdict.DROPPED, "4096", "", "takes 64-2147483647 only"),
        (somebodys("log_statement", "some"), Verdict.DROPPED, "none", "", "does not take some"),
        (somebodys("autovacuum_freeze_max_age", "-1"), Verdict.COPIED, "-1", INSTANCE, "somebody"),
        (somebodys("autovacuum_freeze_max_age", "5"), Verdict.DROPPED, "200000000", "", "takes"),
        (somebodys("shared_preload_libraries", "pg_cron,pg_stat_statements"), Verdict.COPIED,
         "pg_cron,pg_stat_statements", CLUSTER, "somebody"),
        (somebodys("shared_preload_libraries", "pg_cron,pg_transport"), Verdict.DROPPED,
         "pg_stat_statements", "", "does not take pg_transport"),
        (parameter("work_mem", "1024"), Verdict.DIFFERS, "4096", "", "nobody set it"),
    ],
)  # fmt: skip
def test_a_parameter_has_a_verdict_and_a_reason(
    own: Parameter, verdict: Verdict, target: str, level: str, reason: str
) -> None:
    """Copied where Aurora has it and takes it, else left out and said why."""
    row = row_of(own)
    assert row is not None
    assert (row.verdict, row.source, row.target, row.level) == (verdict, own.value, target, level)
    assert reason in row.reason


@pytest.mark.parametrize(
    "own",
    [
        parameter("work_mem", "4096"),
        parameter("work_mem"),
        parameter("wal_buffers", "1"),
        parameter("rds.extensions", "pgcrypto"),
        parameter("max_connections", FORMULA),
    ],
)
def test_what_nobody_set_and_is_the_same_makes_no_row(own: Parameter) -> None:
    """The table holds what differs, and what somebody will miss."""
    assert row_of(own) is None


@pytest.mark.parametrize(
    ("own", "in_force", "same_class", "verdict", "target"),
    [
        # Aurora's own is less than what is in force, whoever set that.
        (parameter("max_wal_senders", "25"), {"max_wal_senders": "30"}, True, "raised", "30"),
        (parameter("max_wal_senders", "25"), {}, True, "raised", "25"),
        (somebodys("max_wal_senders", "25"), {"max_wal_senders": "30"}, True, "raised", "30"),
        (somebodys("max_wal_senders", "25"), {"max_wal_senders": "25"}, True, "copied", "25"),
        (somebodys("max_wal_senders", "10"), {"max_wal_senders": "10"}, True, "copied", "10"),
        (parameter("max_wal_senders", "10"), {}, True, "defaults differ", "20"),
        # A formula comes to less on a smaller class.
        (parameter("max_connections", FORMULA), {"max_connections": "900"}, False, "raised", "900"),
        (somebodys("max_connections", FORMULA), {"max_connections": "900"}, False, "raised", "900"),
        (somebodys("max_connections", FORMULA), {"max_connections": "900"}, True, "copied",
         FORMULA),
        # Another formula, or one that AWS does not tell, may come to anything.
        (parameter("max_connections", "{X}"), {"max_connections": "900"}, True, "raised", "900"),
        (parameter("max_worker_processes", "8"), {"max_worker_processes": "8"}, True, "raised",
         "8"),
        # Nobody could look: what is known stands.
        (somebodys("max_connections", "{X}"), {}, False, "copied", "{X}"),
    ],
)  # fmt: skip
def test_a_standby_never_gets_less_than_its_source(
    own: Parameter, in_force: Mapping[str, str], same_class: bool, verdict: str, target: str
) -> None:
    """PostgreSQL stops replay where it has less."""
    row = row_of(own, Wanted(in_force, same_class))
    assert row is not None
    assert (row.verdict, row.target) == (verdict, target)
    assert bool(row.level) == (row.verdict is not Verdict.DIFFERS)


@pytest.mark.parametrize(
    ("own", "in_force", "words"),
    [
        (somebodys("max_wal_senders", "500"), {}, "a standby needs 500, but Aurora takes 5-100"),
        (parameter("max_wal_senders", "20"), {"max_wal_senders": "500"}, "a standby needs 500"),
        (somebodys("shared_preload_libraries", "pg_transport"), {}, "does not take pg_transport"),
    ],
)
def test_what_cannot_be_left_out_is_refused(
    own: Parameter, in_force: Mapping[str, str], words: str
) -> None:
    """A replica that stops, or lacks a library, is not made in the first place."""
    rows = parameter_rules.decide(named(own), AURORA, Wanted(in_force, same_class=True))
    (blocker,) = parameter_rules.refused(rows)
    assert words in blocker.what
    assert parameter_rules.to_set(rows, CLUSTER) == {}


def test_what_is_left_out_without_harm_is_not_refused() -> None:
    """Most of what Aurora does not take is better left to it."""
    source = named(somebodys("fsync", "0"), somebodys("work_mem", "1"), somebodys("rds.own", "1"))
    assert parameter_rules.refused(parameter_rules.decide(source, AURORA, SAME)) == []


def test_each_group_gets_its_own_under_the_name_that_it_has_there() -> None:
    """And nothing that is only said."""
    source = named(
        somebodys("TimeZone", "CET"),
        somebodys("work_mem", "8192"),
        somebodys("shared_buffers", "9"),
        parameter("random_page_cost", "3"),
    )
    rows = parameter_rules.decide(source, AURORA, SAME)
    assert {
        level: {name: one.value for name, one in parameter_rules.to_set(rows, level).items()}
        for level in (CLUSTER, INSTANCE)
    } == {CLUSTER: {"timezone": "CET"}, INSTANCE: {"work_mem": "8192"}}


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ({}, "added"),
        (named(parameter("rds.logical_replication", "0")), "added"),
        (named(somebodys("rds.logical_replication", "0")), "added"),
        (named(somebodys("rds.logical_replication", "1")), "copied"),
    ],
)
def test_logical_replication_is_on_where_the_plan_needs_it(
    source: Mapping[str, Parameter], verdict: str
) -> None:
    """Said once, whatever the source's group says of it."""
    wanted = Wanted({}, same_class=True, logical="the plan needs it")
    (row,) = parameter_rules.decide(source, AURORA, wanted)
    assert (row.verdict, row.target, row.level) == (verdict, "1", CLUSTER)
    assert parameter_rules.to_set([row], CLUSTER)["rds.logical_replication"].static


def test_what_weighs_most_comes_first() -> None:
    """Raised before dropped, dropped before copied."""
    source = named(
        somebodys("work_mem", "8192"),
        somebodys("fsync", "0"),
        parameter("max_wal_senders", "50"),
    )
    rows = parameter_rules.decide(source, AURORA, SAME)
    assert [row.verdict.value for row in rows] == ["raised", "dropped", "copied"]
