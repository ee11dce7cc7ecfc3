"""`/migrate check`: asked for by anybody, carried out by a worker, read by the channel, once."""

from dataclasses import replace

import pytest
from bot_ground import CHANNEL, CHANNEL_ID, Ground

from bot import slack_clients
from bot.app import Channel, build_channel
from bot.cursor import Cursors
from migration.preflight import CheckRun, Level, Report, Result, State
from sandbox.slack.people.reading import visible_text

FOUND = Result(
    "unlogged-tables",
    "No table is unlogged",
    Level.BLOCKER,
    State.FOUND,
    ("Database `app` has unlogged tables, which arrive empty: `<sessions>`.",),
    "A physical copy has them, but empty.",
    ("`ALTER TABLE ... SET LOGGED` them.",),
)


def answered(ground: Ground, run: CheckRun) -> CheckRun:
    """What a worker makes of it."""
    report = Report(run.source, ground.clock.now(), run.login, (FOUND,))
    answer = replace(run, report=report)
    ground.checks.answer(answer)
    return answer


def reports(ground: Ground, run: CheckRun) -> list[str]:
    """What the channel has of it."""
    return [
        visible_text(message)
        for message in ground.rita.messages(CHANNEL)
        if ground.mark(message) == (run.id, 0)
    ]


def test_a_look_is_asked_for_and_read_in_the_channel(ground: Ground) -> None:
    """Whoever types reads at once where the answer will stand; the channel reads it."""
    source = ground.a_source()
    ground.oscar.type(CHANNEL, f"/migrate check `{source.upper()}`")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"`{source}` is being looked at")
    run = ground.asked_to_check(source)
    assert (run.channel, run.login, run.target) == (CHANNEL_ID, True, f"{source}-aurora")
    answered(ground, run)
    message = ground.rita.wait_for_message(CHANNEL, f"Preflight of `{source}`")

    assert "arrive empty: <sessions>" in visible_text(message)
    assert "1 to be mended first" in visible_text(message)
    assert len(reports(ground, run)) == 1


def test_a_look_without_a_login_is_asked_for_as_such(ground: Ground) -> None:
    """As `start` takes it."""
    source = ground.a_source()
    for typed in ("without-login", "--without-login"):
        ground.oscar.type(CHANNEL, f"/migrate check {source} {typed}")
        assert not ground.asked_to_check(source).login


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("check", "Which one? `/migrate check &lt;instance&gt; [--without-login]`"),
        ("check nothing-like-it", "There is no RDS for PostgreSQL instance `nothing-like-it`"),
        ("check <!channel>", "is no name that RDS gives an instance"),
    ],
)
def test_what_is_no_instance_is_not_looked_at(ground: Ground, typed: str, said: str) -> None:
    """The answer is for the one who typed it."""
    ground.a_source()
    ground.oscar.type(CHANNEL, f"/migrate {typed}")
    ground.oscar.wait_for_ephemeral(CHANNEL, said)


def test_guests_look_at_nothing(ground: Ground) -> None:
    """What stands in a database is not for everybody."""
    source = ground.a_source()
    ground.guest.type(CHANNEL, f"/migrate check {source}")
    ground.guest.wait_for_ephemeral(CHANNEL, "guests")


def test_what_else_is_typed_is_answered(ground: Ground) -> None:
    """A look takes one option; another that `start` takes would change nothing here."""
    source = ground.a_source()
    ground.oscar.type(CHANNEL, f"/migrate check {source} --method snapshot")
    ground.oscar.wait_for_ephemeral(CHANNEL, "It takes nothing else.")


@pytest.fixture(scope="module")
def channel(quiet_ground: Ground) -> Channel:
    """What the channel's worker runs, in the test's own process."""
    settings = quiet_ground.settings()
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(quiet_ground.redis, settings, identity)


def test_a_report_whose_post_was_not_seen_to_end_is_looked_for(
    quiet_ground: Ground, channel: Channel
) -> None:
    """It stands there already, so it is not posted again; shown, it is due no more."""
    ground = quiet_ground
    run = CheckRun("check-x-1", "x", "x-aurora", True, "U0RITA", CHANNEL_ID, ground.clock.now())
    ground.checks.ask(run)
    channel.checks.show(run.id)
    assert reports(ground, run) == []
    answered(ground, run)
    channel.checks.show(run.id)
    # the process died between the post and its record
    Cursors(ground.redis).save(run.id, root="", intended=0)
    channel.checks.show(run.id)

    assert len(reports(ground, run)) == 1
    assert ground.redis.zscore("daybreak:checks-due", run.id) is None
