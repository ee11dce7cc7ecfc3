"""The wizard's form: its menus, how it follows the chosen source, and what it refuses there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from bot_ground import CHANNEL, Ground

from migration.adapters.redis_store import INVENTORY_KEY
from migration.model import Migration
from migration.ports import Inventory, Source
from sandbox.slack.cast import ADAM, RITA
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import find_input, inputs, visible_text

SOURCE = "Source instance"
TARGET = "Target cluster name"
CLASS = "Target instance class"
LAG = "Lag threshold (seconds)"
PAUSE = "Longest write pause (seconds)"
LOGIN = "How Daybreak gets at the database"
METHOD = "How the data gets there"
SLOTS = "Logical slots, where consumers read changes from the source"
WAY_BACK = "After the cut-over"
ACCEPT = "Accept that enabling backups interrupts the database"


def opened(person: Person, typed: str = "", saying: str = SOURCE) -> dict[str, Any]:
    """The form of `/migrate start ...`."""
    assert person.type(CHANNEL, f"/migrate start {typed}").error is None
    return person.wait_for_modal(saying=saying)


def chosen(person: Person, source: str) -> dict[str, Any]:
    """The form once it was drawn for this source."""
    person.fill({SOURCE: source})
    return person.wait_for_modal(saying=f"*{source}*: PostgreSQL")


def values(person: Person) -> dict[str, Any]:
    """What stands in the fields, by label."""
    view = person.modal() or {}
    kept = view["state"]["values"]
    found = {}
    for label, block, element in inputs(view):
        entry = kept[block["block_id"]][element["action_id"]]
        option = entry.get("selected_option") or {}
        found[label] = entry.get("value") or option.get("value")
    return found


def under_way(ground: Ground, source: str) -> list[Migration]:
    """The migrations of that source."""
    return [one for one in ground.store.under_way() if one.source == source]


@pytest.fixture
def rita(ground: Ground) -> Iterator[Person]:
    """She leaves no form open."""
    yield ground.rita
    if ground.rita.modal() is not None:
        ground.rita.close(everything=True)


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


def test_the_form_follows_the_source(ground: Ground, rita: Person) -> None:
    """Proposals change with it, what was typed stays, and what will happen is said of this one."""
    first, second = ground.a_source(), ground.a_source(instance_class="db.m6g.xlarge")
    modal = opened(rita)
    assert "Choose a source" in visible_text(modal)
    rita.fill({LAG: "2.5"})
    chosen(rita, first)
    assert values(rita)[TARGET] == f"{first}-aurora"
    modal = chosen(rita, second)
    assert values(rita) == {
        SOURCE: second,
        TARGET: f"{second}-aurora",
        CLASS: "db.r6g.xlarge",
        METHOD: "read replica",
        LAG: "2.5",
        LOGIN: "with",
        SLOTS: "leave",
        WAY_BACK: "none",
        PAUSE: "300",
    }
    assert "db.m6g.xlarge, can't be ordered for Aurora here; the nearest is db.r6g.xlarge" in (
        visible_text(modal)
    )
    assert f"`{second}` stays, closed to them" in visible_text(modal)
    rita.fill({TARGET: "ours", CLASS: "db.t4g.medium"})
    chosen(rita, first)
    assert (values(rita)[TARGET], values(rita)[CLASS]) == ("ours", "db.t4g.medium")
    assert rita.submit().closed
    (begun,) = under_way(ground, first)
    assert (begun.options.target, begun.options.instance_class) == ("ours", "db.t4g.medium")


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
    assert values(rita)[PAUSE] == "1200"
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    assert not begun.options.login
    assert {step.variant for step in begun.plan.steps} == {"", "without login"}


def test_without_a_login_can_be_typed(ground: Ground, rita: Person) -> None:
    """Behind the instance's name, and the form says so."""
    source = ground.a_source()
    modal = opened(rita, f"{source} without-login", saying="for minutes")
    assert f"`{source}` is rebooted" in visible_text(modal)
    assert values(rita)[LOGIN] == "without"


def test_slots_that_are_made_anew_can_be_typed(ground: Ground, rita: Person) -> None:
    """Beside a way back; without a login there is no such choice."""
    source = ground.a_source()
    opened(rita, f"{source} way-back recreate-slots", saying="What will happen")
    assert values(rita)[SLOTS] == "recreate"
    rita.fill({LOGIN: "Without any login"})
    rita.wait_for_modal(saying="for minutes")
    assert SLOTS not in values(rita)
    rita.fill({LOGIN: "With a login of its own"})
    rita.wait_for_modal(saying="no session is ended")
    rita.fill({SLOTS: "Make them anew on the cluster"})
    assert rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.options.recreate_slots
    assert begun.options.login


def test_classes_are_those_that_can_be_ordered(ground: Ground, rita: Person) -> None:
    """In order of size, found by a part of the name."""
    opened(rita, ground.a_source(), saying="What will happen")
    assert rita.suggestions(CLASS, "r6g") == ["db.r6g.large", "db.r6g.xlarge", "db.r6g.2xlarge"]
    assert rita.suggestions(CLASS, "m5") == ["Nothing fits"]


