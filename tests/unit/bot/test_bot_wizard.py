"""The wizard's form: golden copies, Slack's limits, and that foreign words stay words."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from block_limits import assert_modal_fits, assert_suggestions_fit
from hypothesis import given
from hypothesis import strategies as st
from shown import APPROVERS, HARM, NOW

from bot.messages import choices, wizard
from bot.messages.draft import (
    ACCEPT,
    INSTANCE_CLASS,
    LOGIN,
    PAUSE,
    TARGET,
    WITHOUT,
    Busy,
    Draft,
    Known,
    default_target,
)
from bot.messages.modals import Field, View
from bot.messages.text import safe
from bot.search import nearest_sources, search_classes, search_sources
from migration.identifiers import is_identifier
from migration.model import Method
from migration.ports import Inventory, Source

GOLDEN = Path(__file__).parent / "golden"
CHANNEL = "C0MIGRATION"
CLASSES = ("db.r6g.large", "db.r6g.xlarge", "db.t4g.medium")
LONGEST = "a" * 63


def a_source(identifier: str = "orders", **changes: Any) -> Source:
    """An instance as the collector sees it."""
    known = {
        "engine": "postgres",
        "engine_version": "15.4",
        "status": "available",
        "instance_class": "db.r6g.large",
        "backup_retention_days": 7,
        "target_version": "15.4",
    }
    return Source(identifier, **{**known, **changes})


def known(*sources: Source, at: float = NOW - 8, busy: dict[str, Busy] | None = None) -> Known:
    """A list that was read eight seconds ago."""
    return Known(Inventory(sources, at, {"15.4": CLASSES}), busy or {}, APPROVERS, NOW)


BUSY = {"orders": Busy("orders-0001", "https://example.slack.com/p1")}
OBSTACLE = "It is itself a read replica, of `main`. Move its source instead."
FORMS = {
    "wizard_empty": wizard.form(Draft(CHANNEL), known(a_source())),
    "wizard": wizard.form(Draft(CHANNEL, "orders"), known(a_source())),
    "wizard_backups_off": wizard.form(
        Draft(CHANNEL, "orders"), known(a_source(backup_retention_days=0))
    ),
    "wizard_nearest_class": wizard.form(
        Draft(CHANNEL, "orders"), known(a_source(instance_class="db.m6g.xlarge"))
    ),
    "wizard_busy": wizard.form(Draft(CHANNEL, "orders"), known(a_source(), busy=BUSY)),
    "wizard_obstacle": wizard.form(Draft(CHANNEL, "orders"), known(a_source(obstacle=OBSTACLE))),
    "wizard_unknown": wizard.form(Draft(CHANNEL, "odrers"), known(a_source())),
    "wizard_unread": wizard.form(Draft(CHANNEL, "orders"), Known(None, {}, APPROVERS, NOW)),
    "wizard_without_login": wizard.form(
        Draft(CHANNEL, "orders", login=False), known(a_source(backup_retention_days=0))
    ),
    "wizard_snapshot": wizard.form(
        Draft(CHANNEL, "orders", method=Method.SNAPSHOT),
        known(a_source(storage_gib=100, copy_seconds=1400.0)),
    ),
    "wizard_recommended": wizard.form(
        Draft(CHANNEL, "orders"),
        known(
            a_source(
                storage_gib=2048,
                copy_seconds=29_000.0,
                wal_bytes_per_second=2e6,
                free_storage_gib=500.0,
            )
        ),
    ),
    "wizard_old": wizard.form(Draft(CHANNEL, "orders"), known(a_source(), at=NOW - 3600)),
}


def element(view: View, name: str) -> tuple[str, dict[str, Any]]:
    """The block's id and the element of one field."""
    for block in view["blocks"]:
        if block.get("element", {}).get("action_id") == name:
            return block["block_id"], block["element"]
    raise LookupError(name)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_looks_like_its_golden_copy(name: str) -> None:
    """What people see changes on purpose only (`WRITE_GOLDEN=1` writes the copies anew)."""
    assert_modal_fits(FORMS[name])
    path = GOLDEN / f"{name}.json"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(json.dumps(FORMS[name], indent=2, ensure_ascii=False) + "\n")
    assert FORMS[name] == json.loads(path.read_text())


def test_the_largest_form_fits() -> None:
    """Names of the greatest length, everything filled in, every block there."""
    source = a_source(LONGEST, backup_retention_days=0, instance_class="db." + "x" * 90)
    filled = {TARGET: Field("t", "b" * 300), ACCEPT: Field(f"{ACCEPT}.0", LONGEST)}
    draft = Draft(CHANNEL, LONGEST, filled=filled)
    assert_modal_fits(wizard.form(draft, known(source), "n" * 5000))


TEXTS = st.one_of(st.text(max_size=200), st.sampled_from(HARM))
SOURCES = st.builds(
    a_source,
    identifier=st.from_regex(r"[a-z][a-z0-9]{0,61}", fullmatch=True),
    engine_version=TEXTS,
    status=TEXTS,
    instance_class=TEXTS.filter(bool),
    backup_retention_days=st.integers(0, 35),
    target_version=st.one_of(st.just("15.4"), TEXTS),
    obstacle=TEXTS,
    tags=st.dictionaries(st.one_of(st.sampled_from(choices.TELLING), TEXTS), TEXTS, max_size=4),
)


@given(SOURCES, st.dictionaries(st.sampled_from([TARGET, ACCEPT]), TEXTS), TEXTS)
def test_whatever_aws_and_people_say_the_form_fits(
    source: Source, typed: dict[str, str], note: str
) -> None:
    """No mention, no link, no limit broken, and no sign that turns the direction of reading."""
    filled = {name: Field(f"{name}.0", text) for name, text in typed.items()}
    draft = Draft(CHANNEL, source.identifier, filled=filled)
    view = wizard.form(draft, known(source), safe(note, 500))
    assert_modal_fits(view)
    shown = [block for block in view["blocks"] if block["type"] != "input"]
    assert "\u202e" not in json.dumps(shown, ensure_ascii=False)


