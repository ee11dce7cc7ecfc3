"""The buttons of a migration: what they are called, what they carry, and when they are there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from bot.messages.outage import decision_name
from bot.messages.text import Block, plain
from migration.approvals import Click, is_of_now
from migration.control_rules import CONTROLS, Control
from migration.controls import does, is_possible, keeps
from migration.cool_off import in_cool_off
from migration.model import Migration, Status, is_cut_over
from migration.plan import FREEZE as FREEZE_GATE
from migration.plan import PROMOTE as PROMOTE_GATE
from migration.plan import ROLL_BACK as ROLL_BACK_GATE
from migration.service import Snapshot

PROMOTE = "promote"
CANCEL = "cancel"
PAUSE = "pause"
RESUME = "resume"
RETRY = "retry"
LOOK_AGAIN = "look_again"
ACKNOWLEDGE = "acknowledge"
ROLL_BACK = "roll_back"
FREEZE = "freeze"
FINISH = "finish"
CALL_OFF = "call_off"
#: Those that are about what one version shows.
DECISIONS = frozenset({PROMOTE, ROLL_BACK, FREEZE})
DROP = "drop_replica"
LOOK_FOR_REMEDIES = "look_for_remedies"
#: The steps that refuse a source for what its checks found, before anything is made of it.
REFUSING = frozenset({"check_source", "check_network", "enable_backups"})
#: Slack's limit for the words of a dialog.
CONFIRM = 300
NAMED = 200


@dataclass(frozen=True)
class Press:
    """What a button carries: which migration, gate and version it was drawn for; no authority."""

    migration: str
    gate: str
    version: int
    #: Asked for as an emergency.
    break_glass: bool = False
    #: For this later time, in unix seconds; 0: for at once.
    begins_at: int = 0

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
        glass, later = bool(found.get("b")), int(found.get("s", 0))
        return cls(str(found["m"]), str(found["g"]), int(found["v"]), glass, later)

    @property
    def carried(self) -> dict[str, str | int]:
        """The same as JSON has it, for a modal's metadata."""
        carried: dict[str, str | int] = {"m": self.migration, "g": self.gate, "v": self.version}
        more = {"b": int(self.break_glass), "s": self.begins_at}
        return carried | {name: value for name, value in more.items() if value}

    @property
    def value(self) -> str:
        """The same for a button's `value`."""
        return json.dumps(self.carried)

    @property
    def click(self) -> Click:
        """What the core decides upon."""
        return Click(self.gate, self.version, self.break_glass, float(self.begins_at))


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
    """Whether the gate waits, its conditions hold as of now, and nothing else holds it shut."""
    return conditions_hold(snapshot) and not (snapshot.terms and snapshot.terms.held_up)


def can_schedule(snapshot: Snapshot) -> float:
    """The time at which an approval may have it begin, where now is no time for it; 0 for none.

    A freeze's dialog tells times from now on, so that is not for later.
    """
    terms = snapshot.terms
    if terms is None or terms.shut is None or terms.lacks_rehearsal or not terms.missing:
        return 0.0
    if not conditions_hold(snapshot) or terms.gate != PROMOTE_GATE:
        return 0.0
    return terms.shut.opens_at or 0.0


def conditions_hold(snapshot: Snapshot) -> bool:
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


@dataclass(frozen=True)
class _Asked:
    """Slack's own question before a control: its title, and the answer that means it."""

    title: str
    yes: str
    no: str = "Keep it"


_ACTIONS: Mapping[Control, str] = {
    Control.PAUSE: PAUSE,
    Control.RESUME: RESUME,
    Control.RETRY: RETRY,
    Control.DROP_REPLICA: DROP,
    Control.CANCEL: CANCEL,
    Control.FINISH: FINISH,
}
#: What is asked for by mistake is lost; a pause is asked for its words.
_QUESTIONS: Mapping[Control, _Asked] = {
    Control.PAUSE: _Asked("Pause this migration?", "Pause it", "Go on"),
    Control.DROP_REPLICA: _Asked("Drop the replica?", "Drop it"),
    Control.CANCEL: _Asked("Cancel this migration?", "Cancel it"),
    Control.FINISH: _Asked("Give up the way back?", "Finish"),
}
_STYLES: Mapping[Control, str] = {
    Control.RESUME: "primary",
    Control.RETRY: "primary",
    Control.CANCEL: "danger",
}


def control_of(action: str) -> Control:
    """Which control a button stands for."""
    return next(control for control, name in _ACTIONS.items() if name == action)


def action_of(control: Control) -> str:
    """What its button is called."""
    return _ACTIONS[control]


def what_it_does(control: Control, migration: Migration, source: str, target: str) -> str:
    """What comes of it and what does not, as far as a dialog has room for both."""
    words = does(control, migration, source, target)
    both = f"{words} {keeps(control, source, target)}"
    return both if len(both) <= CONFIRM else words


def control_button(control: Control, migration: Migration) -> Block:
    """A control's button, with Slack's own question before it where something may be lost."""
    value = Press.whatever(migration).value
    caption, style = CONTROLS[control].caption, _STYLES.get(control, "")
    pressed = button(_ACTIONS[control], caption, value, style)
    asked = _QUESTIONS.get(control)
    if asked is None:
        return pressed
    words = what_it_does(control, migration, migration.source, migration.target)
    question: Block = {
        "title": {"type": "plain_text", "text": asked.title},
        "text": {"type": "plain_text", "text": plain(words, CONFIRM)},
        "confirm": {"type": "plain_text", "text": asked.yes},
        "deny": {"type": "plain_text", "text": asked.no},
    }
    if control is not Control.PAUSE:
        question["style"] = "danger"
    return {**pressed, "confirm": question}


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


def _for_later(snapshot: Snapshot) -> list[Block]:
    """Schedule, while approvals for the next window are missing; Call off, once there is one."""
    migration, begins_at = snapshot.migration, can_schedule(snapshot)
    elements = []
    if begins_at:
        press = replace(Press.of(migration), begins_at=int(begins_at))
        elements.append(button(PROMOTE, "Schedule", press.value, "primary"))
    if snapshot.terms is not None and snapshot.terms.scheduled_for:
        elements.append(button(CALL_OFF, "Call off", Press.whatever(migration).value, "danger"))
    return elements


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
        elements += _for_later(snapshot)
        elements.append(button(LOOK_AGAIN, "Check again", value))
    elements += _possible(migration, Control.RESUME, Control.RETRY)
    if was_refused(migration):
        elements.append(button(LOOK_FOR_REMEDIES, "Look for remedies", value))
    if is_possible(Control.ROLL_BACK, migration):
        elements.append(roll_back_button(migration))
    elements += _possible(migration, Control.FINISH)
    if wants_acknowledging(snapshot):
        elements.append(acknowledge_button(snapshot))
    elements += _possible(migration, Control.PAUSE, Control.DROP_REPLICA, Control.CANCEL)
    return [{"type": "actions", "block_id": "actions", "elements": elements}] if elements else []


def _possible(migration: Migration, *controls: Control) -> list[Block]:
    """The buttons of those that the table of controls allows now."""
    return [control_button(one, migration) for one in controls if is_possible(one, migration)]
