"""The fence holds: whoever it can't keep out ends the cut-over, by name, and writes flow.

What each row does, it does while the cut-over is armed and waits in its pause: later than any
condition that was looked at, earlier than the fence.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from cutover_ground import SOURCE, TARGET, Client, Ground, assert_writes_flow, eventually
from held_cut_over import be_patient, ended, held_in_the_pause

from migration.model import Migration, Status
from workers import failpoints
from workers.postgres.fence import State

TARGET_INSTANCE = f"{TARGET}-1"
pytestmark = pytest.mark.table("fence")
# Of the source, for the whole module.
PARAMETERS = {"max_prepared_transactions": "10", "rds.logical_replication": "1"}
ROLES = (
    "SELECT json_object_agg(rolname, json_build_array(rolcanlogin, rolconnlimit, rolvaliduntil, "
    "rolpassword) ORDER BY rolname)::text FROM pg_authid"
)


@pytest.fixture(autouse=True)
def _patient(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """See `be_patient`."""
    be_patient(ground, monkeypatch)


def superuser(ground: Ground, *statements: str) -> None:
    """As the provider, on the source."""
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def direct(ground: Ground, application: str, user: str = "app") -> psycopg.Connection[Any]:
    """A session of the source itself, past the poolers."""
    return psycopg.connect(
        ground.direct_dsn,
        user=user,
        password=ground.cloud.password(SOURCE, user),
        application_name=application,
        autocommit=True,
    )


@contextmanager
def stuck_backend(ground: Ground) -> Iterator[None]:
    """A session whose backend does not hear that it is to end."""
    with direct(ground, "nightly-report") as connection:
        pid = connection.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def prepared_transaction(ground: Ground) -> Iterator[None]:
    """A transaction that waits for its COMMIT PREPARED."""
    with direct(ground, "settlement") as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO seen VALUES (2, 2)")
        connection.execute("PREPARE TRANSACTION 'settlement-1'")
    try:
        yield
    finally:
        superuser(ground, "ROLLBACK PREPARED 'settlement-1'")


@contextmanager
def application_with_our_role(ground: Ground) -> Iterator[None]:
    """An application that logs in as Daybreak's role, and again whenever it is ended."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                with direct(ground, "reports", "daybreak") as connection:
                    while not stop.is_set():
                        connection.execute("SELECT 1")
            except psycopg.Error:
                continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        eventually(lambda: connected(ground, "reports"), "its first login")
        yield
    finally:
        stop.set()
        thread.join()


def connected(ground: Ground, application: str) -> bool:
    """Whether it has a session on the source."""
    return bool(
        ground.scalar(
            SOURCE,
            f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{application}'",
        )
    )


