"""What an approver reads before they have a source closed for its copy."""

from bot.messages.buttons import FREEZE
from bot.messages.capture import promotion_line
from bot.messages.outage import consequences
from bot.messages.promotion import way_back
from bot.messages.question import Question
from migration.plan import FREEZE as GATE
from migration.service import Snapshot


def _consequences(snapshot: Snapshot) -> str:
    migration = snapshot.migration
    return consequences(migration, snapshot.now) + promotion_line(migration) + way_back(migration)


FREEZING = Question(
    gate=GATE,
    action=FREEZE,
    title="Freeze and copy",
    submit="Freeze",
    consequences=_consequences,
)
