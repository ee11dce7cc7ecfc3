"""The form: its menus, how it follows what is chosen, the way back, and what it refuses there."""

from dataclasses import replace

import pytest
from bot_ground import CHANNEL, Ground
from filling_in import (
    ACCEPT,
    CLASS,
    FIRST,
    FOURTH,
    HOURS,
    LAG,
    LAST,
    LOGIN,
    METHOD,
    PAUSE,
    SECOND,
    SLOTS,
    SOURCE,
    TARGET,
    THIRD,
    WAY_BACK,
    chosen,
    following,
    opened,
    preceding,
    sent,
    to_the_limits,
    to_the_summary,
    under_way,
    values,
)

from migration.adapters.redis_store import INVENTORY_KEY
from migration.ports import Inventory, Source
from sandbox.slack.cast import ADAM, RITA
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import find_input, inputs, visible_text


def test_a_source_is_found_by_what_people_know_of_it(ground: Ground, rita: Person) -> None:
    """A part of its name, its class, a tag; and a slip of the pen is offered the nearest."""
    mine = ground.a_source(tags={"team": "parcels"}, instance_class="db.m6g.xlarge")
    opened(rita)
    for typed in (mine, mine[2:], "db.m6g.xlarge parcels", "team:parcels", "TEAM=Parcels"):
        assert mine in rita.suggestions(SOURCE, typed)
    assert rita.suggestions(SOURCE, mine)[0] == mine
    slip = mine.replace("orders", "odrers")
    assert rita.suggestions(SOURCE, slip)[0] == slip
    assert mine in rita.suggestions(SOURCE, slip)
    assert rita.suggestions(SOURCE, "<!channel> \u202e nothing") == ["Nothing fits"]


def test_of_many_sources_the_first_hundred_are_offered(ground: Ground, rita: Person) -> None:
    """Slack shows no more; whoever types more finds the rest."""
    base = Source("", "postgres", "15.4", "available", "db.r6g.large", 7, target_version="15.4")
    ground.lists(*(replace(base, identifier=f"fleet-{number:03}") for number in range(137)))
    opened(rita)
    assert rita.suggestions(SOURCE, "fleet") == [f"fleet-{number:03}" for number in range(100)]
    assert rita.suggestions(SOURCE, "fleet-13") == [f"fleet-{number}" for number in range(130, 137)]


def test_every_step_leads_back_and_loses_nothing(ground: Ground, rita: Person) -> None:
    """What was typed stays, right or wrong; what was proposed follows another source."""
    first, second = ground.a_source(), ground.a_source(instance_class="db.m6g.xlarge")
    modal = opened(rita, saying=FIRST)
    assert "Choose a source" in visible_text(modal)
    chosen(rita, first)
    following(rita, SECOND)
    assert values(rita)[TARGET] == f"{first}-aurora"
    rita.fill({TARGET: "ours"})
    to_the_limits(rita)
    rita.fill({LAG: "soon", WAY_BACK: "Not without a way back"})
    rita.wait_until(lambda: HOURS in values(rita), 30.0, "the hours to be asked for")
    rita.fill({HOURS: "24", SLOTS: "Make them anew on the cluster"})
    preceding(rita, THIRD)
    preceding(rita, SECOND)
    assert values(rita)[TARGET] == "ours"
    preceding(rita, FIRST)
    chosen(rita, second)
    modal = following(rita, SECOND)
    assert "db.m6g.xlarge, can't be ordered for Aurora here; the nearest is db.r6g.xlarge" in (
        visible_text(modal)
    )
    assert values(rita) == {
        TARGET: "ours", CLASS: "db.r6g.xlarge", METHOD: "read replica", LOGIN: "with",
    }  # fmt: skip
    to_the_limits(rita)
    assert values(rita) == {
        LAG: "soon", PAUSE: "300", WAY_BACK: "required", HOURS: "24", SLOTS: "recreate",
    }  # fmt: skip
    assert "A number of seconds" in rita.submit().errors[LAG]
    rita.fill({LAG: "2.5"})
    modal = following(rita, LAST)
    assert f"`{second}` stays, closed to them" in visible_text(modal)
    preceding(rita, FOURTH)
    following(rita, LAST)
    assert rita.submit().closed
    (begun,) = under_way(ground, second)
    found = begun.options
    assert (found.target, found.instance_class) == ("ours", "db.r6g.xlarge")
    assert (found.lag_threshold_seconds, found.way_back_hours) == (2.5, 24.0)
    assert (found.way_back, found.recreate_slots) == ("required", True)


