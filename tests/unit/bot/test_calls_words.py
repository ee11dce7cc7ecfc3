"""Who is called for what, how often, and in which hours nobody is."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from block_limits import assert_fits
from pydantic import ValidationError
from shown import APPROVERS, NOW, RITA, STATES

from bot import quiet_hours
from bot.caller import Due, after, first
from bot.messages.buttons import can_schedule
from bot.messages.calls import LAST, Call, called, wanted
from bot.settings import SlackSettings
from migration.approvals import Person
from migration.cool_off import in_cool_off
from migration.service import Snapshot
from migration.wanted import is_wanted

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = quiet_hours.read("22:00-07:00 Europe/Berlin")
CALLS = {name: wanted(snapshot, APPROVERS) for name, snapshot in STATES.items()}
CALM = Call("gate:8:0", ("S0DBAONCALL",), "decide", urgent=False)


def at(text: str) -> float:
    """A time in Berlin, as unix seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def _can_be_approved(shown: Snapshot) -> bool:
    """Whether approvals are missing that would have it begin, now or later."""
    terms = shown.terms
    if terms is None:
        return True
    return bool(terms.missing) and (not terms.held_up or can_schedule(shown) > 0)


@pytest.mark.parametrize("state", STATES)
def test_people_are_called_exactly_when_they_are_wanted(state: str) -> None:
    """The thread calls whom App Home shows that something needs them, and nobody else."""
    shown = STATES[state]
    people = (
        Person(RITA, frozenset(), member=True),
        Person("UANNA", frozenset({"S0DBAONCALL"}), member=True),
        Person("UOSCAR", frozenset(), member=True),
    )
    found = {
        person.id
        for person in people
        if is_wanted(
            shown.migration,
            shown.evidence,
            shown.now,
            person,
            APPROVERS,
            may_decide=person.id == "UANNA" and _can_be_approved(shown),
        )
    }
    call = CALLS[state]
    who = set(call.who) if call else set()
    assert {one for one in ("UANNA", RITA) if one in found} == {
        one for one, known in (("UANNA", "S0DBAONCALL"), (RITA, RITA)) if known in who
    }
    assert "UOSCAR" not in found | who


@pytest.mark.parametrize("number", range(LAST + 1))
@pytest.mark.parametrize("state", [name for name, call in CALLS.items() if call])
def test_calls_fit_and_name_whom_they_are_for(state: str, number: int) -> None:
    """The last one names all approvers, and says that it is the last."""
    call = CALLS[state]
    assert call is not None
    message = called(call, number, NOW, APPROVERS)
    assert_fits(message)
    people = {*call.who, *(APPROVERS if number == LAST else ())}
    assert all(message.text.count(one) == 1 for one in people)
    assert ("Nobody is called for this again" in message.text) == (number == LAST)


def test_warnings_are_a_reason_to_call() -> None:
    """Somebody has to acknowledge them before anybody can approve."""
    warned = replace(STATES["active"], unacknowledged=("encrypted",))
    call = wanted(warned, APPROVERS)
    assert call is not None
    assert call.who == (RITA,)
    assert "1 warning of" in call.words


def test_what_cannot_wait_is_what_failed_or_stopped_writes() -> None:
    """A decision can wait until the morning."""
    urgent = {name for name, call in CALLS.items() if call and call.urgent}
    calm = {name for name, call in CALLS.items() if call and not call.urgent}
    assert {"halted", "cutting_over_stuck", "rolling_back_stuck"} <= urgent
    assert {"waiting_open", "cooling_off_over"} <= calm
    assert not any(in_cool_off(STATES[name].migration) for name in urgent - {"halted_in_cool_off"})


def test_calls_come_after_15_30_and_60_minutes_and_end() -> None:
    """Then one to all approvers after two hours, and no more."""
    due, minutes = first(CALM, NOW, None), []
    while due.at:
        minutes.append((due.number, (due.at - NOW) / 60))
        due = after(due, CALM, due.at)
    assert minutes == [(1, 15), (2, 30), (3, 60), (LAST, 120)]


def test_whom_no_entry_called_is_called_at_once() -> None:
    """As where the conditions hold hours after the gate was reached."""
    assert first(replace(CALM, said=False), NOW, None) == Due(CALM.occasion, 0, NOW, NOW)


def test_in_quiet_hours_a_call_is_put_off_to_their_end() -> None:
    """Unless it cannot wait; what the core asks again itself is called for once."""
    midnight, morning = at("2026-11-29T00:10"), at("2026-11-29T07:00")
    due = first(CALM, midnight, NIGHT)
    assert due == Due(CALM.occasion, 0, midnight, morning)
    assert after(due, CALM, morning).at == morning + 900
    assert first(replace(CALM, urgent=True), midnight, NIGHT).at == midnight + 900
    assert after(due, replace(CALM, again=False), morning).at == 0


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-07:00 Europe/Berlin", "2026-11-29T21:59", ""),
        ("22:00-07:00 Europe/Berlin", "2026-11-29T22:00", "2026-11-30T07:00"),
        ("22:00-07:00 Europe/Berlin", "2026-11-30T06:59:59", "2026-11-30T07:00"),
        ("22:00-07:00 Europe/Berlin", "2026-11-30T07:00", ""),
        ("12:00-13:30 Europe/Berlin", "2026-11-30T12:45", "2026-11-30T13:30"),
        ("12:00-13:30 Europe/Berlin", "2026-11-30T14:45", ""),
        # the clocks go back and forth in these nights
        ("22:00-07:00 Europe/Berlin", "2026-10-24T23:00", "2026-10-25T07:00"),
        ("22:00-07:00 Europe/Berlin", "2026-03-28T23:00", "2026-03-29T07:00"),
        ("21:00-06:00", "2026-11-29T22:30", "2026-11-30T07:00"),
    ],
)
def test_quiet_hours_follow_the_clocks_of_their_place(hours: str, now: str, until: str) -> None:
    """Over midnight and over a change of the clocks; UTC where no zone is named."""
    quiet = quiet_hours.read(hours)
    assert quiet is not None
    assert quiet.until(at(now)) == at(until or now)


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ("22-7", "not like"),
        ("22:00-07:00 Europe/Berlin or so", "not like"),
        ("22:00-25:00", "no times of day"),
        ("22:00-22:00", "nobody would ever be called"),
        ("22:00-07:00 Europe/Berlyn", "no time zone"),
        ("22:00-07:00 Europe", "no time zone"),
        ("22:00-07:00 ../etc/passwd", "no time zone"),
    ],
)
def test_wrong_quiet_hours_are_refused_at_the_start(hours: str, wrong: str) -> None:
    """With what is wrong about them."""
    with pytest.raises(ValidationError, match=wrong):
        SlackSettings.model_validate(
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "DAYBREAK_APPROVERS": "UADAM",
                "DAYBREAK_QUIET_HOURS": hours,
            }
        )
