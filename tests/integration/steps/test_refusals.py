"""What the steps refuse: sources that must not move, and targets that are no faithful copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from steps_ground import Ground

from migration.errors import Permanent, Transient
from migration.model import Migration
from workers import evidence_of_slots
from workers.aws.rds import RdsGateway
from workers.aws.resources import EngineVersion
from workers.collector import Collector
from workers.postgres import fence
from workers.steps import comparison
from workers.steps.findings import Blocked
from workers.traffic.port import Endpoint

SOURCES = ("orders", "billing", "legacy")


@contextmanager
def changed(ground: Ground, source: str, change: str, back: str) -> Iterator[None]:
    """A state of the source's database for as long as the block takes."""
    with ground.superuser(source) as connection:
        connection.execute(change.encode())
    try:
        yield
    finally:
        with ground.superuser(source) as connection:
            connection.execute(back.encode())


def refusal(ground: Ground, migration: Migration, step: str = "check_source") -> str:
    """The words with which a step refuses; nothing was changed in AWS."""
    before = list(ground.changes)
    with pytest.raises(Blocked) as caught:
        ground.look(migration, step)
    assert ground.changes == before
    return str(caught.value)


def test_every_blocker_is_named_at_once(ground: Ground) -> None:
    """One look tells all that stands against a source, so that one round of mending is enough."""
    words = refusal(ground, ground.migration("legacy", "legacy-aurora"))

    assert "`legacy` can't be moved to Aurora as it is" in words
    for blocker, remedy in (
        ("system-update", "apply-pending-maintenance-action"),
        ("settlement-4711 (app, app)", "ROLLBACK PREPARED"),
        ("`warehouse_2019` in `app`", "pg_drop_replication_slot('warehouse_2019')"),
        ("`session_cache`", "SET LOGGED"),
    ):
        line = next(line for line in words.splitlines() if blocker in line)
        assert remedy in line
    assert words.count("•") == 4


def test_backups_that_are_off_need_the_requesters_acceptance(ground: Ground) -> None:
    """Without it the source is refused; with it the check goes through and warns."""
    words = refusal(ground, ground.migration("billing", "billing-aurora"))
    assert "Automated backups are off" in words

    accepted = ground.migration("billing", "billing-aurora", accept_backup_interruption=True)
    facts = ground.finish(accepted, "check_source")
    assert facts["backup_retention_days"] == 0


def test_a_clean_source_passes_with_the_choice_of_its_target(ground: Ground) -> None:
    """The lowest Aurora version that can replicate it, and its own class."""
    facts = ground.finish(ground.migration("orders", "orders-aurora"), "check_source")

    major = facts["source_version"].split(".")[0]
    assert facts["target_family"] == f"aurora-postgresql{major}"
    assert facts["target_class"] == facts["source_class"] == "db.r6g.large"
    assert facts["target_version"].startswith(f"{major}.")


def test_an_unknown_class_is_refused_with_those_on_offer(ground: Ground) -> None:
    """Who asked for a class that Aurora does not have is told which it has."""
    migration = ground.migration("orders", "orders-aurora", instance_class="db.m1.small")
    words = refusal(ground, migration)
    assert "`db.m1.small`, can't be ordered" in words
    assert "db.r" in words


def test_a_source_that_is_gone_is_no_source(ground: Ground) -> None:
    """An instance that was deleted after the start stops the migration in plain words."""
    migration = replace(ground.migration("orders", "orders-aurora"), source="nothing")
    with pytest.raises(Permanent, match="no instance `nothing`"):
        ground.look(migration, "check_source")


