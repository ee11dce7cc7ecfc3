"""A form that was closed is kept and offered again, to its person alone, and begins one thing."""

from bot_ground import CHANNEL, Ground
from filling_in import (
    FIRST,
    FOURTH,
    LAG,
    LAST,
    OFFER,
    SECOND,
    SOURCE,
    TARGET,
    following,
    opened,
    to_the_limits,
    to_the_summary,
    under_way,
    values,
)

from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text


def left_at_the_limits(rita: Person, source: str) -> None:
    """A form that was closed in its fourth step, with something typed there."""
    opened(rita, source, saying=SECOND)
    rita.fill({TARGET: "ours"})
    to_the_limits(rita)
    rita.fill({LAG: "2.5"})
    assert rita.close().error is None
    assert rita.modal() is None


def test_a_closed_form_is_offered_at_the_next_start(ground: Ground, rita: Person) -> None:
    """Where it stood, with what was typed in it last; begun anew it is gone."""
    source = ground.a_source()
    left_at_the_limits(rita, source)
    assert rita.type(CHANNEL, "/migrate start").error is None
    modal = rita.wait_for_modal(saying=OFFER)
    assert f"`{source}`, at step 4 of 5" in visible_text(modal)
    assert rita.press_in_modal("Go on with it").error is None
    rita.wait_for_modal(saying=FOURTH)
    assert values(rita)[LAG] == "2.5"
    following(rita, LAST)
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    assert (begun.options.target, begun.options.lag_threshold_seconds) == ("ours", 2.5)
    rita.type(CHANNEL, "/migrate start")
    modal = rita.wait_for_modal(saying=FIRST)
    assert OFFER not in visible_text(modal)


def test_begun_anew_nothing_of_it_is_left(ground: Ground, rita: Person) -> None:
    """And it is not offered once more."""
    source = ground.a_source()
    left_at_the_limits(rita, source)
    rita.type(CHANNEL, f"/migrate start {source}")
    rita.wait_for_modal(saying=OFFER)
    rita.press_in_modal("Begin anew")
    rita.wait_for_modal(saying=SECOND)
    assert values(rita)[TARGET] == f"{source}-aurora"
    rita.close()
    rita.type(CHANNEL, "/migrate draft")
    rita.wait_for_modal(saying="You have no form that was not sent")


def test_who_types_more_wants_no_other_form(ground: Ground, rita: Person) -> None:
    """Another source, or options: the form that was left stays where it is."""
    source, other = ground.a_source(), ground.a_source()
    left_at_the_limits(rita, source)
    rita.type(CHANNEL, f"/migrate start {other}")
    rita.wait_for_modal(saying=f"*{other}*: PostgreSQL")
    rita.close()
    rita.type(CHANNEL, "/migrate draft")
    rita.wait_for_modal(saying=FOURTH)
    assert values(rita)[LAG] == "2.5"


def test_another_person_is_offered_nothing(ground: Ground, rita: Person) -> None:
    """A form is its person's own."""
    source = ground.a_source()
    left_at_the_limits(rita, source)
    ground.oscar.type(CHANNEL, f"/migrate start {source}")
    modal = ground.oscar.wait_for_modal(saying=SECOND)
    assert OFFER not in visible_text(modal)
    ground.oscar.close()
    ground.oscar.type(CHANNEL, "/migrate draft")
    ground.oscar.wait_for_modal(saying="You have no form that was not sent")
    ground.oscar.close()


def test_a_name_alone_is_not_worth_keeping(ground: Ground, rita: Person) -> None:
    """Whoever looked and closed is not asked about it."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    rita.close()
    rita.type(CHANNEL, f"/migrate start {source}")
    modal = rita.wait_for_modal(saying=SECOND)
    assert OFFER not in visible_text(modal)


def test_a_form_is_sent_once(ground: Ground, rita: Person) -> None:
    """The same request again, to the byte: it reads what came of the first."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    to_the_summary(rita)
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    again = rita.replay()["payload"]
    assert again["response_action"] == "update"
    assert f"began `{begun.id}`" in str(again["view"]["blocks"])
    assert under_way(ground, source) == [begun]


def test_what_was_kept_of_a_source_that_is_moved_leads_to_its_first_step(
    ground: Ground, rita: Person
) -> None:
    """Somebody else was faster: said where another one can be chosen."""
    source = ground.a_source()
    left_at_the_limits(rita, source)
    ground.started(source)
    rita.type(CHANNEL, "/migrate draft")
    modal = rita.wait_for_modal(saying="is already being migrated")
    assert FIRST in visible_text(modal)
    assert values(rita)[SOURCE] == source