def test_without_a_login_it_is_said_what_that_means_before_anything_starts(
    ground: Ground, rita: Person
) -> None:
    """The choice draws the outlook anew, with a pause that the mode can keep, unless typed."""
    source = ground.a_source()
    modal = opened(rita, source, saying="What will happen")
    assert "for minutes" not in visible_text(modal)
    rita.fill({LOGIN: "Without any login"})
    modal = rita.wait_for_modal(saying="for minutes")
    assert "nothing inside the database is looked at" in visible_text(modal)
    to_the_limits(rita)
    assert values(rita) == {LAG: "5", PAUSE: "1200"}
    assert "for minutes" in visible_text(following(rita, LAST))
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    assert not begun.options.login
    assert {step.variant for step in begun.plan.steps} == {"", "without login"}


def test_classes_are_those_that_can_be_ordered(ground: Ground, rita: Person) -> None:
    """In order of size, found by a part of the name."""
    opened(rita, ground.a_source(), saying=SECOND)
    assert rita.suggestions(CLASS, "r6g") == ["db.r6g.large", "db.r6g.xlarge", "db.r6g.2xlarge"]
    assert rita.suggestions(CLASS, "m5") == ["Nothing fits"]


def test_accepting_an_interruption_is_asked_only_where_there_is_one(
    ground: Ground, rita: Person
) -> None:
    """With backups off; and what was typed for one source does not hold for the next."""
    safe, off, other = ground.a_source(), ground.a_source(retention=0), ground.a_source(retention=0)
    modal = opened(rita, safe, saying=SECOND)
    assert ACCEPT not in [label for label, _, _ in inputs(modal)]
    assert "interrupts" not in visible_text(modal)
    preceding(rita, FIRST)
    chosen(rita, off)
    modal = following(rita, SECOND)
    assert f"turned on, which interrupts `{off}`" in visible_text(modal)
    rita.fill({ACCEPT: off})
    following(rita, THIRD)
    preceding(rita, SECOND)
    assert values(rita)[ACCEPT] == off
    preceding(rita, FIRST)
    chosen(rita, other)
    following(rita, SECOND)
    assert values(rita)[ACCEPT] is None
    assert list(rita.submit().errors) == [ACCEPT]


def test_who_may_approve_is_said(ground: Ground, rita: Person) -> None:
    """In mentions, which call nobody in a form."""
    opened(rita, ground.a_source(), saying=SECOND)
    assert "*Who may approve*: <!subteam^S0DBAONCALL>. Not you" in visible_text(
        to_the_summary(rita)
    )


def test_a_source_that_is_being_moved_is_shown_as_such(ground: Ground, rita: Person) -> None:
    """With the way to its message; there is no further step."""
    migration = ground.started(ground.a_source())
    ground.root(migration)
    modal = opened(rita, migration.source, saying="is being moved already")
    assert f"by `{migration.id}`. One at a time. <http" in visible_text(modal)
    assert "is already being migrated" in rita.submit().errors[SOURCE]
    assert under_way(ground, migration.source) == [ground.store.load(migration.id)]