@given(st.lists(SOURCES, max_size=4, unique_by=lambda one: one.identifier), TEXTS)
def test_whatever_is_typed_the_menus_fit(sources: list[Source], typed: str) -> None:
    """Every answer has an option, and each is within what Slack shows."""
    found = search_sources(sources, typed, {})
    near = [] if found else nearest_sources(sources, typed)
    inventory = Inventory(tuple(sources), NOW - 8)
    for listed in (inventory, None):
        assert_suggestions_fit(choices.sources(found, near, typed, listed, {}, NOW))
    assert_suggestions_fit(choices.classes(search_classes(CLASSES, typed), CLASSES, typed))
    assert_suggestions_fit(choices.classes([], (), typed))


def test_what_does_not_fit_into_a_menu_is_counted() -> None:
    """A hundred options, under a heading that says of how many."""
    many = [a_source(f"fleet-{number:04}") for number in range(2500)]
    found = search_sources(many, "fleet", {})
    answer = choices.sources(found, [], "fleet", None, {}, NOW)
    assert_suggestions_fit(answer)
    (group,) = answer["option_groups"]
    assert group["label"]["text"] == "The first 100 of 2500; type more to see the others"


def test_what_fits_best_comes_first() -> None:
    """Equal, beginning, anywhere, tags; what can't be moved after what can."""
    sources = [
        a_source("billing", tags={"team": "orders"}),
        a_source("old-orders"),
        a_source("orders-b", obstacle="stopped"),
        a_source("orders-c"),
        a_source("orders"),
    ]
    found = [one.identifier for one in search_sources(sources, " Orders ", {})]
    assert found == ["orders", "orders-c", "orders-b", "old-orders", "billing"]
    assert search_sources(sources, "orders team=nobody", {}) == []


def test_a_source_says_in_the_menu_why_it_is_shut() -> None:
    """Under its name; it can be chosen all the same, and the form says more."""
    about = {
        str(choices.source_option(source, {"busy": "busy-0001"})["description"]["text"])
        for source in (a_source("busy"), a_source("shut", obstacle=OBSTACLE))
    }
    assert about == {
        "being moved already by busy-0001",
        "can't be moved: It is itself a read replica, of main. Move its source inst…",
    }


def test_emoji_count_twice_in_a_menu() -> None:
    """As Slack counts, and nothing is cut in the middle of one."""
    source = a_source(tags={"team": "\N{ROCKET}" * 60})
    about = choices.source_option(source, {})["description"]["text"]
    assert about.startswith("PostgreSQL 15.4, db.r6g.large, \N{ROCKET}")
    assert about.endswith("\N{ROCKET}…")
    assert len(about.encode("utf-16-le")) in {2 * 74, 2 * 75}


def test_what_was_typed_stays_and_proposals_follow() -> None:
    """A block keeps its name as long as its value shall stay: Slack goes by that."""
    both = known(a_source("a"), a_source("b", instance_class="db.r6g.xlarge"))
    first = wizard.form(Draft(CHANNEL, "a"), both)
    filled = {
        "source": Field("source", "b"),
        TARGET: Field("target.0", "mine"),
        INSTANCE_CLASS: Field("instance_class.0", "db.r6g.large"),
    }
    draft = as_given_back(first, filled).drawn_for("b", login=True)
    second = wizard.form(draft, both)
    assert element(second, TARGET)[0] == "target.0"
    assert element(second, TARGET)[1]["initial_value"] == "mine"
    block, chosen = element(second, INSTANCE_CLASS)
    assert (block, chosen["initial_option"]["value"]) == ("instance_class.1", "db.r6g.xlarge")


def as_given_back(view: View, filled: dict[str, Field]) -> Draft:
    """The form with these fields, as Slack gives it back."""
    values = {field.block: {name: {"value": field.value}} for name, field in filled.items()}
    return Draft.of({**view, "state": {"values": values}})


def test_without_a_login_the_consequences_are_said_and_the_pause_is_longer() -> None:
    """Another choice is drawn anew with its own words and proposal, unless one was typed."""
    sources = known(a_source())
    first = wizard.form(Draft(CHANNEL, "orders"), sources)
    untouched = {
        "source": Field("source", "orders"),
        PAUSE: Field(f"{PAUSE}.0", "300"),
        LOGIN: Field(LOGIN, WITHOUT),
    }
    draft = as_given_back(first, untouched)
    assert draft.login
    assert not draft.chosen_login
    second = wizard.form(draft.drawn_for("orders", login=draft.chosen_login), sources)
    said = json.dumps(second)
    for words in ("for minutes", "is rebooted", "nothing inside the database is looked at"):
        assert words in said
        assert words not in json.dumps(first)
    assert element(second, PAUSE) == (f"{PAUSE}.1", element(second, PAUSE)[1])
    assert element(second, PAUSE)[1]["initial_value"] == "1200"
    typed = as_given_back(first, {**untouched, PAUSE: Field(f"{PAUSE}.0", "77")})
    third = wizard.form(typed.drawn_for("orders", login=False), sources)
    assert element(third, PAUSE)[1]["initial_value"] == "77"


@given(st.from_regex(r"[a-z]([a-z0-9]|-(?=[a-z0-9])){0,62}", fullmatch=True))
def test_the_proposed_name_is_one(source: str) -> None:
    """Whatever the source is called."""
    if is_identifier(source):
        assert is_identifier(default_target(source))
        assert default_target(source).endswith("-aurora")
