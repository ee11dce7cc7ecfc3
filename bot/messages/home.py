"""App Home's tab: what needs its person, what is under way, what ended; a card for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.messages import answers
from bot.messages.buttons import button
from bot.messages.modals import View
from bot.messages.state import sentence
from bot.messages.text import Block, context, escape, safe, section, when
from bot.messages.words import step_title
from migration.model import Migration, Status
from migration.service import Snapshot

START = "open_wizard"
#: Slack takes a hundred blocks. A card under way has two, one that ended has one.
NEEDED, UNDER_WAY, ENDED = 15, 20, 10
TITLE = 140
BARS = 10
NOBODY_KNOWS = (
    "Slack did not say who you are and which groups you are in, so what needs *you* can't be told "
    "here. Each migration's own message says what is wanted of whom."
)


@dataclass(frozen=True)
class Desk:
    """What one person's tab is made of."""

    needs: Sequence[Snapshot]
    #: Everything else that is under way.
    going: Sequence[Snapshot]
    ended: Sequence[Snapshot]
    #: Addresses of migrations' messages, by id.
    links: Mapping[str, str]
    #: Who may approve one: ids of people and groups.
    approvers_of: Callable[[Migration], frozenset[str]]
    #: Whether it is known who the person is.
    known: bool = True


def home(desk: Desk) -> View:
    """At most 88 blocks, however many there are."""
    start = button(START, "Move a database to Aurora", "start", "primary")
    return {
        "type": "home",
        "blocks": [
            {"type": "actions", "block_id": "start", "elements": [start]},
            *_needs(desk),
            *_part("Under way", desk.going, UNDER_WAY, desk),
            *_ended(desk),
            {"type": "divider"},
            *answers.usage().blocks,
        ],
    }


def _needs(desk: Desk) -> list[Block]:
    if not desk.known:
        return [section(NOBODY_KNOWS)]
    if not desk.needs:
        return [section("*Nothing needs you now.*")]
    return _part("Needs you now", desk.needs, NEEDED, desk)


def _part(title: str, shown: Sequence[Snapshot], most: int, desk: Desk) -> list[Block]:
    if not shown:
        return []
    cards = [block for one in shown[:most] for block in _card(one, desk)]
    return [section(f"*{title}: {len(shown)}*"), *cards, *_rest(len(shown) - most)]


def _rest(more: int) -> list[Block]:
    return [context(f"… and {more} more: `/migrate list`")] if more > 0 else []


def _card(snapshot: Snapshot, desk: Desk) -> list[Block]:
    """Its state in a sentence, and how far it is."""
    migration = snapshot.migration
    said = f"{_title(migration, desk)}\n{sentence(snapshot, desk.approvers_of(migration))}"
    return [section(said), context(_progress(snapshot))]


def _title(migration: Migration, desk: Desk) -> str:
    names = safe(f"{migration.source} → {migration.target}", TITLE)
    link = desk.links.get(migration.id)
    return f"*<{escape(link)}|{names}>*" if link else f"*{names}*"


def _progress(snapshot: Snapshot) -> str:
    migration = snapshot.migration
    parts = [f"`{migration.id}`"]
    if migration.step is not None:
        where = f"step {migration.position + 1} of {len(migration.plan.steps)}"
        parts.append(f"{where}: {step_title(migration.step.name)}")
    waiting = migration.waiting
    if waiting is not None and waiting.progress is not None and migration.status is Status.ACTIVE:
        share = min(max(waiting.progress, 0.0), 1.0)
        full = round(share * BARS)
        parts.append(f"{'█' * full}{'░' * (BARS - full)} {share:.0%}")
    if snapshot.lag:
        last = snapshot.lag[-1]
        parts.append(f"lag {last.value:.3g} s at {when(last.at)}")
    return " · ".join(parts)


def _ended(desk: Desk) -> list[Block]:
    if not desk.ended:
        return []
    lines = [
        section(f"{_title(one.migration, desk)}\n{sentence(one, desk.approvers_of(one.migration))}")
        for one in desk.ended[:ENDED]
    ]
    return [section("*Ended lately*"), *lines]
