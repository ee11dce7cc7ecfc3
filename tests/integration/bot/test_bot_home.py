"""App Home: what needs me, kept up to date for those who look, with hundreds of migrations."""

import re
import threading
from collections.abc import Iterator

import pytest
from bot_ground import CHANNEL, CHANNEL_ID, PATIENCE, Ground, wait_until

from bot import slack_clients
from bot.cursor import Cursors
from bot.homes import SECONDS_BETWEEN_NUMBERS, SECONDS_BETWEEN_WORDS, Homes
from bot.later import Later
from bot.people import People
from bot.viewers import LATELY_SECONDS, MOST, Viewers
from migration.approvals import Policy
from migration.model import Migration, Options, Reading, Waiting
from migration.plan import plan_for
from migration.service import LAG, Service
from sandbox.slack.cast import DBA_ONCALL
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text

#: What a look at Redis is: one trip each, whatever it brings.
READS = ("get", "mget", "hgetall", "lrange", "smembers", "zrevrange", "hget", "lindex")


class FakeClock:
    """Stands still until told otherwise."""

    def __init__(self, time: float) -> None:
        self.time = time

    def now(self) -> float:
        """The time that was set."""
        return self.time


@pytest.fixture
def both(own_ground: Ground) -> Iterator[Ground]:
    """The bot and its channel worker, for one test."""
    ground = own_ground
    ground.forgets_jobs()
    bot, channel = ground.bot("Listening to Slack"), ground.channel_worker()
    ground.runs(bot=bot, channel=channel)
    yield ground
    assert {bot.stop(), channel.stop()} == {0}
    ground.processes.clear()


def seen(person: Person, saying: str) -> str:
    """What their tab shows, once it says this."""

    def look() -> str:
        view = person.home()
        text = visible_text(view) if view else ""
        return text if saying in text else ""

    return str(person.wait_until(look, what=f"a tab that says {saying!r}"))


def published(ground: Ground) -> int:
    """How often Slack was given a tab so far."""
    return sum(entry["kind"] == "views.publish" for entry in ground.workspace.traffic())


def part(person: Person, title: str, saying: str) -> str:
    """A part of their tab, once it says this there."""

    def look() -> str:
        text = visible_text(person.home() or {})
        _, head, rest = text.partition(f"*{title}")
        found = re.split(r"\n\*(?:Under way: \d+|Ended lately)\*\n", head + rest)[0]
        return found if head and saying in found else ""

    return str(person.wait_until(look, what=f"{title!r} that says {saying!r}"))


def test_each_sees_what_needs_them_and_sees_it_change(both: Ground) -> None:
    """The gate for an approver, the failure for whoever asked; nobody has to open it again."""
    ground = both
    ground.redis.delete("daybreak:home:opened")
    gate, moving = ground.at_the_gate(), ground.started(ground.a_source())
    root = ground.promotable(gate)
    for person in (ground.adam, ground.rita, ground.oscar):
        person.open_home()
    adams = part(ground.adam, "Needs you now", gate.id)
    assert "Ready to promote" in adams
    assert moving.id not in adams
    place = f"p{root['ts'].replace('.', '')}"
    assert re.search(rf"<https?://[^|]*{place}[^|]*\|{gate.source} → {gate.target}>", adams)
    for person in (ground.rita, ground.oscar):
        assert moving.id in part(person, "Under way", gate.id)
    assert ground.anna.home() is None

    for person in (ground.adam, ground.rita, ground.oscar):
        # As if they had opened it some time ago.
        ground.redis.hset(f"daybreak:home:shown:{person.user}", "at", 0)
    ground.recorder.halt(moving, "No <subnet> group.")
    ground.service.cancel(gate.id, ground.rita.user)
    words = part(ground.rita, "Needs you now", moving.id)
    assert "*Stopped at “Check the source”*: No &lt;subnet&gt; group." in words
    assert "Stopped at" in part(ground.oscar, "Under way", "Being cancelled")
    assert moving.id in part(ground.adam, "Under way", "Being cancelled")
    assert ground.anna.home() is None


@pytest.fixture
def clock(own_ground: Ground) -> FakeClock:
    """An hour on: whoever opened a tab before did so long ago."""
    return FakeClock(own_ground.clock.now() + 2 * LATELY_SECONDS)


@pytest.fixture
def homes(own_ground: Ground, clock: FakeClock) -> Iterator[Homes]:
    """What the channel worker runs, in the test's own process; its timers end with the test."""
    ground = own_ground
    ground.redis.delete("daybreak:home:opened")
    client = slack_clients.listening(ground.settings())
    team = slack_clients.identify(client).team_id
    policy = Policy(frozenset({DBA_ONCALL.id}))
    known = set(threading.enumerate())
    yield Homes(
        client,
        ground.store,
        People(client, team, policy, clock),
        Service(ground.store, clock, policy),
        Cursors(ground.redis),
        Viewers(ground.redis),
        clock,
        Later(),
    )
    for thread in set(threading.enumerate()) - known:
        if isinstance(thread, threading.Timer):
            thread.cancel()
            thread.join(PATIENCE)