@pytest.mark.parametrize(
    ("straggler", "words"),
    [
        (
            stuck_backend,
            ("did not end under the fence", "app (nightly-report) from 127.", "idle for"),
        ),
        (
            prepared_transaction,
            ("got past the fence", "the prepared transaction settlement-1 of app"),
        ),
        (application_with_our_role, ("the fence", "daybreak (reports) from 127.")),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_who_gets_past_it_ends_the_cut_over_by_name(
    ground: Ground, straggler: Callable[[Ground], Any], words: tuple[str, ...]
) -> None:
    """The source takes writes again, and its roles are what they were, those just made too.

    Whoever logs in anew each time it is ended may be between two sessions when the fence looks, and
    is found by the last look then, after the promotion: that costs the target.
    """
    superuser(ground, "CREATE ROLE leaves LOGIN", "ALTER ROLE reporting CONNECTION LIMIT 3")
    approved = ground.approve(ground.at_the_gate())
    with ExitStack() as stack:
        clients = stack.enter_context(ground.clients())
        with held_in_the_pause(ground, approved) as outcome:
            # Between the rehearsal and the fence one goes and one comes.
            superuser(
                ground,
                "DROP ROLE leaves",
                "CREATE ROLE comes LOGIN PASSWORD 'x' CONNECTION LIMIT 2 VALID UNTIL '2100-01-01'",
            )
            roles = ground.scalar(SOURCE, ROLES)
            stack.enter_context(straggler(ground))
        after = ended(ground, outcome)
        assert_writes_flow(clients)

    came_back = straggler is application_with_our_role
    found_late = came_back and "The target had been promoted: no client ever wrote" in after.aborted
    assert after.status is (Status.HALTED if found_late else Status.WAITING_FOR_APPROVAL)
    assert all(word in after.aborted for word in words), after.aborted
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert ground.scalar(SOURCE, ROLES) == roles
    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in clients:
        assert ground.numbers_on(SOURCE, client) == client.acknowledged


def test_those_that_go_are_named_in_what_came_of_it(ground: Ground) -> None:
    """Idle, in a transaction, in a long one: ended, told, and on the target as they were."""
    approved = ground.approve(ground.at_the_gate())
    stop = threading.Event()
    writer = Client(ground.direct_dsn)
    thread = threading.Thread(target=writer.run, args=(stop,))
    with (
        ground.clients() as clients,
        direct(ground, "console") as idle,
        direct(ground, "importer") as importer,
    ):
        with held_in_the_pause(ground, approved) as outcome:
            superuser(ground, "CREATE ROLE comes LOGIN PASSWORD 'x' CONNECTION LIMIT 2")
            roles = ground.scalar(SOURCE, ROLES)
            importer.execute("BEGIN")
            importer.execute("INSERT INTO seen VALUES (3, 3)")
            thread.start()
            eventually(lambda: len(writer.acknowledged) > 3, "direct writes")
        after = ended(ground, outcome)
        assert_writes_flow(clients)
        stop.set()
        thread.join()
        for session in (idle, importer):
            with pytest.raises(psycopg.OperationalError):
                session.execute("SELECT 1")

    assert after.status is Status.ACTIVE, after.aborted
    told = after.facts["cut_over"]["sessions_ended"]
    for words in ("app (console) from 127.", "app (importer) from 127."):
        assert any(one.startswith(words) for one in told), told
    assert any("idle in transaction for" in one for one in told)
    assert set(writer.acknowledged) <= set(ground.numbers_on(TARGET_INSTANCE, writer))
    assert ground.scalar(TARGET_INSTANCE, "SELECT count(*) FROM seen WHERE client = 3") == 0
    assert ground.scalar(TARGET_INSTANCE, ROLES) == roles
    assert ground.scalar(SOURCE, "SELECT rolcanlogin FROM pg_roles WHERE rolname='comes'") is False


@pytest.fixture
def upstream(ground: Ground) -> str:
    """Another database with a publication `feed`, and how to reach it."""
    superuser(ground, "CREATE DATABASE upstream")
    dsn = psycopg.conninfo.make_conninfo(ground.cloud.superuser_dsn(SOURCE), dbname="upstream")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE fed (n int PRIMARY KEY)")
        connection.execute("CREATE PUBLICATION feed FOR TABLE fed")
    superuser(
        ground,
        "CREATE ROLE feeder LOGIN",
        "CREATE TABLE fed (n int PRIMARY KEY)",
        "ALTER TABLE fed OWNER TO feeder",
    )
    return dsn


def subscribe(ground: Ground, upstream: str) -> None:
    """Have its changes applied to the source, with the rights of an ordinary role."""
    with psycopg.connect(upstream, autocommit=True) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')")
    superuser(
        ground,
        f"CREATE SUBSCRIPTION feed CONNECTION '{upstream}' PUBLICATION feed "
        "WITH (create_slot = false, copy_data = false, slot_name = 'feed', enabled = false)",
        # Whom one may be given to differs between versions; what it applies as does not.
        "ALTER ROLE feeder SUPERUSER",
        "ALTER SUBSCRIPTION feed OWNER TO feeder",
        "ALTER ROLE feeder NOSUPERUSER",
        "ALTER SUBSCRIPTION feed ENABLE",
    )
    eventually(lambda: applying(ground), "the subscription's worker")


def applying(ground: Ground) -> bool:
    """Whether something applies changes to the source for that role."""
    return bool(
        ground.scalar(SOURCE, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'feeder'")
    )


def test_a_subscription_that_was_made_since_keeps_it_from_beginning(ground: Ground) -> None:
    """So do a prepared transaction and an application with Daybreak's role: nobody waited."""
    migration = ground.at_the_gate()

    def refused(words: str) -> Migration:
        after = ground.cut_over(ground.approve(ground.store.load(migration.id)))
        assert after.status is Status.WAITING_FOR_APPROVAL
        assert after.aborted.startswith("The cut-over did not begin.")
        assert words in after.aborted
        return after

    with ground.clients() as clients:
        approved = ground.approve(migration)
        with prepared_transaction(ground):
            after = ground.cut_over(approved)
        assert "there are some: `settlement-1`" in after.aborted
        with application_with_our_role(ground):
            refused("Somebody else uses Daybreak's own role: reports from 127.")
        superuser(
            ground,
            "CREATE SUBSCRIPTION feed CONNECTION 'dbname=none' PUBLICATION p "
            "WITH (connect = false)",
        )
        after = refused("The source subscribes to others: app.feed")
        assert_writes_flow(clients)

    assert after.cut_over_began is None
    assert ground.scalar(SOURCE, "SELECT to_regclass('daybreak.fence')") is None
    assert [client.errors for client in clients] == [[] for _ in clients]


def test_what_is_applied_in_the_background_is_kept_out_as_well(
    ground: Ground, upstream: str
) -> None:
    """A worker without a client: ended by its kind, and refused as its role's logins are.

    So it is with every scheduler that works in the background as a role of its own.
    """
    approved = ground.approve(ground.at_the_gate())
    with ground.clients() as clients:
        with held_in_the_pause(ground, approved) as outcome:
            subscribe(ground, upstream)
        after = ended(ground, outcome)
        assert_writes_flow(clients)
        assert after.status is Status.ACTIVE, after.aborted
        told = after.facts["cut_over"]["sessions_ended"]
        assert any("logical replication" in one and one.startswith("feeder") for one in told), told
        with psycopg.connect(upstream, autocommit=True) as connection:
            connection.execute("INSERT INTO fed VALUES (1)")
        count = "SELECT count(*) FROM fed"
        eventually(lambda: ground.scalar(TARGET_INSTANCE, count) == 1, "the row on the target")

    assert ground.scalar(SOURCE, count) == 0
    assert [client.errors for client in clients] == [[] for _ in clients]


def test_a_pooler_that_does_not_answer_ends_it_before_the_fence(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its agent hangs: the cut-over goes back, says so, and goes on until the agent answers."""
    monkeypatch.setenv("DAYBREAK_PAUSE_SECONDS", "1")
    ground.compose()
    approved = ground.approve(ground.at_the_gate())
    points = ground.folder / "failpoints"
    points.mkdir()
    (points / "begun").write_text("delay 2")
    failpoints.watch(str(points))
    outcome: list[Migration] = []
    job = threading.Thread(target=lambda: outcome.append(ground.cut_over(approved)))
    with ground.clients() as clients:
        job.start()
        eventually((points / "begun.hit").exists, "the begin")
        with ground.agent_that_hangs():
            eventually(
                lambda: ground.store.load(approved.id).problem is not None, "words in the channel"
            )
            told = ground.store.load(approved.id).problem
        after = ended(ground, outcome)
        assert_writes_flow(clients)

    assert told is not None
    assert "does not answer" in told.reason
    assert "The agent at" in after.aborted

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert [client.errors for client in clients] == [[] for _ in clients]
