"""`/migrate pause|resume|retry|cancel|drop-replica|finish <id or source>`.

What may lose something asks whether it is meant; the answer is a button (`actions.py`).
"""

from collections.abc import Callable, Mapping
from functools import partial

from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.controlling import carry_out, check, linked
from bot.edge import Edge
from bot.messages import answers
from migration.control_rules import CONTROLS, Control


def _control(control: Control, edge: Edge, request: Request) -> None:
    named = named_in(request)
    if not named:
        request.answer(answers.which_one(control.value))
        return
    migration = migration_named(edge, named, control.value)
    if control in answers.AT_ONCE:
        request.answer(answers.told(carry_out(edge, control, migration.id, request.user)))
        return
    with linked(edge, migration.id):
        check(edge, control, migration, request.user)
    request.answer(answers.really(control, migration))


#: All but the one that opens a dialog of its own.
CONTROL_COMMANDS: Mapping[str, Callable[[Edge, Request], None]] = {
    control.value: partial(_control, control)
    for control in CONTROLS
    if control is not Control.ROLL_BACK
}