def test_a_tab_is_published_when_it_says_something_else_and_not_too_often(
    own_ground: Ground, homes: Homes, clock: FakeClock
) -> None:
    """Words soon, numbers in a minute, what is the same never; and nothing to who has left."""
    ground = own_ground
    migration = ground.started(ground.a_source())
    before = published(ground)

    def has_published(times: int) -> bool:
        homes.bring_up_to_date()
        # What came too soon is done later by a timer as well.
        return published(ground) - before == times

    assert has_published(0)
    homes.opened(ground.oscar.user)
    assert has_published(1)
    clock.time += 2 * SECONDS_BETWEEN_NUMBERS
    assert has_published(1)

    def has_read(value: float) -> None:
        ground.store.add_reading(migration.id, Reading(LAG, value, "s", "here", clock.now()))

    has_read(1.5)
    assert has_published(2)
    has_read(2.5)
    clock.time += SECONDS_BETWEEN_NUMBERS - 1
    assert has_published(2)
    clock.time += 1
    assert has_published(3)
    assert "lag 2.5 s" in seen(ground.oscar, "Under way")
    ground.service.pause(migration.id, ground.rita.user)
    clock.time += SECONDS_BETWEEN_WORDS - 0.5
    assert has_published(3)
    clock.time += 0.5
    assert has_published(4)
    assert "*Paused by" in seen(ground.oscar, "*Paused by")
    clock.time += LATELY_SECONDS + 1
    ground.service.resume(migration.id, ground.rita.user)
    assert has_published(4)


def test_no_more_people_than_slack_takes_are_kept_up_to_date(
    own_ground: Ground, homes: Homes, clock: FakeClock
) -> None:
    """The latest; all of them together get one call a second at most."""
    ground = own_ground
    viewers = Viewers(ground.redis)
    for number in range(MOST + 5):
        viewers.opened(f"U0NOBODY{number:03}", clock.now() - 60 + number)
    kept = viewers.lately(clock.now())
    assert (len(kept), kept[0], kept[-1]) == (MOST, "U0NOBODY029", "U0NOBODY005")

    homes.opened(ground.oscar.user)
    migration = ground.started(ground.a_source())
    clock.time += MOST - 1
    before = published(ground)
    homes.bring_up_to_date()
    # Slack knows none of the others: they are forgotten.
    assert viewers.lately(clock.now()) == [ground.oscar.user]
    assert migration.id not in visible_text(ground.oscar.home() or {})
    clock.time += 1
    homes.bring_up_to_date()
    assert migration.id in visible_text(ground.oscar.home() or {})
    assert published(ground) - before == MOST


def test_while_slack_takes_no_tab_it_stays_due(
    own_ground: Ground, homes: Homes, clock: FakeClock
) -> None:
    """A limit loses nothing."""
    ground = own_ground
    homes.opened(ground.oscar.user)
    migration = ground.started(ground.a_source())
    clock.time += SECONDS_BETWEEN_WORDS
    with ground.trouble.lasting("ratelimited", "views.publish"):
        homes.bring_up_to_date()
    assert migration.id not in visible_text(ground.oscar.home() or {})
    homes.bring_up_to_date()
    assert migration.id in visible_text(ground.oscar.home() or {})


def test_whom_slack_does_not_know_is_told_so(own_ground: Ground, homes: Homes) -> None:
    """What is under way is shown all the same."""
    ground = own_ground
    with ground.trouble.lasting("error", "users.info"):
        homes.opened(ground.adam.user)
    assert "Slack did not say who you are" in visible_text(ground.adam.home() or {})


def many(ground: Ground, count: int) -> None:
    """So many under way, each with the longest names, waiting for its copy."""
    now = ground.clock.now()
    for number in range(count):
        source = f"s{number}".ljust(63, "x")
        options = Options(target="t" * 63)
        one = Migration(
            id=f"{source}-abcd",
            source=source,
            requester=ground.rita.user,
            channel=CHANNEL_ID,
            options=options,
            plan=plan_for(source, options),
            created_at=now,
            updated_at=now,
            position=5,
            waiting=Waiting("RDS is creating the cluster", now, 0.5),
        )
        ground.store.create(one, [], None)


def reads(ground: Ground, typed: str) -> int:
    """How often the bot asks the store for an answer; the least of two, others may ask as well."""

    def total() -> int:
        stats: dict[str, dict[str, int]] = ground.redis.info("commandstats")
        return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in READS)

    def once() -> int:
        before = total()
        known = {message["ts"] for message in ground.oscar.ephemerals(CHANNEL)}
        ground.oscar.type(CHANNEL, f"/migrate {typed}")
        wait_until(
            lambda: any(message["ts"] not in known for message in ground.oscar.ephemerals(CHANNEL)),
            f"an answer to {typed}",
        )
        return total() - before

    return min(once(), once())


@pytest.fixture(scope="module")
def hundreds(own_ground: Ground) -> Iterator[Ground]:
    """A bot that listens, for the tests of many."""
    bot = own_ground.bot("Listening to Slack", name="hundreds")
    bot.start()
    yield own_ground
    assert bot.stop() == 0


@pytest.mark.table("hundreds")
@pytest.mark.parametrize("command", ["list", "status", "audit"])
def test_a_command_asks_the_store_no_more_often_with_hundreds(
    hundreds: Ground, command: str
) -> None:
    """What is counted is trips to Redis: the same for 200 more as before."""
    ground = hundreds
    asked = ground.started(ground.a_source())
    typed = command if command == "list" else f"{command} {asked.id}"
    few = reads(ground, typed)
    many(ground, 200)
    ground.forgets_jobs()
    try:
        assert reads(ground, typed) == few > 0
        ground.oscar.open_home()
        shown = seen(ground.oscar, "Under way: 20")
        assert re.search(r"… and 18\d more: `/migrate list`", shown)
        assert len((ground.oscar.home() or {})["blocks"]) <= 100
    finally:
        ground.redis.flushall()
