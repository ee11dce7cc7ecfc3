"""The plan as a list in which every step says in words how far it is."""

from bot.messages.text import Block, plain
from bot.messages.words import LONGEST_NAME, named, step_name
from migration.model import Migration, PlannedStep, Status, went_back
from migration.plan import RETIRE_SOURCE

WAIT = 200

MARKS = {
    "done": "✔",
    "now": "▶",
    "waits": "✋",
    "stopped": "■",
    "paused": "⏸",
    "to do": "○",
    "being taken back": "▶",
    "taken back": "↩",
    "not done": "–",
}
#: What the step is that is due, where it is not just carried out.
AT = {
    Status.WAITING_FOR_APPROVAL: "waits",
    Status.HALTED: "stopped",
    Status.PAUSED: "paused",
    Status.DROPPING: "being taken back",
}
# They only look, or leave on what was asked for: there is nothing to take back.
LEAVES_NOTHING = frozenset(
    {
        *("check_source", "enable_backups", "check_network", "watch_lag", "validate_target"),
        *("clear_way", "validate_copy"),
    }
)


def checklist(migration: Migration) -> Block:
    """The steps of a migration, in their order."""
    lines = [_line(migration, index, step) for index, step in enumerate(migration.plan.steps)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": lines}]}


def _line(migration: Migration, index: int, step: PlannedStep) -> Block:
    state = _state(migration, index, step)
    last = index == len(migration.plan.steps) - 1
    name = plain(step_name(step.name), LONGEST_NAME)
    words = f"{MARKS[state]} {name}: {_words(migration, step, state)}"
    element: Block = {"type": "text", "text": words + ("" if last else "\n")}
    if state in {"now", "waits", "stopped", "paused", "being taken back"}:
        element["style"] = {"bold": True}
    return element


def _state(migration: Migration, index: int, step: PlannedStep) -> str:
    if migration.cancelled_by:
        return _state_backwards(migration, index, step)
    if index < migration.position or migration.status is Status.COMPLETED:
        return "done"
    if migration.status is Status.ROLLED_BACK:
        return "not done"
    if index > migration.position and went_back(migration):
        return "not done"
    if index > migration.position:
        return "to do"
    return AT.get(migration.status, "now")


def _state_backwards(migration: Migration, index: int, step: PlannedStep) -> str:
    over = migration.status is Status.CANCELLED
    if index == migration.position and not over:
        return "stopped" if migration.status is Status.HALTED else "being taken back"
    if index < migration.position:
        return "done"
    if step.name not in migration.facts:
        # Steps that were never begun, and one that was cancelled half-way, look alike here.
        return "not done"
    return "done" if step.name in LEAVES_NOTHING else "taken back"


def _words(migration: Migration, step: PlannedStep, state: str) -> str:
    if state == "to do" and step.gate:
        return f"to do, once a person decides to {named(step.gate)}"
    if state == "to do" and step.name == RETIRE_SOURCE and not migration.finishing_by:
        return "to do, once a person decides to finish"
    if state == "now" and migration.status is Status.ROLLING_BACK:
        return "now, being rolled back"
    if state == "waits":
        return f"waits for a person to {named(step.gate)}"
    waiting = migration.waiting
    if state in {"now", "being taken back"} and waiting:
        progress = "" if waiting.progress is None else f" ({waiting.progress:.0%})"
        return f"{state}, {plain(waiting.reason, WAIT)}{progress}"
    return state
