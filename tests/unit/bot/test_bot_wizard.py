"""The wizard's form: golden copies, Slack's limits, and that foreign words stay words."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from block_limits import assert_modal_fits, assert_suggestions_fit
from hypothesis import given
from hypothesis import strategies as st
from shown import APPROVERS, HARM, NOW

from bot.form_values import options_of
from bot.messages import choices, form_frame, form_summary, wizard
from bot.messages.draft import (
    ACCEPT,
    HOURS,
    INSTANCE_CLASS,
    LAG,
    LOGIN,
    METHOD,
    PAUSE,
    RECREATE,
    SLOTS,
    SOURCE,
    TARGET,
    WAY_BACK,
    WITHOUT,
    Busy,
    Draft,
    Form,
    Known,
    Step,
    default_target,
)
from bot.messages.modals import View
from bot.messages.proposals import proposals
from bot.messages.text import safe
from bot.search import nearest_sources, search_classes, search_sources
from bot.start_line import parse, written
from migration.identifiers import is_identifier
from migration.model import Method, WayBack
from migration.plan import SHORT_HASH
from migration.ports import Inventory, Source
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import Offer

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


def a_draft(step: Step = Step.METHOD, source: str = "orders", **values: str) -> Draft:
    """Rita's form at a step, with these choices."""
    named = {SOURCE: source} if source else {}
    return Draft("0123456789abcdef", "URITA", CHANNEL, step, {**named, **values}, visit=3)


def shown(draft: Draft, about: Known, note: str = "", run: CheckRun | None = None) -> View:
    """The view of its step."""
    options = None
    if draft.step in {Step.CHECKS, Step.SUMMARY}:
        options = options_of(draft, about)
    return wizard.form(draft, about, options, run, note)


BUSY = {"orders": Busy("orders-0001", "https://example.slack.com/p1")}
OBSTACLE = "It is itself a read replica, of `main`. Move its source instead."
LARGE = a_source(
    storage_gib=2048, copy_seconds=29_000.0, wal_bytes_per_second=2e6, free_storage_gib=500.0
)
SMALL = a_source(storage_gib=100, copy_seconds=1400.0)
OFF = a_source(backup_retention_days=0)
SOURCE_STEP, CHECKS, LIMITS, SUMMARY = Step.SOURCE, Step.CHECKS, Step.LIMITS, Step.SUMMARY
SNAPSHOT = {METHOD: Method.SNAPSHOT.value}
WITH_WAY_BACK = {WAY_BACK: WayBack.REQUIRED.value, HOURS: "24", SLOTS: RECREATE, LAG: "2.5"}


def a_result(check: str, level: Level, state: State, **more: Any) -> Result:
    """One line of a look."""
    return Result(
        check,
        "It holds",
        level,
        state,
        ("`<public>.a` & b has none.",),
        "Why.",
        ("Mend it.",),
        **more,
    )


FOUND = (
    a_result("privileges", Level.WARNING, State.NOT_DONE),
    a_result("unlogged-tables", Level.WARNING, State.FOUND),
    a_result(
        "replica-identity",
        Level.BLOCKER,
        State.FOUND,
        by_daybreak="gives it one",
        offers=(Offer("replica-identity", ("app: public.a",), {}),),
    ),
    a_result("versions", Level.BLOCKER, State.PASSED),
    a_result("collations", Level.WARNING, State.NO_LOGIN),
)


def a_look(*results: Result, **changes: Any) -> CheckRun:
    """A look at `orders`, for a form; answered where it has results."""
    report = Report("orders", NOW - 5, True, results) if results else None
    known = CheckRun("check-orders-1", "orders", "orders-aurora", True, "URITA", CHANNEL, NOW - 9)
    return replace(known, report=report, form="0123456789abcdef", **changes)


