"""What people read of the way back: before they promote, without one, and when it is over."""

import json
from dataclasses import replace

import pytest
from shown import APPROVAL, APPROVERS, GOOD, NOW, RITA, a_migration, position_of

from bot.messages.buttons import Press
from bot.messages.questions import asked
from bot.messages.readers import Readers
from bot.messages.root import root
from bot.messages.thread import entries
from migration.events import Approved, Event, WayBackLost
from migration.model import WENT_BACK, Migration, Options, Status, WayBack
from migration.plan import CUT_OVER, PROMOTE, plan_for
from migration.ports import Recorded
from migration.service import Snapshot

HARM = "no slot <!channel>"


def wanting(way_back: WayBack, status: Status, **changes: object) -> Migration:
    """A migration whose plan wants this."""
    options = Options(target="orders-aurora", way_back=way_back)
    plan = plan_for("orders", options)
    return replace(a_migration(status, **changes), options=options, plan=plan)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (WayBack.NONE, "would lose what they wrote. By promoting you accept that"),
        (WayBack.IF_POSSIBLE, "`orders-aurora` opens without one, and the channel says so"),
        (WayBack.REQUIRED, "if that does not work, the cut-over goes back. For 72 hours"),
    ],
)
def test_the_dialog_says_what_becomes_of_going_back(wanted: WayBack, words: str) -> None:
    """As the plan has it, before the name is typed."""
    gate = wanting(wanted, Status.WAITING_FOR_APPROVAL, position=position_of(CUT_OVER))
    shown = asked(Snapshot(gate, (), GOOD, NOW), Press.of(gate))

    assert words in json.dumps(shown, ensure_ascii=False)


def said(migration: Migration, event: Event) -> tuple[str, bool]:
    """The entry of one event, and whether the whole channel sees it."""
    readers = Readers(APPROVERS, {})
    (entry,) = entries(migration, [Recorded(1, event)], 0, readers)
    return entry.message.text, entry.broadcast


def test_a_way_back_that_is_lost_is_said_aloud() -> None:
    """The whole channel reads it, whoever asked is called, and the reason is escaped."""
    words, broadcast = said(wanting(WayBack.REQUIRED, Status.ACTIVE), WayBackLost(NOW, HARM))

    assert broadcast
    assert "There is no way back from `orders-aurora`" in words
    assert f"<@{RITA}>" in words
    assert "<!channel>" not in words


def test_a_promotion_without_one_was_accepted_on_record() -> None:
    """In the entry of who approved it; with a way back there is nothing to accept."""
    gate = wanting(WayBack.NONE, Status.CUTTING_OVER)
    for without in (True, False):
        approved = Approved(NOW, PROMOTE, APPROVAL.by, GOOD, without_way_back=without)
        assert ("Accepted: going back" in said(gate, approved)[0]) is without


def test_whoever_went_back_reads_where_the_applications_are() -> None:
    """The migration ends on the source, and the message says so."""
    facts = {"keep_way_back": {"ended": WENT_BACK, "lost": ""}}
    after = wanting(WayBack.REQUIRED, Status.ROLLED_BACK, facts=facts)
    words = root(Snapshot(after, (), None, NOW), APPROVERS).text

    assert "applications use `orders` again" in words
