"""The buttons of a migration: what they are called, what they carry, and when they are there."""

import json
from dataclasses import dataclass
from typing import Self

from bot.messages import outage
from bot.messages.outage import decision_name
from bot.messages.text import Block, plain
from migration.approvals import Click, is_of_now
from migration.cool_off import in_cool_off
from migration.model import Migration, Status, can_cancel, is_cut_over
from migration.plan import FREEZE as FREEZE_GATE
from migration.plan import ROLL_BACK as ROLL_BACK_GATE
from migration.service import Snapshot
from migration.sync import can_drop_replica

PROMOTE = "promote"
CANCEL = "cancel"
RETRY = "retry"
LOOK_AGAIN = "look_again"
ACKNOWLEDGE = "acknowledge"
ROLL_BACK = "roll_back"
FREEZE = "freeze"
FINISH = "finish"
#: Those that are about what one version shows.
DECISIONS = frozenset({PROMOTE, ROLL_BACK, FREEZE})
DROP = "drop_replica"
LOOK_FOR_REMEDIES = "look_for_remedies"
#: The steps that refuse a source for what its checks found, before anything is made of it.
REFUSING = frozenset({"check_source", "check_network", "enable_backups"})
#: Slack's limit for the words of a dialog is 300.
NAMED = 200


@dataclass(frozen=True)
class Press:
    """What a button carries: which migration, gate and version it was drawn for; no authority."""

    migration: str
    gate: str
    version: int

    @classmethod
    def whatever(cls, migration: Migration) -> Self:
        """For what may be done whichever version is shown: the core looks at the present one."""
        return cls(migration.id, "", 0)

    @classmethod
    def of(cls, migration: Migration) -> Self:
        """For a decision, which is about what this version shows."""
        return cls(migration.id, _gate_of(migration), migration.version)

    @classmethod
    def parse(cls, value: str) -> Self:
        """What a button or a modal gave back."""
        found = json.loads(value)
        return cls(str(found["m"]), str(found["g"]), int(found["v"]))

    @property
    def value(self) -> str:
        """The same for a button's `value`."""
        return json.dumps({"m": self.migration, "g": self.gate, "v": self.version})

    @property
    def click(self) -> Click:
        """What the core decides upon."""
        return Click(self.gate, self.version)


def _gate_of(migration: Migration) -> str:
    """The gate that it stands at; empty for none."""
    if in_cool_off(migration):
        return ROLL_BACK_GATE
    return migration.step.gate if migration.step else ""


def is_fresh(snapshot: Snapshot) -> bool:
    """Whether the evidence is of now, and of the gate that the migration stands at."""
    migration, evidence = snapshot.migration, snapshot.evidence
    gate = _gate_of(migration)
    return evidence is not None and is_of_now(migration, gate, evidence, snapshot.now)


def can_promote(snapshot: Snapshot) -> bool:
    """Whether the gate waits, and rests on evidence of now that holds."""
    evidence = snapshot.evidence
    waiting = snapshot.migration.status is Status.WAITING_FOR_APPROVAL
    return waiting and evidence is not None and evidence.holds and is_fresh(snapshot)


def wants_acknowledging(snapshot: Snapshot) -> bool:
    """Whether somebody has still to take note of warnings, and can."""
    migration = snapshot.migration
    over = migration.final or is_cut_over(migration) or bool(migration.cancelled_by)
    return bool(snapshot.unacknowledged) and not over


def was_refused(migration: Migration) -> bool:
    """Whether it stands still for something that a remedy may mend."""
    problem = migration.problem
    stands = migration.status is Status.HALTED and not migration.cancelled_by
    return stands and problem is not None and problem.step in REFUSING


def button(action: str, text: str, value: str, style: str = "") -> Block:
    """One button."""
    element = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": text},
        "value": value,
    }
    return {**element, "style": style} if style else element


def what_cancel_does(source: str, target: str, status: Status) -> str:
    """What comes of it, before anybody means it."""
    if status is Status.FROZEN:
        return outage.what_cancel_does(source, target)
    if status is Status.CUTTING_OVER:
        return (
            f"The cut-over goes back and {source} takes writes again; then what was made for "
            f"{target} is taken down. Once the promotion is sent it is too late, and you are told."
        )
    return f"What it made for {target} is taken down. {source} goes on as it is."


