"""The chain: whatever is changed in it shows, and where."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from audit_story import END, EVENTS, LATE, a_store, a_story
from builders import RITA, House
from hypothesis import given, settings
from hypothesis import strategies as st

from migration.adapters.json_codec import EVENT
from migration.audit.__main__ import main
from migration.audit.canonical import HASH, NOTHING, digest
from migration.audit.chain import chained
from migration.audit.story import sealed_story, story_of
from migration.audit.verify import verify
from migration.canonical import canonical
from migration.events import MigrationStarted
from migration.model import Options, WayBack
from migration.plan import hash_of, plan_hash, planned

Lines = list[str]
#: Of the usual story: a line for what it is about, one for each event, and the seal.
SEALED = len(EVENTS) + 3


def lines() -> Lines:
    """The usual story, sealed."""
    return list(a_story(END).chain.lines)


def written_anew(found: Lines) -> Lines:
    """The same lines with hashes that fit: what somebody does who knows how they are made."""
    previous, anew = NOTHING, []
    for text in found:
        line = json.loads(text)
        if line["line"] == "seal":
            line["head"] = previous
        previous = digest(previous, line)
        anew.append(canonical({**line, HASH: previous}))
    return anew


def test_a_whole_story_is_sealed() -> None:
    """Every event is in it, in order, and the last line says how it ended."""
    verdict = verify(lines())
    assert len(lines()) == SEALED
    assert (verdict.broken, verdict.missing, verdict.ended) == (None, "", "completed")
    assert (verdict.events, verdict.after_seal) == (len(EVENTS) + 1, 0)


@pytest.mark.parametrize("line", range(SEALED))
def test_a_changed_character_shows_in_its_line(line: int) -> None:
    """Wherever it stands: each character of the line in turn."""
    found = lines()
    for place, character in enumerate(found[line]):
        other = "1" if character != "1" else "2"
        changed = found[line][:place] + other + found[line][place + 1 :]
        broken = verify([*found[:line], changed, *found[line + 1 :]]).broken
        assert broken is not None, changed
        assert broken.line == line + 1, (broken, changed)


@pytest.mark.parametrize("line", range(SEALED - 1))
def test_a_removed_line_shows(line: int) -> None:
    """Where the next one stands in its place; of the last one, see what is cut off."""
    found = lines()
    broken = verify([*found[:line], *found[line + 1 :]]).broken
    assert broken is not None
    assert broken.line == line + 1


def test_a_removed_event_is_named() -> None:
    """By its number."""
    found = lines()
    broken = verify([*found[:3], *found[4:]]).broken
    assert broken is not None
    assert "it is event 4 where event 3 has to be: one was removed" in broken.why


def test_a_removed_first_line_is_named() -> None:
    """It says what migration it is."""
    broken = verify(lines()[1:]).broken
    assert broken is not None
    assert "the first line is missing" in broken.why


@pytest.mark.parametrize("line", range(SEALED - 1))
def test_a_swapped_pair_shows(line: int) -> None:
    """In the first of the two."""
    found = lines()
    found[line], found[line + 1] = found[line + 1], found[line]
    broken = verify(found).broken
    assert broken is not None
    assert broken.line == line + 1


@pytest.mark.parametrize("line", range(SEALED))
def test_a_doubled_or_added_line_shows(line: int) -> None:
    """In the second of the two."""
    found = lines()
    broken = verify([*found[: line + 1], *found[line:]]).broken
    assert broken is not None
    assert broken.line == line + 2


@pytest.mark.parametrize("kept", range(SEALED))
def test_a_cut_off_end_is_missed(kept: int) -> None:
    """What is left holds, and it is said what is not there."""
    verdict = verify(lines()[:kept])
    assert verdict.broken is None
    assert verdict.ended == ""
    wanted = "everything" if not kept else "the seal after event 8" if kept == 9 else "the end"
    assert verdict.missing.startswith(wanted)


def test_another_writing_of_the_same_shows() -> None:
    """A space is a change, too."""
    found = lines()
    found[2] = found[2].replace(":", ": ", 1)
    broken = verify(found).broken
    assert broken is not None
    assert (broken.line, "not written as Daybreak" in broken.why) == (3, True)


def forged_number(line: dict[str, object]) -> None:
    """Seals fewer."""
    line["events"] = 3


def forged_ending(line: dict[str, object]) -> None:
    """Seals another end."""
    line["ended"] = "cancelled"


@pytest.mark.parametrize("forge", [forged_number, forged_ending])
def test_a_seal_of_another_story_does_not_hold(
    forge: Callable[[dict[str, object]], None],
) -> None:
    """Not even with hashes that fit."""
    found = lines()
    seal = json.loads(found[-1])
    forge(seal)
    assert verify(written_anew([*found[:-1], json.dumps(seal)])).broken is not None


def other_format(found: Lines) -> Lines:
    """Of a later Daybreak."""
    return [found[0].replace('"format":1', '"format":2'), *found[1:]]


@pytest.mark.parametrize(
    ("forge", "line", "why"),
    [
        (lambda found: [*found, found[0]], SEALED + 1, "another audit begins here"),
        (lambda found: [*found, found[-1]], SEALED + 1, "a second seal"),
        (lambda found: [found[0], *found], 2, "another audit begins here"),
        (other_format, 1, "its format is 2"),
        (lambda found: [*found, '{"line":"more"}'], SEALED + 1, "no line of an audit: 'more'"),
    ],
)
def test_lines_that_belong_to_no_story_do_not_hold(
    forge: Callable[[Lines], Lines], line: int, why: str
) -> None:
    """Not even with hashes that fit."""
    broken = verify(written_anew(forge(lines()))).broken
    assert broken is not None
    assert (broken.line, why in broken.why) == (line, True), broken


def test_a_seal_can_be_taken_out_of_the_middle_by_nobody() -> None:
    """Not even with hashes that fit: the ending asks for it."""
    found = list(a_story(END, LATE).chain.lines)
    broken = verify(written_anew([*found[:-2], found[-1]])).broken
    assert broken is not None
    assert "the seal is missing" in broken.why


def test_what_was_written_anew_misses_the_hash_that_others_have() -> None:
    """A chain proves nothing about who wrote it: the copy elsewhere does."""
    found = lines()
    anew = written_anew([found[0], found[1].replace("orders-aurora", "other"), *found[2:]])
    verdict = verify(anew)
    assert verdict.broken is None
    assert a_story(END).chain.last not in verdict.hashes


def test_what_comes_after_the_end_follows_the_seal() -> None:
    """The sealed part stays what it was, to the byte: every copy of it is the same."""
    sealed, later = a_story(END).chain, a_story(END, LATE).chain
    assert later.text.startswith(sealed.text)
    assert verify(later.lines).after_seal == 1
    store, migration = a_store(*EVENTS, END, LATE)
    found = sealed_story(store, migration.id)
    assert found is not None
    assert found.chain == sealed
    assert len(found.history) == len(EVENTS) + 1
    assert story_of(store, migration.id).chain == later


def test_a_story_under_way_has_no_seal() -> None:
    """And grows only at its end."""
    store, migration = a_store(*EVENTS)
    assert sealed_story(store, migration.id) is None
    assert a_story(END).chain.text.startswith(a_story().chain.text)


def test_a_field_of_a_later_version_changes_no_hash() -> None:
    """The chain is over what was stored: code that reads more in it changes nothing."""
    _, migration = a_store()
    old = '{"at":1.0,"gate":"promote","by":"U1","kind":"approved","not_known_today":[1.50,"ü"]}'
    (_, event) = chained(migration, [old]).lines
    assert json.loads(event)["event"] == json.loads(old)


def test_the_plans_hash_is_of_what_was_planned_at_the_start() -> None:
    """Written down then, with every option: later versions, which have more, change nothing."""
    first, started = (json.loads(line) for line in lines()[:2])
    assert started["event"]["planned"]["options"]["max_write_pause_seconds"] == 300.0
    content = canonical(started["event"]["planned"])
    assert first["plan_hash"] == hashlib.sha256(content.encode()).hexdigest()
    _, migration = a_store()
    other = replace(migration.options, way_back=WayBack.REQUIRED)
    moved = planned("orders", migration.plan, other)
    assert hash_of(moved) != first["plan_hash"]


def test_the_service_writes_down_what_was_planned() -> None:
    """In the very first event; of those that were begun without it nothing is made up."""
    house = House()
    migration = house.service.start("orders", RITA, "C1", Options(target="orders-aurora"))
    story = story_of(house.store, migration.id)
    (started,) = (one.event for one in story.history)
    assert isinstance(started, MigrationStarted)
    assert started.planned == planned("orders", migration.plan, migration.options)
    assert story.chain.plan_hash == hash_of(started.planned)
    asked = plan_hash(migration.plan, "orders", migration.target, migration.options)
    assert story.chain.plan_hash == asked
    old = '{"at":1.0,"by":"U1","source":"o","target":"t","kind":"migration_started"}'
    assert EVENT.validate_json(old) == MigrationStarted(1.0, "U1", "o", "t")
    assert chained(migration, [old]).plan_hash == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=3))
def test_whatever_json_can_say_holds(stored: list[dict[str, object]]) -> None:
    """Line feeds, surrogates, numbers of any size: a line is a line."""
    _, migration = a_store()
    chain = chained(migration, [json.dumps({**one, "kind": "step_done"}) for one in stored])
    verdict = verify(chain.text.removesuffix("\n").split("\n"))
    assert (verdict.broken, verdict.events) == (None, len(stored))


# The command ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The usual story, sealed, in a file."""
    path = tmp_path / "orders-0001-audit.jsonl"
    path.write_text(a_story(END).chain.text)
    return path