FORMS = {
    "form_source_empty": shown(a_draft(SOURCE_STEP, ""), known(a_source())),
    "form_source": shown(a_draft(SOURCE_STEP), known(a_source())),
    "form_source_busy": shown(a_draft(SOURCE_STEP), known(a_source(), busy=BUSY)),
    "form_source_obstacle": shown(a_draft(SOURCE_STEP), known(a_source(obstacle=OBSTACLE))),
    "form_source_unknown": shown(a_draft(SOURCE_STEP, "odrers"), known(a_source())),
    "form_source_unread": shown(a_draft(SOURCE_STEP), Known(None, {}, APPROVERS, NOW)),
    "form_source_old": shown(a_draft(SOURCE_STEP), known(a_source(), at=NOW - 3600)),
    "form_method": shown(a_draft(), known(a_source())),
    "form_method_backups_off": shown(a_draft(), known(OFF)),
    "form_method_nearest_class": shown(a_draft(), known(a_source(instance_class="db.m6g.xlarge"))),
    "form_method_without_login": shown(a_draft(**{LOGIN: WITHOUT}), known(OFF)),
    "form_method_snapshot": shown(a_draft(**SNAPSHOT), known(SMALL)),
    "form_method_recommended": shown(a_draft(), known(LARGE), "Say it *again*."),
    "form_checks_none": shown(a_draft(CHECKS), known(a_source())),
    "form_checks_waiting": shown(a_draft(CHECKS), known(a_source()), run=a_look()),
    "form_checks": shown(a_draft(CHECKS), known(a_source()), run=a_look(*FOUND)),
    "form_checks_good": shown(a_draft(CHECKS), known(a_source()), run=a_look(FOUND[3])),
    "form_checks_undone": shown(
        a_draft(CHECKS), known(a_source()), run=a_look(problem="AWS said <no> & failed.")
    ),
    "form_checks_not_again": shown(
        a_draft(CHECKS), known(a_source()), run=a_look(FOUND[3], problem="AWS said <no>.")
    ),
    "form_limits": shown(a_draft(LIMITS), known(a_source())),
    "form_limits_way_back": shown(a_draft(LIMITS, **WITH_WAY_BACK), known(a_source())),
    "form_limits_snapshot": shown(a_draft(LIMITS, **SNAPSHOT), known(a_source())),
    "form_limits_without_login": shown(a_draft(LIMITS, **{LOGIN: WITHOUT}), known(a_source())),
    "form_summary": shown(a_draft(SUMMARY), known(a_source())),
    "form_summary_way_back": shown(
        a_draft(SUMMARY, **WITH_WAY_BACK), known(LARGE), run=a_look(*FOUND)
    ),
    "form_summary_snapshot": shown(a_draft(SUMMARY, **SNAPSHOT), known(SMALL), run=a_look()),
    "form_summary_without_login": shown(
        a_draft(SUMMARY, **{LOGIN: WITHOUT, ACCEPT: "orders"}),
        known(OFF),
        run=a_look(problem="AWS said <no>."),
    ),
}


def element(view: View, name: str) -> tuple[str, dict[str, Any]]:
    """The block's id and the element of one field."""
    for block in view["blocks"]:
        if block.get("element", {}).get("action_id") == name:
            return block["block_id"], block["element"]
    raise LookupError(name)