def cancel_button(migration: Migration) -> Block:
    """Cancel, with Slack's own question before it."""
    return {
        **button(CANCEL, "Cancel", Press.whatever(migration).value, "danger"),
        "confirm": {
            "title": {"type": "plain_text", "text": "Cancel this migration?"},
            "text": {
                "type": "plain_text",
                "text": what_cancel_does(migration.source, migration.target, migration.status),
            },
            "confirm": {"type": "plain_text", "text": "Cancel it"},
            "deny": {"type": "plain_text", "text": "Keep it"},
            "style": "danger",
        },
    }


def what_finish_does(source: str) -> str:
    """What it takes away, before anybody means it."""
    return (
        "The way back is given up: what keeps it is removed from both databases, and going back "
        f"would lose writes from then on. {source} is kept: closed to applications, protected "
        "from deletion, tagged, with a final snapshot."
    )


def finish_button(migration: Migration) -> Block:
    """Finish, with Slack's own question before it."""
    return {
        **button(FINISH, "Finish", Press.whatever(migration).value),
        "confirm": {
            "title": {"type": "plain_text", "text": "Give up the way back?"},
            "text": {"type": "plain_text", "text": what_finish_does(migration.source)},
            "confirm": {"type": "plain_text", "text": "Finish"},
            "deny": {"type": "plain_text", "text": "Keep it"},
            "style": "danger",
        },
    }


def what_drop_does(source: str, target: str) -> str:
    """What will and what will not happen, before anybody means it."""
    return (
        f"{target} is deleted and the copy is lost. {source} is not touched: writers go on, and "
        "the WAL it keeps for the copy goes. Then the migration stands still: Retry copies "
        "everything anew, Cancel ends it."
    )


def drop_button(migration: Migration) -> Block:
    """Drop the replica, with Slack's own question before it."""
    return {
        **button(DROP, "Drop the replica", Press.whatever(migration).value),
        "confirm": {
            "title": {"type": "plain_text", "text": "Drop the replica?"},
            "text": {
                "type": "plain_text",
                "text": what_drop_does(migration.source, migration.target),
            },
            "confirm": {"type": "plain_text", "text": "Drop it"},
            "deny": {"type": "plain_text", "text": "Keep it"},
            "style": "danger",
        },
    }


def roll_back_button(migration: Migration, caption: str = "Roll back") -> Block:
    """Roll back, whose modal asks before anything happens."""
    return button(ROLL_BACK, caption, Press.of(migration).value, "danger")


def acknowledge_button(snapshot: Snapshot) -> Block:
    """Acknowledge, with the warnings' names in Slack's own question before it."""
    names = snapshot.unacknowledged
    count = f"{len(names)} warning{'' if len(names) == 1 else 's'}"
    value = Press.whatever(snapshot.migration).value
    return {
        **button(ACKNOWLEDGE, f"Acknowledge {count}", value),
        "confirm": {
            "title": {"type": "plain_text", "text": f"Acknowledge {count}?"},
            "text": {
                "type": "plain_text",
                "text": f"{plain(', '.join(names), NAMED)}. The thread says what each is about. "
                "Your name is recorded.",
            },
            "confirm": {"type": "plain_text", "text": "I know them"},
            "deny": {"type": "plain_text", "text": "Not yet"},
        },
    }


def buttons(snapshot: Snapshot) -> list[Block]:
    """An actions block with what can be done now; nothing when there is nothing."""
    migration = snapshot.migration
    value = Press.whatever(migration).value
    elements = []
    if can_promote(snapshot):
        name = decision_name(migration)
        action = FREEZE if _gate_of(migration) == FREEZE_GATE else PROMOTE
        elements.append(button(action, name, Press.of(migration).value, "primary"))
    elif migration.status is Status.WAITING_FOR_APPROVAL:
        elements.append(button(LOOK_AGAIN, "Check again", value))
    asked = migration.status is Status.FROZEN and migration.problem is not None
    if migration.status is Status.HALTED or asked:
        elements.append(button(RETRY, "Retry", value, "primary"))
    if was_refused(migration):
        elements.append(button(LOOK_FOR_REMEDIES, "Look for remedies", value))
    if in_cool_off(migration):
        elements += [roll_back_button(migration), finish_button(migration)]
    if wants_acknowledging(snapshot):
        elements.append(acknowledge_button(snapshot))
    if can_drop_replica(migration):
        elements.append(drop_button(migration))
    if can_cancel(migration):
        elements.append(cancel_button(migration))
    return [{"type": "actions", "block_id": "actions", "elements": elements}] if elements else []
