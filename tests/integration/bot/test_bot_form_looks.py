"""The form's checks: looked for by a worker, shown when they are there, and never made up."""

from dataclasses import replace

import pytest
from bot_ground import CHANNEL, Ground
from filling_in import (
    FIRST,
    FOURTH,
    LAST,
    SECOND,
    THIRD,
    WAY_BACK,
    following,
    opened,
    preceding,
    to_the_summary,
    under_way,
)

from migration.model import WayBack
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import BY_NAME, REPLICA_IDENTITY, Offer
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text


def a_result(check: str, level: Level, state: State, *offers: Offer) -> Result:
    """One line of a report."""
    found = ("Table `<app>` has none.",)
    return Result(check, "It holds", level, state, found, "Why.", ("Mend it.",), offers=offers)


IDENTITY = a_result(
    "replica-identity",
    Level.BLOCKER,
    State.FOUND,
    Offer(REPLICA_IDENTITY, ("app: public.app",), {}),
)
WARNING = a_result("unlogged-tables", Level.WARNING, State.FOUND)
UNDONE = a_result("privileges", Level.WARNING, State.NOT_DONE)
PASSED = a_result("versions", Level.BLOCKER, State.PASSED)


def answered(ground: Ground, run: CheckRun, *results: Result, problem: str = "") -> None:
    """What a worker makes of it."""
    report = Report(run.source, ground.clock.now(), run.login, results) if results else None
    ground.checks.answer(replace(run, report=report, problem=problem))


def posted(ground: Ground, run: CheckRun) -> list[str]:
    """What the channel has of it."""
    shown = ground.rita.messages(CHANNEL)
    return [visible_text(one) for one in shown if ground.mark(one) == (run.id, 0)]


def test_what_a_look_finds_appears_by_itself(ground: Ground, rita: Person) -> None:
    """The worst first, with remedies; the person alone reads it, and the channel does not."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    modal = following(rita, THIRD)
    assert "is being looked at since" in visible_text(modal)
    run = ground.asked_to_check(source)
    assert (run.requester, run.chosen.target) == (rita.user, f"{source}-aurora")
    answered(ground, run, PASSED, WARNING, UNDONE, IDENTITY)
    modal = rita.wait_for_modal(saying="It can't be moved as it is")
    rows = [block["fields"][0]["text"] for block in modal["blocks"] if "fields" in block][1:]

    assert [row.split("\n")[0] for row in rows] == ["*blocker*", "*not done*", "*warning*"]
    assert f"/migrate remedy {source} replica-identity" in visible_text(modal)
    assert "Table &lt;app&gt; has none." in visible_text(modal).replace("`", "")
    assert "Passed: versions" in visible_text(modal)
    assert BY_NAME[REPLICA_IDENTITY].checks[0] == IDENTITY.check
    assert not posted(ground, run)
    modal = to_summary_from_checks(rita)
    assert "It will stop in its first steps, for `replica-identity`, `privileges`" in (
        visible_text(modal)
    )
    assert rita.submit().closed
    assert under_way(ground, source)


def to_summary_from_checks(rita: Person) -> dict[str, object]:
    """From the third step to the last."""
    following(rita, FOURTH)
    return following(rita, LAST)


def test_what_could_not_be_looked_at_is_said_so(ground: Ground, rita: Person) -> None:
    """And can be looked at again."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    following(rita, THIRD)
    answered(ground, ground.asked_to_check(source), problem="AWS did not <answer>.")
    modal = rita.wait_for_modal(saying="*Not done*: AWS did not &lt;answer&gt;.")
    assert "is not known" in visible_text(modal)
    assert rita.press_in_modal("Check again").error is None
    rita.wait_for_modal(saying="is being looked at since")
    answered(ground, ground.asked_to_check(source), PASSED)
    rita.wait_for_modal(saying="Nothing that was looked at stands against moving it")


def test_nobody_goes_on_from_findings_they_did_not_see(
    ground: Ground, rita: Person, request: pytest.FixtureRequest
) -> None:
    """Slack did not show them: Next shows them, and the next Next goes on."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    following(rita, THIRD)
    run = ground.asked_to_check(source)
    ground.processes["channel"].stop()
    try:
        answered(ground, run, IDENTITY)
        modal = following(rita, "This is what was found by now")
        assert THIRD in visible_text(modal)
        assert "It can't be moved as it is" in visible_text(modal)
        following(rita, FOURTH)
    finally:
        ground.processes["channel"].start()


def test_findings_do_not_take_anybody_back(ground: Ground, rita: Person) -> None:
    """Who has gone on, or back, stays there; the summary takes them up."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    following(rita, THIRD)
    run = ground.asked_to_check(source)
    preceding(rita, SECOND)
    answered(ground, run, WARNING)
    shown = ground.checks.latest
    rita.wait_until(lambda: shown(source) is not None, 30.0, "the look to be answered")
    rita.wait_until(
        lambda: ground.redis.zscore("daybreak:checks-due", run.id) is None, 30.0, "it to be shown"
    )
    assert SECOND in visible_text(rita.modal() or {})
    modal = to_the_summary(rita)
    assert "Nothing that was looked at stands against moving it" in visible_text(modal)


def test_other_choices_are_looked_at_anew(ground: Ground, rita: Person) -> None:
    """A way back makes warnings blockers: the summary waits for the look that knows of it."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    following(rita, THIRD)
    answered(ground, ground.asked_to_check(source), WARNING)
    rita.wait_for_modal(saying="unlogged-tables")
    following(rita, FOURTH)
    rita.fill({WAY_BACK: "Not without a way back"})
    rita.wait_for_modal(saying="Hours that the way back is kept")
    modal = following(rita, LAST)
    assert "*Being looked at* since" in visible_text(modal)
    run = ground.asked_to_check(source)
    assert run.chosen.way_back is WayBack.REQUIRED
    answered(ground, run, IDENTITY)
    modal = rita.wait_for_modal(saying="It will stop in its first steps")
    assert LAST in visible_text(modal)
    assert rita.submit().closed


def test_a_form_that_was_closed_reads_its_findings_later(ground: Ground, rita: Person) -> None:
    """Nothing is posted for it, and nothing goes wrong: they stand where it is taken up again."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    following(rita, THIRD)
    run = ground.asked_to_check(source)
    rita.close()
    answered(ground, run, IDENTITY)
    rita.wait_until(
        lambda: ground.redis.zscore("daybreak:checks-due", run.id) is None, 30.0, "it to be shown"
    )
    assert not posted(ground, run)
    assert rita.type(CHANNEL, "/migrate draft").error is None
    modal = rita.wait_for_modal(saying="It can't be moved as it is")
    assert THIRD in visible_text(modal)
    preceding(rita, SECOND)
    preceding(rita, FIRST)
