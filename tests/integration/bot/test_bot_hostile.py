"""What people type to do harm, or by accident: answered where they are, to them alone, as words."""

from typing import Any

import pytest
from _pytest.mark import ParameterSet
from bot_ground import CHANNEL, Ground, wait_until
from filling_in import (
    ACCEPT,
    LAG,
    PAUSE,
    SECOND,
    SOURCE,
    TARGET,
    chosen,
    following,
    opened,
    to_the_limits,
)

from migration.model import Migration
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text

NAME = "Type the source instance's name"
#: What fields for names and for numbers take at most: people can't type more into them.
FIELD = 63
NUMBER = 10

HOSTILE = {
    "over-long": "a" * 3000,
    "over-long, to be escaped": "<&>" * 1000,
    "a call to everybody": "<!channel>",
    "a person": "<@U0ANNA00001>",
    "a group": "<!subteam^S0DBAONCALL>",
    "a link with other words": "<https://evil.example/|The live message>",
    "ends the quotation": "x`<!here>*Done*`y",
    "control characters": "orders\x00\x07\x1b[31m\x7f",
    "lines": "orders\n\n*Approved*\r\u2028<!here>",
    "turns the direction": "\u202esredro\u2066\u200f",
    "emoji of four bytes": "💾" * 60,
    "SQL": "orders'; DROP TABLE accounts; --",
    "a format": "{0.__class__} %s %(x)n ${HOME}",
    "JSON": '","blocks":[{"type":"divider"}],"x":"',
}
#: What begins with what can be a name: the rest are words that mean nothing behind it.
BEHIND_A_NAME = frozenset({"lines", "ends the quotation"})
#: What Slack would read as its own, or hides from the reader, wherever it stands in an answer.
NEVER = (
    "<!channel", "<!here", "<@U0ANNA", "<https", "\u202e", "\u2066", "\u200f", "\u2028",
    "\x00", "\x07", "\x1b", "\x7f", "x`", "<&>", "a" * 200,
)  # fmt: skip
# A help text comes with what is no sub-command.
LONGEST_ANSWER = 2600


def rows() -> list[ParameterSet]:
    """Each of them, as a row of one table."""
    return [pytest.param(name, marks=pytest.mark.table("hostile input")) for name in HOSTILE]


def everything(ground: Ground, migration: Migration) -> list[Any]:
    """What is stored, and what everybody but the one who types sees."""
    others = (ground.rita, ground.adam, ground.anna)
    return [
        ground.store.recent(1000),
        len(ground.store.events(migration.id)),
        [(one.ephemerals(CHANNEL), one.modal()) for one in others],
        [message["ts"] for message in ground.rita.messages(CHANNEL)],
        visible_text(ground.root(migration)),
    ]


def assert_only_words(shown: Any) -> None:
    """Nothing of it means anything to Slack, in no part of it."""
    written = list(strings(shown))
    assert not [(bad, text) for bad in NEVER for text in written if bad in text]
    assert all("\n*Approved*" not in text for text in written)


def strings(shown: Any) -> Any:
    """Every text in a message or a view, those for machines too."""
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, dict):
        for part in shown.values():
            yield from strings(part)
    elif isinstance(shown, list):
        for part in shown:
            yield from strings(part)


@pytest.mark.parametrize("name", rows())
def test_a_command_is_answered_with_words(ground: Ground, name: str) -> None:
    """Each sub-command, and none: one person reads a short answer, and nothing has changed."""
    migration, typed = ground.at_the_gate(), HOSTILE[name]
    ground.promotable(migration)
    wait_until(lambda: ground.up_to_date(migration), "the channel to show all")
    before = everything(ground, migration)
    for command in ("status ", "cancel ", ""):
        seen = {message["ts"] for message in ground.oscar.ephemerals(CHANNEL)}
        assert ground.oscar.type(CHANNEL, f"/migrate {command}{typed}").error is None
        answer = the_answer(ground.oscar, seen)
        assert "There is no" in visible_text(answer)
        assert len(visible_text(answer)) < LONGEST_ANSWER
        assert_only_words([answer["text"], answer.get("blocks")])
    assert ground.oscar.modal() is None
    assert everything(ground, migration) == before


def the_answer(person: Person, seen: set[str]) -> dict[str, Any]:
    """The one message that is new to this person."""

    def new() -> list[dict[str, Any]]:
        return [one for one in person.ephemerals(CHANNEL) if one["ts"] not in seen]

    (answer,) = person.wait_until(new, what="an answer")
    return answer


@pytest.mark.parametrize("name", rows())
def test_a_form_is_filled_in_with_words(ground: Ground, name: str) -> None:
    """Behind `start` and in every field: an error at each, and nothing is started."""
    migration, typed = ground.at_the_gate(), HOSTILE[name]
    wait_until(lambda: ground.up_to_date(migration), "the channel to show all")
    before, source = everything(ground, migration), ground.a_source(retention=0)
    seen = {message["ts"] for message in ground.oscar.ephemerals(CHANNEL)}
    if name in BEHIND_A_NAME:
        assert ground.oscar.type(CHANNEL, f"/migrate start {typed}").error is None
        answer = the_answer(ground.oscar, seen)
        assert "means nothing here" in visible_text(answer)
        assert_only_words([answer["text"], answer.get("blocks")])
        opened(ground.oscar)
    else:
        view = opened(ground.oscar, typed, saying="is no name that RDS gives an instance")
        assert_only_words([view["blocks"], view["private_metadata"]])
    assert_only_words(ground.oscar.suggestions(SOURCE, typed))

    chosen(ground.oscar, source)
    following(ground.oscar, SECOND)
    # an underscore, because as many letters as fit are a name
    ground.oscar.fill({ACCEPT: typed[:FIELD], TARGET: typed[: FIELD - 1] + "_"})
    found = [ground.oscar.submit().errors]
    ground.oscar.fill({ACCEPT: source})
    found.append(ground.oscar.submit().errors)
    ground.oscar.fill({TARGET: ""})
    to_the_limits(ground.oscar)
    ground.oscar.fill({LAG: typed[:NUMBER], PAUSE: typed[:NUMBER]})
    found.append(ground.oscar.submit().errors)
    assert [set(one) for one in found] == [{ACCEPT}, {TARGET}, {LAG, PAUSE}]
    assert_only_words(found)
    ground.oscar.close(everything=True)
    assert everything(ground, migration) == before


@pytest.mark.parametrize("name", rows())
def test_a_name_to_promote_is_only_compared(ground: Ground, name: str) -> None:
    """It is not the source's: said at the field, nothing of it repeated, and the gate stays."""
    migration = ground.at_the_gate()
    ground.adam.click(ground.promotable(migration), "Promote")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    ground.adam.fill({NAME: HOSTILE[name][:FIELD]})
    submission = ground.adam.submit()
    assert submission.errors == {NAME: "This is not the source's name, as it stands above."}
    assert ground.store.load(migration.id) == migration
    ground.adam.close()