def test_accepting_an_interruption_is_asked_only_where_there_is_one(
    ground: Ground, rita: Person
) -> None:
    """With backups off; and what was typed for one source does not hold for the next."""
    safe, off, other = ground.a_source(), ground.a_source(retention=0), ground.a_source(retention=0)
    modal = opened(rita, safe, saying="What will happen")
    assert ACCEPT not in [label for label, _, _ in inputs(modal)]
    assert "interrupts" not in visible_text(modal)
    modal = chosen(rita, off)
    assert f"turned on, which interrupts `{off}`" in visible_text(modal)
    rita.fill({ACCEPT: off})
    chosen(rita, other)
    assert values(rita)[ACCEPT] is None
    assert ACCEPT in rita.submit().errors
    chosen(rita, safe)
    assert ACCEPT not in values(rita)


def test_who_may_approve_is_said(ground: Ground, rita: Person) -> None:
    """In mentions, which call nobody in a form."""
    modal = opened(rita, ground.a_source())
    assert "*Who may approve*: <!subteam^S0DBAONCALL>. Not you" in visible_text(modal)


def test_a_source_that_is_being_moved_is_shown_as_such(ground: Ground, rita: Person) -> None:
    """With the way to its message; started it is not."""
    migration = ground.started(ground.a_source())
    ground.root(migration)
    modal = opened(rita, migration.source, saying="is being moved already")
    assert f"by `{migration.id}`. One at a time. <http" in visible_text(modal)
    assert "What will happen" not in visible_text(modal)
    assert "is already being migrated" in rita.submit().errors[SOURCE]
    assert under_way(ground, migration.source) == [ground.store.load(migration.id)]


def test_a_source_that_can_not_be_moved_says_why(ground: Ground, rita: Person) -> None:
    """In the form, and at the field when it is tried all the same."""
    source = ground.a_source(obstacle="It is itself a read replica, of `main`. Move its source.")
    modal = opened(rita, source, saying="can't be moved as it is")
    assert "Move its source." in visible_text(modal)
    assert rita.submit().errors == {
        SOURCE: f"{source} can't be moved as it is. It is itself a read replica, of main. "
        "Move its source."
    }
    assert not under_way(ground, source)


def test_a_name_that_is_not_in_the_list_can_be_tried(ground: Ground, rita: Person) -> None:
    """It may be newer than the list; if it is not there by then, the nearest is named."""
    source = ground.a_source()
    modal = opened(rita, f"{source}x", saying="is not in the list")
    assert find_input(modal, SOURCE)[1]["initial_option"]["value"] == f"{source}x"
    assert f"Did you mean {source}?" in rita.submit().errors[SOURCE]
    ground.lists(Source(f"{source}x", "postgres", "15.4", "available", "db.r6g.large", 7))
    assert not rita.submit().closed
    rita.wait_for_modal(saying=f"Here is what will happen to `{source}x`")
    assert rita.submit().closed


@pytest.mark.parametrize(
    "typed",
    ["<!channel>", "`*x*`", "<@U0RITA00001>", "\u202eorders", "two words", "a" * 3000, "💾"],
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
    assert rita.suggestions(CLASS, "db.r6g.large") == ["db.r6g.large"]
    assert "has not been read from AWS yet" in rita.submit().errors[SOURCE]
    entry = Source(source, "postgres", "15.4", "available", "db.r6g.large", 7)
    ground.store.save_inventory(Inventory((entry,), ground.clock.now() - 3700))
    opened(rita, source, saying="1 h 2 min ago: the reconciler is not running")


def test_nobody_starts_what_they_have_not_read_about(quiet_ground: Ground) -> None:
    """Slack did not take the redrawn form: Start draws it again instead of starting."""
    ground = quiet_ground
    first, second = ground.a_source(), ground.a_source(retention=0)
    bot = ground.bot("Listening to Slack")
    bot.start()
    try:
        opened(ground.rita, first, saying=f"*{first}*: PostgreSQL")
        ground.trouble.fault("error", "views.update")
        ground.rita.fill({SOURCE: second})
        ground.rita.submit()
        modal = ground.rita.wait_for_modal(saying=f"Here is what will happen to `{second}`")
        assert f"interrupts `{second}`" in visible_text(modal)
        assert values(ground.rita)[TARGET] == f"{second}-aurora"
        assert not under_way(ground, first)
        assert not under_way(ground, second)
        ground.rita.fill({ACCEPT: second})
        assert ground.rita.submit().closed
        assert under_way(ground, second)
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
        opened(ground.adam, source, saying=f"*Who may approve*: <@{gone}> <@{RITA.id}>")
        assert ground.adam.user == ADAM.id
        assert not under_way(ground, source)
        ground.adam.close()
    finally:
        assert bot.stop() == 0