def looked_at(capsys: pytest.CaptureFixture[str], file: Path, *more: str) -> tuple[int, str]:
    """The exit status, and what was said."""
    status = main(["verify", str(file), *more])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_the_command_says_that_a_file_is_whole(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """With the hash to hold against what others have."""
    last = a_story(END).chain.last
    status, said = looked_at(capsys, file)
    assert (status, last in said, "sealed: completed" in said) == (0, True, True)
    status, said = looked_at(capsys, file, "--through", last.upper())
    assert (status, "comes through the hash" in said) == (0, True)


def test_the_command_names_the_line_that_breaks(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """And gives 1."""
    file.write_bytes(file.read_bytes().replace(b"creating", b"cheating"))
    status, said = looked_at(capsys, file)
    assert (status, "BROKEN at line 4" in said) == (1, True)
    file.write_bytes(file.read_bytes()[:-20])
    file.write_bytes(file.read_bytes().replace(b"cheating", b"creating"))
    status, said = looked_at(capsys, file)
    assert (status, f"BROKEN at line {SEALED}: it is no JSON" in said) == (1, True)


def test_the_command_misses_the_hash_that_was_given(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """A file that was written anew as a whole holds in itself."""
    given_hash = a_story(END).chain.last
    found = file.read_text().splitlines()
    changed = [found[0], found[1].replace("orders-aurora", "other"), *found[2:]]
    file.write_text("".join(f"{line}\n" for line in written_anew(changed)))
    assert looked_at(capsys, file)[0] == 0
    status, said = looked_at(capsys, file, "--through", given_hash)
    assert (status, "does not come through" in said) == (1, True)


def test_the_command_says_what_is_missing_at_the_end(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """And gives 3; of a file that can't be read, 2."""
    file.write_text("".join(f"{line}\n" for line in lines()[:-3]))
    status, said = looked_at(capsys, file)
    assert (status, "what comes after event 6 is not known" in said) == (3, True)
    file.write_text("")
    assert looked_at(capsys, file)[0] == 3
    file.write_bytes(b"\xff\xfe")
    assert looked_at(capsys, file)[0] == 2
    assert looked_at(capsys, file.with_name("none"))[0] == 2