def test_a_source_that_is_taken_meanwhile_is_not_started_twice(
    ground: Ground, rita: Person
) -> None:
    """Whoever filled in longer reads who was first, in the step that asks for the source."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    to_the_summary(rita)
    first = ground.started(source)
    view = rita.submit().view
    assert view is not None
    assert f"already being migrated by `{first.id}`" in visible_text(view)
    assert find_input(view, SOURCE)[1]["initial_option"]["value"] == source
    assert under_way(ground, source) == [ground.store.load(first.id)]


def test_a_source_that_can_not_be_moved_says_why(ground: Ground, rita: Person) -> None:
    """In the form, and at the field when it is tried all the same."""
    source = ground.a_source(obstacle="It is itself a read replica, of `main`. Move its source.")
    modal = opened(rita, source, saying="can't be moved as it is")
    assert "Move its source." in visible_text(modal)
    assert rita.submit().errors == {
        SOURCE: f"{source} can't be moved as it is. It is itself a read replica, of main. "
        "Move its source."
    }


def test_a_name_that_is_not_in_the_list_can_be_tried(ground: Ground, rita: Person) -> None:
    """It may be newer than the list; if it is not there by then, the nearest is named."""
    source = ground.a_source()
    modal = opened(rita, f"{source}x", saying="is not in the list")
    assert find_input(modal, SOURCE)[1]["initial_option"]["value"] == f"{source}x"
    assert f"Did you mean {source}?" in rita.submit().errors[SOURCE]
    ground.lists(Source(f"{source}x", "postgres", "15.4", "available", "db.r6g.large", 7))
    following(rita, SECOND)


@pytest.mark.table("names that mean harm", slices=3)
@pytest.mark.parametrize(
    "typed", ["<!channel>", "`*x*`", "<@U0RITA00001>", "\u202eorders", "a" * 3000, "💾"]
)
def test_a_name_that_means_harm_is_only_words(ground: Ground, rita: Person, typed: str) -> None:
    """Escaped, cut and said to be no name; the form is there to choose another."""
    modal = opened(rita, typed, saying="is no name that RDS gives an instance")
    text = visible_text(modal)
    assert "<!channel>" not in text
    assert "<@U0RITA" not in text
    assert "\u202e" not in text
    assert "a" * 100 not in text
    assert values(rita)[SOURCE] is None
    assert list(rita.submit().errors) == [SOURCE]


def test_a_list_that_is_not_there_or_old_is_said(ground: Ground, rita: Person) -> None:
    """The form opens all the same, and says since when nothing was read."""
    source = ground.a_source()
    ground.store.save_inventory(Inventory((), ground.clock.now()))
    opened(rita, saying="AWS lists no RDS for PostgreSQL instance")
    ground.redis.delete(INVENTORY_KEY)
    opened(rita, source, saying="has not been read from AWS yet")
    assert rita.suggestions(SOURCE, source) == [source]
    assert "has not been read from AWS yet" in rita.submit().errors[SOURCE]
    entry = Source(source, "postgres", "15.4", "available", "db.r6g.large", 7)
    ground.store.save_inventory(Inventory((entry,), ground.clock.now() - 3700))
    opened(rita, saying="1 h 2 min ago: the reconciler is not running")


def test_nobody_starts_what_they_have_not_read(ground: Ground, rita: Person) -> None:
    """The plan became another one while it was read: it is shown anew, and only then begun."""
    source = ground.a_source(instance_class="db.m6g.xlarge")
    opened(rita, source, saying=SECOND)
    modal = to_the_summary(rita)
    assert "db.r6g.xlarge" in visible_text(modal)
    known = ground.store.inventory()
    assert known is not None
    ground.store.save_inventory(replace(known, classes={"15.4": ("db.r6g.2xlarge",)}))
    modal = following(rita, "The plan has changed since it was shown")
    assert "db.r6g.2xlarge" in visible_text(modal)
    assert not under_way(ground, source)
    ground.store.save_inventory(known)
    following(rita, "The plan has changed since it was shown")
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.options.instance_class == "db.r6g.xlarge"


def test_what_slack_did_not_show_is_not_gone_on_from(quiet_ground: Ground) -> None:
    """The redrawn step was lost: Next leads to the words of what is chosen, not of what was."""
    ground = quiet_ground
    first, second = ground.a_source(), ground.a_source(retention=0)
    bot = ground.bot("Listening to Slack")
    bot.start()
    try:
        opened(ground.rita, first, saying=SECOND)
        preceding(ground.rita, FIRST)
        ground.trouble.fault("error", "views.update")
        ground.rita.fill({SOURCE: second})
        modal = following(ground.rita, f"interrupts `{second}`")
        assert SECOND in visible_text(modal)
        assert values(ground.rita)[TARGET] == f"{second}-aurora"
        ground.rita.fill({ACCEPT: second})
        assert sent(ground.rita).closed
        assert under_way(ground, second)
        assert not under_way(ground, first)
    finally:
        assert bot.stop() == 0


def test_without_another_approver_nothing_is_started(quiet_ground: Ground) -> None:
    """Whoever asks can't approve: said before anything is filled in, to this person alone."""
    ground = quiet_ground
    source = ground.a_source()
    gone = ground.others["gone"]
    bot = ground.bot("Listening to Slack", DAYBREAK_APPROVERS=f"{RITA.id},{gone}")
    bot.start()
    try:
        modal = opened(ground.rita, source, saying="Nobody could approve this migration")
        assert modal["submit"] is None
        ground.rita.close()
        opened(ground.adam, saying=f"*Who may approve*: <@{gone}> <@{RITA.id}>")
        assert ground.adam.user == ADAM.id
        assert not under_way(ground, source)
        ground.adam.close()
    finally:
        assert bot.stop() == 0


def test_a_form_that_is_kept_no_longer_begins_nothing(ground: Ground, rita: Person) -> None:
    """It says so, and what to type."""
    source = ground.a_source()
    opened(rita, source, saying=SECOND)
    for key in ground.redis.scan_iter("daybreak:form:*"):
        ground.redis.delete(key)
    view = rita.submit().view
    assert view is not None
    assert "This form is not kept any more" in visible_text(view)
    assert view["submit"] is None
    assert rita.type(CHANNEL, "/migrate draft").error is None
    rita.wait_for_modal(saying="You have no form that was not sent")