def labels(view: View) -> list[str]:
    """What is asked for."""
    return [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_looks_like_its_golden_copy(name: str) -> None:
    """What people see changes on purpose only (`WRITE_GOLDEN=1` writes the copies anew)."""
    assert_modal_fits(FORMS[name])
    path = GOLDEN / f"{name}.json"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(json.dumps(FORMS[name], indent=2, ensure_ascii=False) + "\n")
    assert FORMS[name] == json.loads(path.read_text())


def test_the_largest_forms_fit() -> None:
    """Names of the greatest length, everything filled in, every block there."""
    source = a_source(LONGEST, backup_retention_days=0, instance_class="db." + "x" * 90)
    filled = {TARGET: "b" * 300, ACCEPT: LONGEST, **WITH_WAY_BACK}
    many = tuple(
        Result(
            f"{number}-{'c' * 60}",
            "t",
            Level.BLOCKER,
            State.FOUND,
            ("&" * 900,) * 3,
            "w",
            ("<" * 900,) * 3,
            "d" * 900,
            (Offer("replica-identity", ("x",), {}),),
        )
        for number in range(70)
    )
    run = replace(a_look(*many, problem="p" * 5000), source=LONGEST)
    for step in (SOURCE_STEP, Step.METHOD, CHECKS, LIMITS):
        draft = a_draft(step, LONGEST, **filled)
        assert_modal_fits(wizard.form(draft, known(source), None, run, "n" * 5000))
    draft = a_draft(SUMMARY, LONGEST, **{**filled, TARGET: "b" * 63})
    assert_modal_fits(shown(draft, known(source), "n" * 5000, run))
    assert_modal_fits(wizard.offer(draft, CHANNEL, LONGEST))


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


@given(
    SOURCES,
    st.sampled_from([SOURCE_STEP, Step.METHOD, CHECKS, LIMITS]),
    st.dictionaries(st.sampled_from([TARGET, ACCEPT, LAG, PAUSE, INSTANCE_CLASS]), TEXTS),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3),
    TEXTS,
)
def test_whatever_aws_and_people_say_the_form_fits(
    source: Source,
    step: Step,
    typed: dict[str, str],
    found: list[tuple[str, str]],
    note: str,
) -> None:
    """No mention, no link, no limit broken, and no sign that turns the direction of reading."""
    results = [
        Result(check or "-", "t", Level.BLOCKER, State.FOUND, (words,), "w", (words,), words)
        for check, words in found
    ]
    run = a_look(*results, problem=note)
    view = wizard.form(
        a_draft(step, source.identifier, **typed), known(source), None, run, safe(note, 500)
    )
    assert_modal_fits(view)
    drawn = [block for block in view["blocks"] if block["type"] != "input"]
    assert "\u202e" not in json.dumps(drawn, ensure_ascii=False)


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


def as_given_back(view: View, filled: dict[str, str]) -> Form:
    """The form with these fields, as Slack gives it back."""
    values = {f"{name}.3": {name: {"value": value}} for name, value in filled.items()}
    return Form.of({**view, "state": {"values": values}})


def test_what_was_typed_stays_and_proposals_follow() -> None:
    """What is as it was proposed goes on following the source; all else is somebody's choice."""
    both = known(a_source("a"), a_source("b", instance_class="db.r6g.xlarge"))
    first = a_draft(Step.METHOD, "a")
    asked = as_given_back(shown(first, both), {TARGET: "mine", INSTANCE_CLASS: "db.r6g.large"})
    draft = first.with_values(asked.values, proposals(first, both))
    other = draft.with_values({SOURCE: "b"}, proposals(draft, both)).at(Step.METHOD)
    view = shown(other, both)
    assert element(view, TARGET) == (f"{TARGET}.4", element(view, TARGET)[1])
    assert element(view, TARGET)[1]["initial_value"] == "mine"
    assert element(view, INSTANCE_CLASS)[1]["initial_option"]["value"] == "db.r6g.xlarge"


def test_what_was_accepted_for_one_source_is_not_for_another() -> None:
    """Whoever goes back to choose another reads its consequences anew."""
    draft = a_draft(SOURCE_STEP, "orders", **{ACCEPT: "orders"})
    assert draft.with_values({SOURCE: "orders"}, {}).value(ACCEPT) == "orders"
    assert draft.with_values({SOURCE: "billing"}, {}).value(ACCEPT) == ""


def test_without_a_login_the_consequences_are_said_and_the_pause_is_longer() -> None:
    """Another choice is drawn anew with its own words and proposal, unless one was typed."""
    sources = known(a_source())
    first, second = (
        json.dumps(shown(draft, sources)) for draft in (a_draft(), a_draft(**{LOGIN: WITHOUT}))
    )
    for words in ("for minutes", "is rebooted", "nothing inside the database is looked at"):
        assert words in second
        assert words not in first
    for typed, expected in (({}, "1200"), ({PAUSE: "77"}, "77")):
        view = shown(a_draft(LIMITS, **{LOGIN: WITHOUT, **typed}), sources)
        assert element(view, PAUSE)[1]["initial_value"] == expected


