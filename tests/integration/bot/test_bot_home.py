"""App Home: what needs me, kept up to date for those who look, with hundreds of migrations."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from bot_ground import CHANNEL, CHANNEL_ID, Ground, wait_until

from bot import slack_clients
from bot.cursor import Cursors
from bot.homes import SECONDS_BETWEEN_NUMBERS, SECONDS_BETWEEN_WORDS, Homes
from bot.later import Later
from bot.people import People
from bot.viewers import LATELY_SECONDS, MOST, Viewers
from migration.approvals import Policy
from migration.model import Migration, Options, Reading, Waiting
from migration.plan import plan_for
from migration.service import LAG
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


def test_each_sees_what_needs_them_and_sees_it_change(both: Ground) -> None:
    """The gate for an approver, the failure for whoever asked; nobody has to open it again."""
    ground = both
    gate, moving = ground.at_the_gate(), ground.started(ground.a_source())
    ground.promotable(gate)
    link = ground.root(gate)["ts"].replace(".", "")
    for person in (ground.adam, ground.rita, ground.oscar):
        person.open_home()
    adams = seen(ground.adam, "Needs you now: 1")
    assert "Ready to promote" in adams.partition("Under way")[0]
    assert moving.id in adams.partition("Under way: 1")[2]
    assert re.search(rf"<https?://[^|]*p{link}[^|]*\|{gate.source} → {gate.target}>", adams)
    assert moving.id in seen(ground.rita, "Nothing needs you now").partition("Under way: 2")[2]
    assert "Under way: 2" in seen(ground.oscar, "Nothing needs you now")
    assert ground.anna.home() is None

    ground.recorder.halt(moving, "No <subnet> group.")
    ground.service.cancel(gate.id, ground.rita.user)
    words = seen(ground.rita, "Needs you now: 1").partition("Under way")[0]
    assert "*Stopped at “Check the source”*: No &lt;subnet&gt; group." in words
    assert "Stopped at" in seen(ground.oscar, "*Stopped at")
    assert "Being cancelled" in seen(ground.adam, "Nothing needs you now")
    assert ground.anna.home() is None


@pytest.fixture
def clock(own_ground: Ground) -> FakeClock:
    """An hour on: whoever opened a tab before did so long ago."""
    return FakeClock(own_ground.clock.now() + 2 * LATELY_SECONDS)


@pytest.fixture
def homes(own_ground: Ground, clock: FakeClock) -> Homes:
    """What the channel worker runs, in the test's own process."""
    ground = own_ground
    ground.redis.delete("daybreak:home:opened")
    client = slack_clients.listening(ground.settings())
    team = slack_clients.identify(client).team_id
    policy = Policy(frozenset({DBA_ONCALL.id}))
    return Homes(
        client,
        ground.store,
        People(client, team, policy, clock),
        policy,
        Cursors(ground.redis),
        Viewers(ground.redis),
        clock,
        Later(),
    )


def changes(ground: Ground, homes: Homes) -> int:
    """How many tabs are published when those who look are brought up to date."""
    before = published(ground)
    homes.bring_up_to_date()
    return published(ground) - before


def test_a_tab_is_published_when_it_says_something_else_and_not_too_often(
    own_ground: Ground, homes: Homes, clock: FakeClock
) -> None:
    """Words soon, numbers in a minute, what is the same never; and nothing to who has left."""
    ground = own_ground
    migration = ground.started(ground.a_source())
    assert changes(ground, homes) == 0
    homes.opened(ground.oscar.user)
    assert changes(ground, homes) == 0
    ground.store.add_reading(migration.id, Reading(LAG, 2.5, "s", "here", clock.now()))
    clock.time += SECONDS_BETWEEN_NUMBERS - 1
    assert changes(ground, homes) == 0
    clock.time += 1
    assert changes(ground, homes) == 1
    assert "lag 2.5 s" in seen(ground.oscar, "Under way")
    ground.service.pause(migration.id, ground.rita.user)
    clock.time += SECONDS_BETWEEN_WORDS - 0.5
    assert changes(ground, homes) == 0
    clock.time += 0.5
    assert changes(ground, homes) == 1
    assert "*Paused by" in seen(ground.oscar, "*Paused by")
    clock.time += LATELY_SECONDS + 1
    ground.service.resume(migration.id, ground.rita.user)
    assert changes(ground, homes) == 0


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


def many(ground: Ground, count: int) -> list[Migration]:
    """So many under way, each with the longest names, waiting for its copy."""
    now = ground.clock.now()
    waiting = Waiting("RDS is creating the cluster", now, 0.5)
    made = []
    for number in range(count):
        source = f"s{number}".ljust(63, "x")
        options = Options(target="t" * 63)
        plan = plan_for(source, options)
        one = Migration(
            id=f"{source}-abcd",
            source=source,
            requester=ground.rita.user,
            channel=CHANNEL_ID,
            options=options,
            plan=plan,
            created_at=now,
            updated_at=now,
            position=5,
            waiting=waiting,
        )
        ground.store.create(one, [], None)
        ground.store.add_reading(one.id, Reading(LAG, 1.0, "s", "here", now))
        made.append(one)
    return made


def reads(ground: Ground, ask: Callable[[], Any]) -> int:
    """How often the bot asks the store for this; the least of some, for others may ask as well."""

    def total() -> int:
        stats: dict[str, dict[str, int]] = ground.redis.info("commandstats")
        return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in READS)

    def once() -> int:
        before = total()
        ask()
        return total() - before

    return min(once() for _ in range(3))


def test_with_hundreds_it_fits_and_commands_ask_the_store_no_more_often(
    own_ground: Ground,
) -> None:
    """`list`, `status` and `audit` cost for 200 what they cost for a few; Slack takes the tab."""
    ground = own_ground
    bot = ground.bot("Listening to Slack")
    bot.start()
    asked = ground.started(ground.a_source())

    def answered(typed: str, saying: str) -> Callable[[], Any]:
        def ask() -> None:
            known = {message["ts"] for message in ground.oscar.ephemerals(CHANNEL)}
            ground.oscar.type(CHANNEL, f"/migrate {typed}")
            wait_until(
                lambda: any(
                    message["ts"] not in known and saying in visible_text(message)
                    for message in ground.oscar.ephemerals(CHANNEL)
                ),
                f"an answer that says {saying!r}",
            )

        return ask

    commands = {
        "list": answered("list", "Under way"),
        f"status {asked.id}": answered(f"status {asked.id}", asked.id),
        f"audit {asked.id}": answered(f"audit {asked.id}", asked.id),
    }
    try:
        few = {typed: reads(ground, ask) for typed, ask in commands.items()}
        made = many(ground, 200)
        ground.forgets_jobs()
        assert {typed: reads(ground, ask) for typed, ask in commands.items()} == few
        assert all(few.values())

        ground.rita.open_home()
        shown = seen(ground.rita, "Nothing needs you now")
        assert re.search(r"Under way: 20\d", shown)
        assert re.search(r"… and 18\d more: `/migrate list`", shown)
        view = ground.rita.home() or {}
        assert len(view["blocks"]) <= 100
        for one in made:
            ground.recorder.halt(replace(one), "It gave up.")
        ground.forgets_jobs()
        ground.rita.open_home()
        assert "… and 185 more" in seen(ground.rita, "Needs you now: 200")
    finally:
        assert bot.stop() == 0
