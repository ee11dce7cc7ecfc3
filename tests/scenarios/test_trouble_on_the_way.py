"""A migration whose Redis stops twice and whose bot dies: all is done, said and counted once."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from redis_trouble import Lines, stopped
from small_sandbox import both_transports, small_sandbox

from bot.messages.readers import Readers
from bot.messages.thread import entries
from migration.adapters.clock import SystemClock
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import RqEngine
from migration.events import Approved, StepDone
from migration.model import Migration, Status
from migration.ports import Recorded
from sandbox.story import PROMOTE, ROOM, Story
from sandbox.supervisor import Sandbox
from sandbox.workload.ledger import account, only_in_first

# What these do waits for Redis; the bot asks it anew for everybody who acts.
WAITING = ("worker", "reconciler", "channel")
ROOT = 0
LISTENS = "Listening "
PREPARING = "    in the thread: Check the network: done"
FORM_OPEN = "adam reads the evidence"


class House:
    """A sandbox to get in the way of."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Everything runs."""
        assert sandbox.redis is not None
        assert sandbox.workspace is not None
        self._server, self._bot = sandbox.redis, sandbox.processes["bot"]
        self._logs = {name: Lines(sandbox.processes[name].log) for name in WAITING}
        self._trouble: dict[str, Callable[[], None]] = {
            PREPARING: self._redis_stops,
            FORM_OPEN: self._bot_dies,
        }
        self.story = Story(sandbox.workspace, self._tell)
        self._look = self.story.rita.wait_until

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Until everybody has noticed that it is gone; afterwards, that it is back."""
        before = {name: len(lines.changes()) for name, lines in self._logs.items()}

        def noticed(changes: int) -> bool:
            return all(
                len(lines.changes()) >= before[name] + changes for name, lines in self._logs.items()
            )

        with stopped(self._server):
            self._look(lambda: noticed(1), what="everybody to notice that Redis is gone")
            yield
        self._look(lambda: noticed(2), what="everybody to notice that Redis is back")

    def assert_told_in_turn(self) -> None:
        """Each process waited, and said of Redis only that it was away and came back."""
        for lines in self._logs.values():
            lines.assert_told_in_turn()

    def _tell(self, line: str) -> None:
        """Takes the story's lines; at some of them, once each, something goes wrong."""
        for beginning in [known for known in self._trouble if line.startswith(known)]:
            self._trouble.pop(beginning)()

    def assert_all_of_it_happened(self) -> None:
        """No line was waited for in vain."""
        assert not self._trouble

    def _redis_stops(self) -> None:
        with self.without_redis():
            pass

    def _bot_dies(self) -> None:
        log = self._bot.log
        before = log.read_text().count(LISTENS)
        self._bot.kill()
        self._look(lambda: log.read_text().count(LISTENS) > before, what="the bot to listen again")


def lived_through(house: House) -> None:
    """The story; at the gate Redis is away, and whoever presses is told so."""
    story = house.story
    story.ask()
    story.wait_for_promote()
    story.be_refused("oscar")
    with house.without_redis():
        assert story.adam.click(story.root, PROMOTE).error is None
        story.adam.wait_for_ephemeral(ROOM, "Redis does not answer")
    story.promote()


def history_of(sandbox: Sandbox) -> tuple[Migration, list[Recorded]]:
    """The one migration, and what the store says of it."""
    assert sandbox.redis is not None
    with redis.Redis.from_url(sandbox.redis.url) as connection:
        store = RedisStore(connection, RqEngine(connection), SystemClock())
        (migration,) = store.recent(10)
        return migration, list(store.events(migration.id))


def number_of(message: dict[str, Any]) -> int:
    """The number of the event that a message stands for."""
    return int(message["metadata"]["event_payload"]["number"])


def numbers_shown(story: Story) -> list[int]:
    """Which events stand in the thread, in its order."""
    thread = story.rita.thread(ROOM, story.root["ts"])
    # A file below an entry is none.
    return [number_of(message) for message in thread if not message.get("files")]


def twice(things: list[Any]) -> list[Any]:
    """Those that are there more than once."""
    return [thing for thing, times in Counter(things).items() if times > 1]


@pytest.mark.parametrize("transport", both_transports())
def test_a_migration_outlasts_its_redis_and_its_bot(transport: str) -> None:
    """It completes; no work is done twice, the thread has each entry once, no row is missing."""
    with small_sandbox(transport) as sandbox:
        assert sandbox.writers is not None
        assert sandbox.cloud is not None
        house = House(sandbox)
        lived_through(house)
        sandbox.writers.stop()
        source, target = map(sandbox.cloud.superuser_dsn, ("orders", "orders-aurora-1"))
        found, strays = account([sandbox.records], target), only_in_first(source, target)
        migration, history = history_of(sandbox)
        wanted = [one.number for one in entries(migration, history, 0, Readers(frozenset(), {}))]
        house.story.rita.wait_until(
            lambda: numbers_shown(house.story)[-1:] == wanted[-1:], what="the last entry"
        )
        shown = numbers_shown(house.story)
        roots = [number_of(message) for message in house.story.rita.messages(ROOM)].count(ROOT)
        starts = {name: process.starts for name, process in sandbox.processes.items()}
        acts = sandbox.cloud.carried_out
        house.assert_all_of_it_happened()
        house.assert_told_in_turn()

    assert starts == {name: 2 if name == "bot" else 1 for name in starts}
    assert migration.status is Status.COMPLETED
    assert shown == wanted
    assert roots == 1
    steps = [one.event.step for one in history if isinstance(one.event, StepDone)]
    assert steps == [step.name for step in migration.plan.steps]
    assert len([one for one in history if isinstance(one.event, Approved)]) == 1
    assert {"CreateDBSnapshot", "CreateDBCluster"} <= {act.action for act in acts}
    assert twice(acts) == []
    assert found.clean, found
    assert strays == 0