@pytest.mark.parametrize(
    ("change", "back", "expected"),
    [
        ("ALTER ROLE daybreak NOCREATEROLE", "ALTER ROLE daybreak CREATEROLE", "no CREATEROLE"),
        (
            "REVOKE rds_superuser FROM daybreak",
            "GRANT rds_superuser TO daybreak",
            "not in `rds_superuser`",
        ),
        ("ALTER ROLE app SUPERUSER", "ALTER ROLE app NOSUPERUSER", "superusers can't be kept out"),
        ("ALTER ROLE app REPLICATION", "ALTER ROLE app NOREPLICATION", "take the login from `app`"),
        (
            "CREATE SCHEMA daybreak AUTHORIZATION reporting",
            "DROP SCHEMA daybreak",
            "`daybreak` belongs to `reporting`",
        ),
        (
            (
                "CREATE SUBSCRIPTION feed CONNECTION 'dbname=none' PUBLICATION p "
                "WITH (connect = false)"
            ),
            "ALTER SUBSCRIPTION feed SET (slot_name = NONE); DROP SUBSCRIPTION feed",
            "subscribes to others: `app.feed`",
        ),
        (
            "CREATE UNLOGGED TABLE volatile ()",
            "DROP TABLE volatile",
            "unlogged tables, which arrive empty: `volatile`",
        ),
    ],
)
def test_what_the_cut_over_could_not_do_is_found_out_now(
    ground: Ground, change: str, back: str, expected: str
) -> None:
    """Rights, roles and contents of the database that would stop it later, stop it here."""
    with changed(ground, "orders", change, back):
        assert expected in refusal(ground, ground.migration("orders", "orders-aurora"))


def test_what_has_changed_since_is_found_before_the_replica(ground: Ground) -> None:
    """Hours may lie between the first look and the copy: nothing is made of what got worse."""
    with changed(ground, "orders", "CREATE UNLOGGED TABLE late ()", "DROP TABLE late"):
        words = refusal(ground, ground.migration("orders", "orders-aurora"), "create_replica")
    assert "can't be moved to Aurora any more" in words
    assert "`late`" in words


def test_daybreaks_role_is_daybreaks_alone(ground: Ground) -> None:
    """An application that logs in as Daybreak's role would not be kept out by the fence."""
    password = ground.cloud.password("orders", "daybreak")
    with psycopg.connect(
        host=ground.cloud.address("orders"),
        port=ground.cloud.port,
        user="daybreak",
        password=password,
        dbname="app",
        application_name="reports",
    ):
        words = refusal(ground, ground.migration("orders", "orders-aurora"))
    assert "Others log in as Daybreak's role: `reports from" in words


def test_a_source_that_is_still_fenced_is_refused(ground: Ground) -> None:
    """Whose fence stands on a source is said before anything is made."""
    migration = ground.migration("orders", "orders-aurora")
    with ground.tools.databases.source("orders") as connection:
        fence.prepare(connection, "orders-old")
        connection.execute("UPDATE daybreak.fence SET state = 'fenced'")
    try:
        assert "`fenced` by `orders-old`" in refusal(ground, migration)
    finally:
        with ground.tools.databases.source("orders") as connection:
            connection.execute("DROP SCHEMA daybreak CASCADE")


def test_a_network_that_lets_nobody_in_is_refused(ground: Ground) -> None:
    """The target gets the source's groups: without a rule for its port nobody would reach it."""
    ec2 = ground.session.client("ec2", endpoint_url=ground.cloud.endpoint_url)
    instance = ground.tools.rds.instance("orders")
    assert instance is not None
    group = instance.security_groups[0].id
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    try:
        words = refusal(ground, ground.migration("orders", "orders-aurora"), "check_network")
        assert f"let nobody in on port {ground.cloud.port}" in words
    finally:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
        ec2.close()
    facts = ground.finish(ground.migration("orders", "orders-aurora"), "check_network")
    assert len(facts["zones"]) >= 2


def test_a_pooler_that_leads_elsewhere_is_refused(ground: Ground) -> None:
    """What will be redirected has to lead to this very source now."""
    endpoint = ground.tools.traffic.states("orders")[0].endpoint
    assert endpoint
    other = Endpoint("127.0.31.250", endpoint.port)
    ground.tools.traffic.point_to("orders", other, epoch=0)
    try:
        words = refusal(ground, ground.migration("orders", "orders-aurora"), "check_network")
        assert f"leads to {other}" in words
    finally:
        ground.tools.traffic.point_to("orders", endpoint, epoch=0)


def compared(ground: Ground) -> comparison.Differences:
    """`orders` against `billing`, as if one were the other's copy."""
    found = comparison.Differences()
    databases = ground.tools.databases
    with databases.source("orders") as source, databases.source("billing") as target:
        comparison.compare_servers(source, target, found)
        before = comparison.view(source)
        # Tables that the other server does not have can't be counted there.
        comparison.compare_databases("app", before, source, target, found)
    return found


