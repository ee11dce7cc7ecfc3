"""The one message that stands for a migration in its channel."""

from collections.abc import Sequence

from bot.messages import cool_off
from bot.messages.buttons import buttons, is_fresh
from bot.messages.chart import lag_chart
from bot.messages.checklist import checklist
from bot.messages.endings import (
    left_after_roll_back,
    retired_lines,
    roll_back_result,
)
from bot.messages.evidence import check_lines, failing, lag_line
from bot.messages.result import result
from bot.messages.state import sentence
from bot.messages.synchronization import sync_lines
from bot.messages.text import (
    HEADER,
    Block,
    Message,
    context,
    day,
    mention,
    plain,
    safe,
    section,
)
from migration.cool_off import in_cool_off
from migration.model import Reading, Status, is_cut_over
from migration.service import Snapshot

ABORTED = 900
WITH_LAG = frozenset({Status.ACTIVE, Status.PAUSED, Status.WAITING_FOR_APPROVAL, Status.HALTED})


def root(snapshot: Snapshot, approvers: frozenset[str], note: str = "") -> Message:
    """A migration as it stands; at most twelve blocks. A note says where it was shown before."""
    migration = snapshot.migration
    said = sentence(snapshot, approvers)
    title = f"{migration.source} → {migration.target}"
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": plain(title, HEADER)}},
        section(said),
        checklist(migration),
        *_details(snapshot),
        *([context(note)] if note else []),
        context(_small_print(snapshot)),
        *buttons(snapshot),
    ]
    return Message(f"{safe(title, HEADER)}: {said}", blocks)


def _details(snapshot: Snapshot) -> list[Block]:
    migration = snapshot.migration
    if migration.status is Status.ROLLED_BACK:
        return _paragraphs(roll_back_result(migration), left_after_roll_back(migration))
    if is_cut_over(migration):
        kept = cool_off.details(snapshot) if in_cool_off(migration) else []
        retired = retired_lines(migration)
        return _paragraphs(*kept, result(migration), "\n".join(retired))
    threshold = migration.options.lag_threshold_seconds
    lag = lag_line(_lag(snapshot), threshold)
    watched = "\n".join(line for line in (lag, *sync_lines(snapshot)) if line)
    return [
        *_paragraphs(*_gate(snapshot), watched),
        *lag_chart(_lag(snapshot), threshold),
    ]


def _lag(snapshot: Snapshot) -> Sequence[Reading]:
    """The readings while they say something: before the cut-over, and on the way there."""
    migration = snapshot.migration
    leads_there = migration.status in WITH_LAG and not migration.cancelled_by
    return snapshot.lag if leads_there and not is_cut_over(migration) else ()


def _paragraphs(*texts: str) -> list[Block]:
    return [section(text) for text in texts if text]


def _gate(snapshot: Snapshot) -> list[str]:
    """Why the gate is shut, as far as it is."""
    migration = snapshot.migration
    if migration.status is not Status.WAITING_FOR_APPROVAL:
        return []
    said = []
    if migration.aborted:
        reason = safe(migration.aborted, ABORTED)
        said.append(f"*The last cut-over went back*, and the source takes writes: {reason}")
    if snapshot.evidence is not None and is_fresh(snapshot):
        said.append("\n".join(check_lines(failing(snapshot.evidence))))
    return said


def _small_print(snapshot: Snapshot) -> str:
    migration = snapshot.migration
    shown = (_lag(snapshot), *snapshot.way_back.values())
    times = [migration.updated_at, *(reading.at for one in shown for reading in one[-1:])]
    if snapshot.evidence is not None and migration.status is Status.WAITING_FOR_APPROVAL:
        times.append(snapshot.evidence.at)
    way = "" if migration.options.login else " · *without a login* to the database"
    return (
        f"`{migration.id}`{way} · asked for by {mention(migration.requester)} · updated "
        f"{day(max(times))}"
    )
