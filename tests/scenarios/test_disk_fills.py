"""The source's disk would fill up: warned in time, dropped by the button, writers never stopped."""

import psycopg
import redis
from small_sandbox import small_sandbox, whole_story

from migration.adapters.clock import SystemClock
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import RqEngine
from migration.events import DiskLevelChanged, DropRequested, ReplicaDropped
from sandbox.settings import SOURCE
from sandbox.slack.people import buttons, visible_text
from sandbox.story import ROOM, Story
from sandbox.supervisor import Sandbox
from sandbox.workload.ledger import account

DROP = "Drop the replica"
# As the thread says it, by how near it is.
WARNINGS = ("The disk of `orders` fills up", "The disk of `orders` is nearly full")
GIB = 2**30
# As the root message says how much the source keeps for its replica.
KEPT = f"WAL kept on `{SOURCE}`: "
UNKNOWN = f"{KEPT}unknown"
# So much room the source's disk has when its replica is begun: some minutes of what is written.
ROOM_GIB = 0.4
WAL = "SELECT sum(size)::bigint FROM pg_ls_waldir()"
USED = f"SELECT ({WAL}) + (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint"
OLDEST = "SELECT ('x' || substr(min(name), 9))::bit(64)::bigint FROM pg_ls_waldir()"
SLOTS = "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'"
WRITTEN = "SELECT count(*) FROM ledger"
PATIENCE = 120.0


class Source:
    """The provider's view of the source."""

    def __init__(self, sandbox: Sandbox) -> None:
        assert sandbox.cloud is not None
        self.cloud = sandbox.cloud

    def number(self, query: str) -> int:
        """One number that the source tells."""
        with psycopg.connect(self.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def checkpoint(self) -> bool:
        """What nobody needs any more is thrown away at the next one."""
        with psycopg.connect(self.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return True

    def made_small(self) -> None:
        """From now on its disk has so much room and no more."""
        self.cloud.scenario.storage_gib[SOURCE] = self.number(USED) / GIB + ROOM_GIB

    @property
    def status(self) -> str:
        """As AWS tells it, whatever it has told before."""
        full = [one for one in self.cloud.events if "storage is full" in one]
        return "storage-full" if full else "never full"


def events_of(sandbox: Sandbox, *kinds: type) -> list[object]:
    """What happened of these kinds, oldest first."""
    assert sandbox.redis is not None
    with redis.Redis.from_url(sandbox.redis.url) as connection:
        store = RedisStore(connection, RqEngine(connection), SystemClock())
        (migration,) = store.recent(10)
        history = store.events(migration.id)
    return [one.event for one in history if isinstance(one.event, kinds)]


def drop_when_warned(story: Story) -> str:
    """Rita reads the warning and how much is kept, and presses the button; gives what she read."""
    rita = story.rita

    def thread() -> str:
        return "\n".join(visible_text(one) for one in rita.thread(ROOM, story.root["ts"]))

    def warned() -> bool:
        story.root = rita.message(ROOM, story.root["ts"])
        said, root = thread(), visible_text(story.root)
        warned = any(words in said for words in WARNINGS) and DROP in buttons(story.root)
        # The warning does not wait for it: right after the slot was made nobody knows it yet.
        return warned and KEPT in root and UNKNOWN not in root

    rita.wait_until(warned, PATIENCE, "a warning that the disk fills up")
    said = "\n".join([visible_text(story.root), thread()])
    assert rita.click(story.root, DROP, confirm="Drop it").error is None
    rita.wait_until(
        lambda: "The replica was dropped" in visible_text(rita.message(ROOM, story.root["ts"])),
        PATIENCE,
        "the replica to be dropped",
    )
    return said


@whole_story
def test_a_disk_that_would_fill_is_saved_by_the_button() -> None:
    """A replica that takes nothing: said with the time left, dropped, its slot gone, WAL freed."""
    settings = {
        "DAYBREAK_SYNC_SECONDS": "0.5",
        "DAYBREAK_DISK_WARNING_HOURS": "1",
        "DAYBREAK_DISK_ALARM_HOURS": "0.001",
    }
    with small_sandbox("socket", **settings) as sandbox:
        assert sandbox.workspace is not None
        assert sandbox.cloud is not None
        assert sandbox.writers is not None
        source, story = Source(sandbox), Story(sandbox.workspace, lambda _line: None)
        sandbox.cloud.scenario.replica_stalled = True
        story.ask()
        story.rita.wait_until(lambda: source.number(SLOTS) == 1, PATIENCE, "the replica")
        source.made_small()
        said = drop_when_warned(story)
        slots, oldest = source.number(SLOTS), source.number(OLDEST)
        written = source.number(WRITTEN)
        story.rita.wait_until(
            lambda: source.checkpoint() and source.number(OLDEST) > oldest,
            PATIENCE,
            "WAL to be thrown away",
        )
        story.rita.wait_until(
            lambda: source.number(WRITTEN) > written, PATIENCE, "writers to go on writing"
        )
        story.root = story.rita.message(ROOM, story.root["ts"])
        dropped = visible_text(story.root)
        assert story.rita.click(story.root, "Cancel", confirm="Cancel it").error is None
        story.rita.wait_until(
            lambda: "Cancelled" in visible_text(story.rita.message(ROOM, story.root["ts"])),
            PATIENCE,
            "the end",
        )
        sandbox.writers.stop()
        found = account([sandbox.records], sandbox.cloud.superuser_dsn(SOURCE))
        happened = events_of(sandbox, DiskLevelChanged, DropRequested, ReplicaDropped)
        was_full = source.status

    assert KEPT in said
    assert "at this pace" in said
    assert slots == 0
    assert "no physical slot any more" in dropped
    kinds = [type(one) for one in happened]
    assert kinds.index(DiskLevelChanged) < kinds.index(DropRequested) < kinds.index(ReplicaDropped)
    (outcome,) = [one for one in happened if isinstance(one, ReplicaDropped)]
    assert outcome.facts["slot_gone"] is True
    assert was_full == "never full"
    # Nobody noticed: no error, and every commit is there once.
    assert found.clean, found