def both(ground: Ground, orders: str, billing: str) -> None:
    """Different contents on the two servers."""
    for source, statements in (("orders", orders), ("billing", billing)):
        with ground.superuser(source) as connection:
            connection.execute(statements.encode())


def test_every_kind_of_difference_is_seen(ground: Ground) -> None:
    """Rows, sequences, columns, functions, extensions and roles that differ are each named."""
    common = (
        "CREATE TABLE same (id int); INSERT INTO same VALUES (1), (2);"
        "CREATE TABLE short (id int); INSERT INTO short SELECT generate_series(1, 100);"
        "CREATE TABLE shaped (id int, body text);"
        "CREATE SEQUENCE ticks; SELECT setval('ticks', 500);"
        "CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';"
    )
    apart = (
        "DELETE FROM short WHERE id = 50; ALTER TABLE shaped ALTER body SET NOT NULL;"
        "SELECT setval('ticks', 400); ALTER ROLE reporting CONNECTION LIMIT 3;"
        "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 43';"
    )
    drop = "DROP TABLE same, short, shaped; DROP SEQUENCE ticks; DROP FUNCTION answer;"
    both(ground, common, common + apart)
    try:
        found = compared(ground)
        with ground.superuser("orders") as connection:
            connection.execute("ALTER ROLE reporting CONNECTION LIMIT -1")
    finally:
        both(ground, drop, drop + "ALTER ROLE reporting CONNECTION LIMIT -1;")

    said = "\n".join(found.passing)
    assert "public.short has 99 rows on the target, and had 100 before and 100 after" in said
    assert "public.same" not in said
    assert "public.ticks is at 400 on the target, behind the source's 500" in said
    assert "relation public.shaped differs" in said
    assert "function answer() differs" in said
    assert "role reporting differs" in said
    # `orders` has an extension that `billing` has not installed.
    assert "extension pg_stat_statements is missing" in said
    assert found.settings["work_mem"] == ["8192", "4096"]


def test_a_standby_that_could_not_replay_is_refused(ground: Ground) -> None:
    """Fewer of certain resources than the source has stops replay: that stays until mended."""
    found = comparison.Differences()
    databases = ground.tools.databases
    with databases.source("legacy") as source, databases.source("billing") as target:
        comparison.compare_servers(source, target, found)
    assert any("max_prepared_transactions" in words for words in found.lasting)
    with databases.source("billing") as target:
        words = " ".join(evidence_of_slots.wanting(target, []))
    assert "`wal_level` is not `logical`" in words
    # It came along in the group, and the server has not been started with it.
    assert any("preloads auto_explain, and the target does not" in w for w in found.lasting)


def test_the_list_of_instances_says_what_each_can_become(ground: Ground) -> None:
    """Tags, the Aurora version, and the classes that it can be ordered with."""
    inventory = Collector(ground.tools.rds, ground.tools.clock).collect()
    orders = inventory.source("orders")

    assert orders is not None
    assert [source.identifier for source in inventory.sources] == sorted(SOURCES)
    assert (orders.tags["team"], orders.obstacle) == ("checkout", "")
    assert orders.target_version == orders.engine_version
    offered = inventory.classes_for("orders")
    assert orders.instance_class in offered
    assert "db.m6g.large" not in offered
    # it would need a scaling range
    assert "db.serverless" not in offered


class Throttled(RdsGateway):
    """What Aurora offers is not told; the instances are."""

    def __init__(self, real: RdsGateway) -> None:
        self.instances = real.instances

    def aurora_versions(self) -> list[EngineVersion]:
        """Too many requests."""
        raise Transient("Throttling: Rate exceeded")


def test_the_list_of_instances_does_without_what_aurora_offers(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    """The instances are listed, nothing is said against them, and the log says why."""
    inventory = Collector(Throttled(ground.tools.rds), ground.tools.clock).collect()

    assert [source.identifier for source in inventory.sources] == sorted(SOURCES)
    assert {(source.target_version, source.obstacle) for source in inventory.sources} == {("", "")}
    assert inventory.classes == {}
    assert "What Aurora offers could not be read: Throttling" in caplog.text
