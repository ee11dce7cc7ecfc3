"""Buttons of remedies: within Slack's limits whatever is found, and never without their words."""

from block_limits import assert_fits

from bot.messages import preflight, remedies
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import REMEDIES, Change, Offer, RemedyRun, RunState

HOSTILE = "app: <!channel> `& " + "x" * 500


def look(*offers: Offer, state: State = State.FOUND) -> CheckRun:
    """A look whose checks found something, each with these offers."""
    results = tuple(
        Result(check, "t", Level.BLOCKER, state, ("found",), "why", ("mend",), offers=offers)
        for check in ("unlogged-tables",)
    )
    return CheckRun(
        "check-1", "orders", "o", True, "U1", "C1", 1.0, Report("orders", 5.0, True, results)
    )


def run_of(name: str, **changes: object) -> RemedyRun:
    """A remedy that somebody asked for."""
    known = {"state": RunState.ASKED, **changes}
    return RemedyRun(
        "remedy-1", "orders", "unlogged-tables", Offer(name, (), {}), "U2", 2.0, "check-1", **known
    )


def test_every_button_says_what_it_interrupts_and_fits_its_dialog() -> None:
    """The dialog has all of it for one thing or many, however long their names are."""
    for remedy in REMEDIES:
        for on in ((HOSTILE,), (HOSTILE,) * 40, ("app: public.heap",)):
            offer = Offer(remedy.name, on, {}, 3600.0 * 30)
            words = remedies.in_short(offer)

            assert len(words) <= remedies.DIALOG_TEXT
            assert remedy.interrupts in words
            assert remedy.on_cancel in words
            assert remedy.who_may in words
            assert len(remedy.caption) <= remedies.CAPTION


def test_a_report_with_every_remedy_is_a_message_that_slack_takes() -> None:
    """All of them offered on many hostile names, then all of them under way, then ended."""
    offers = [Offer(one.name, (HOSTILE,) * 40, {}, 90.0) for one in REMEDIES]
    assert_fits(preflight.report(look(*offers), "Rita"))
    busy = [run_of(one.name, waiting=HOSTILE) for one in REMEDIES]
    assert_fits(preflight.report(look(*offers), "Rita", busy))
    for offer in offers:
        assert_fits(remedies.really(look(offer), offer))
    changes = tuple(Change(HOSTILE, HOSTILE, HOSTILE, 1.0, done=True) for _ in range(40))
    for problem in ("", HOSTILE * 10):
        ended = run_of(REMEDIES[0].name, changes=changes, problem=problem, ended_at=3.0)
        assert_fits(remedies.ended(ended, look(), HOSTILE))


def test_one_under_way_has_no_button_and_says_who_asked() -> None:
    """So that it is not pressed twice."""
    offer = Offer(REMEDIES[0].name, ("app: public.heap",), {})
    free = str(preflight.report(look(offer), "Rita").blocks)
    busy = str(preflight.report(look(offer), "Rita", [run_of(offer.remedy)]).blocks)

    assert f"remedy:{offer.remedy}" in free
    assert f"remedy:{offer.remedy}" not in busy
    assert "<@U2>" in busy


def test_an_end_is_told_once_its_source_was_looked_at_again() -> None:
    """An older look would say that the check is red still."""
    early, late = look(), look(state=State.PASSED)
    ended = run_of(REMEDIES[0].name, state=RunState.DONE, ended_at=4.0)

    assert not remedies.is_told(run_of(REMEDIES[0].name), late)
    assert not remedies.is_told(run_of(REMEDIES[0].name, state=RunState.DONE, ended_at=6.0), early)
    assert remedies.is_told(ended, late)
    assert "passes now" in remedies.ended(ended, late, "Adam").text
    assert "says: found" in remedies.ended(ended, early, "Adam").text


def test_the_report_says_who_may_press_each() -> None:
    """Before anybody does, and is refused."""
    for remedy in REMEDIES:
        offer = Offer(remedy.name, ("app: public.heap",), {})
        shown = str(preflight.report(look(offer), "Rita").blocks)

        assert ("For approvers only." in shown) is remedy.approvers_only
        assert remedy.who_may in remedies.really(look(offer), offer).text


def test_an_offer_of_another_version_has_no_button() -> None:
    """A report that is stored outlives a deploy."""
    assert "remedies" not in str(preflight.report(look(Offer("gone", (), {})), "Rita").blocks)
