"""App Home: what needs its person first, a card each, within what Slack takes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from block_limits import assert_home_fits, texts
from shown import APPROVERS, COOL_OFF, HARM, STATES, a_migration, harmful

from bot.messages.home import NOBODY_KNOWS, Desk, home
from bot.messages.modals import View
from bot.messages.state import sentence
from migration.model import Options
from migration.service import Snapshot

LONGEST = "o" * 63
LINK = "https://example.slack.com/archives/C1/p1?a=1&b=2"


def desk(
    needs: Sequence[Snapshot] = (),
    going: Sequence[Snapshot] = (),
    ended: Sequence[Snapshot] = (),
    *,
    known: bool = True,
) -> Desk:
    """Somebody's, each with the way to its message."""
    ids = {one.migration.id for one in (*needs, *going, *ended)}
    links = dict.fromkeys(ids, LINK)
    return Desk(needs, going, ended, links, lambda _: APPROVERS, known=known)


def said(view: View) -> list[str]:
    """Its paragraphs and small print, in their order."""
    return [
        text["text"]
        for block in view["blocks"]
        if block["type"] in {"section", "context"}
        for text in texts(block)
    ]


def test_what_needs_a_person_stands_first() -> None:
    """Then what is under way, then what ended; each with the sentence of its own message."""
    shown = desk([STATES["halted"]], [STATES["active"], STATES["paused"]], [STATES["completed"]])
    words = said(home(shown))
    heads = [words.index(f"*{one}*") for one in ("Needs you now: 1", "Under way: 2")]

    assert heads == [0, 3]
    assert words.index("*Ended lately*") == 8
    for place, name in ((1, "halted"), (4, "active"), (6, "paused"), (9, "completed")):
        title, _, rest = words[place].partition("\n")
        assert title == f"*<{LINK.replace('&', '&amp;')}|orders → orders-aurora>*"
        assert rest == sentence(STATES[name], APPROVERS)


def test_a_card_says_how_far_it_is() -> None:
    """Its step, what AWS has of it, and the lag with its time."""
    words = said(home(desk(going=[STATES["active"]])))

    assert words[3].startswith(
        "`orders-0001` · step 6 of 10: Create the replica cluster · ██░░░░░░░░ 25% · lag 0.4 s at "
    )


def test_without_anything_it_says_so_and_begins_one() -> None:
    """A button, and what can be typed."""
    view = home(desk())

    assert said(view)[0] == "*Nothing needs you now.*"
    assert view["blocks"][0]["elements"][0]["text"]["text"] == "Move a database to Aurora"
    assert "`/migrate pause &lt;id&gt;`" in said(view)[-1]


def test_whom_slack_does_not_know_is_told_so() -> None:
    """That nothing is listed as theirs means nothing then."""
    words = said(home(desk(going=[STATES["active"]], known=False)))

    assert words[0] == NOBODY_KNOWS
    assert "Nothing needs you" not in "".join(words)


def test_a_message_that_is_not_posted_yet_has_no_link() -> None:
    """The names stand for themselves."""
    shown = replace(desk(going=[STATES["active"]]), links={})

    assert said(home(shown))[2].startswith("*orders → orders-aurora*\n")


@pytest.mark.parametrize("count", [0, 1, 200])
def test_hundreds_fit(count: int) -> None:
    """With the longest names, in every state; what is left out is counted."""
    options = Options(target=LONGEST)
    long = [
        replace(one, migration=replace(one.migration, id=LONGEST, source=LONGEST, options=options))
        for one in (*STATES.values(), *COOL_OFF.values())
    ]
    shown = (long * 5)[:count]
    view = home(desk(shown, shown, shown[:10]))

    assert_home_fits(view)
    assert len(view["blocks"]) <= 88
    assert ("… and 185 more: `/migrate list`" in said(view)) is (count == 200)
    assert ("… and 180 more: `/migrate list`" in said(view)) is (count == 200)


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """As in the message."""
    one = harmful(harm)
    migration = replace(one.migration, source=harm or "x", id=a_migration().id)

    assert_home_fits(home(desk([one], [replace(one, migration=migration)], [one])))
