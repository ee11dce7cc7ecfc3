"""What people may do to a migration at any time: one table of each control in each situation.

Buttons, sub-commands, what the service refuses and `docs/controls.md` all come from it. Approvals
at a gate are no controls: `approvals.py` decides them. `Roll back` is both: the table says when
there is a question at all.
"""

from migration.control_rules import CONTROLS, Control
from migration.errors import NotPossibleNow, TooLateToCancel
from migration.model import Migration
from migration.situation import Situation, situation_of


def why_not(control: Control, migration: Migration) -> str:
    """Why this can't be done to it now; empty where it can."""
    return why_not_in(control, situation_of(migration))


def why_not_in(control: Control, situation: Situation) -> str:
    """The same of a situation: one cell of the table."""
    rule = CONTROLS[control]
    if situation in rule.possible:
        return ""
    return rule.why_not.get(situation, rule.otherwise)


def is_possible(control: Control, migration: Migration) -> bool:
    """Whether this can be done to it now, by whoever may."""
    return not why_not(control, migration)


def check(control: Control, migration: Migration) -> None:
    """Whether this can be done to it now.

    Raises:
        NotPossibleNow: it can't; the reason is in its words.
        TooLateToCancel: the promotion was decided before.
    """
    reason = why_not(control, migration)
    if not reason:
        return
    if control is Control.CANCEL and migration.promoting_since is not None:
        raise TooLateToCancel(migration.promoting_since)
    raise NotPossibleNow(reason)


def does(control: Control, migration: Migration, source: str, target: str) -> str:
    """What comes of it, before anybody means it; with the names as they are to be written."""
    rule = CONTROLS[control]
    words = rule.does_in.get(situation_of(migration), rule.does)
    return words.format(source=source, target=target)


def keeps(control: Control, source: str, target: str) -> str:
    """What will not come of it, and what is not undone."""
    return CONTROLS[control].keeps.format(source=source, target=target)