def test_nothing_is_asked_that_a_method_can_not_keep() -> None:
    """By snapshot and without a login: why there is no such choice stands in its place."""
    for values, words in (
        (SNAPSHOT, "By snapshot there is"),
        ({LOGIN: WITHOUT}, "Without a login"),
    ):
        view = shown(a_draft(LIMITS, **values), known(a_source()))
        assert not {"After the cut-over", "Hours that the way back is kept"} & set(labels(view))
        assert words in json.dumps(view)
    assert labels(shown(a_draft(LIMITS), known(a_source())))[:2] == [
        "Lag threshold (seconds)",
        "Longest write pause (seconds)",
    ]


def test_the_worst_of_what_was_found_comes_first() -> None:
    """Blockers, then what nobody could look at, then warnings; remedies by their commands."""
    view = FORMS["form_checks"]
    rows = [block["fields"] for block in view["blocks"] if "fields" in block]
    assert [row[0]["text"].split("\n")[0] for row in rows] == [
        "*Check*",
        "*blocker*",
        "*not done*",
        "*warning*",
    ]
    assert "`/migrate remedy orders replica-identity`" in rows[1][1]["text"]
    assert "It can't be moved as it is" in json.dumps(view)
    assert "Not done, for want of a login" in json.dumps(view)


def test_the_summary_says_the_plan_in_one_line_and_its_hash() -> None:
    """What is typed gives the same plan, and the same hash."""
    draft, about = a_draft(SUMMARY, **WITH_WAY_BACK), known(LARGE)
    view, options = shown(draft, about), options_of(draft, about)
    line = parse(written("orders", options).removeprefix("start "))
    typed = replace(draft, values={SOURCE: line.source, **line.values})
    assert options_of(typed, about) == options
    assert written("orders", options) in json.dumps(view)
    plan = Form.of(view).plan
    assert plan == form_summary.hash_of(typed, options_of(typed, about))
    assert f"Plan `{plan[:SHORT_HASH]}`" in json.dumps(view)
    other = replace(draft, values={**draft.values, LAG: "3"})
    assert Form.of(shown(other, about)).plan != plan


def test_what_was_chosen_in_vain_is_said() -> None:
    """`--max-lag` behind `--method snapshot`, or hours of a way back that nobody wants."""
    chosen = {**SNAPSHOT, LAG: "2.5", HOURS: "24", WAY_BACK: WayBack.REQUIRED.value}
    said = json.dumps(shown(a_draft(SUMMARY, **chosen), known(a_source())))
    assert "without effect in this way: the lag threshold, a way back, hours of a way back" in said
    assert "without effect" not in json.dumps(FORMS["form_summary_way_back"])


def test_a_view_that_is_shown_again_keeps_what_stands_in_it() -> None:
    """Under one warning, however often; only what Slack takes of it is given back."""
    view = {**FORMS["form_limits"], "id": "V1", "hash": "1.2", "state": {"values": {}}}
    twice = form_frame.again({**view, **form_frame.again(view, "One.")}, "Two.")
    assert_modal_fits(twice)
    assert "id" not in twice
    assert [
        block["text"]["text"] for block in twice["blocks"] if block.get("block_id") == "note"
    ] == [":warning: Two."]
    assert labels(twice) == labels(view)
    assert json.loads(twice["private_metadata"])["s"] == LIMITS


@given(st.from_regex(r"[a-z]([a-z0-9]|-(?=[a-z0-9])){0,62}", fullmatch=True))
def test_the_proposed_name_is_one(source: str) -> None:
    """Whatever the source is called."""
    if is_identifier(source):
        assert is_identifier(default_target(source))
        assert default_target(source).endswith("-aurora")
