"""What the sub-commands of `/migrate` answer to the one who typed them."""

from collections.abc import Mapping, Sequence

from bot.messages.buttons import Press, action_of, button
from bot.messages.root import root
from bot.messages.text import (
    Message,
    bullets,
    day,
    escape,
    mention,
    paragraphs,
    plain,
    safe,
    section,
)
from bot.messages.words import step_title
from migration.control_rules import CONTROLS, Control
from migration.controls import does, keeps
from migration.model import Migration
from migration.service import Snapshot

COMMANDS: Mapping[str, str] = {
    "start [instance]": "Move an RDS for PostgreSQL instance to Aurora: asks what the plan needs. "
    "`/migrate help start` shows what can be typed behind it.",
    "draft": "Go on with the form that you closed before it was sent.",
    "check <instance>": "Look at one, and tell the channel what stands against moving it; nothing "
    "is changed. `--without-login` behind it looks from outside only.",
    "status [id]": "How a migration stands.",
    "list": "Those under way and the latest that ended.",
    "audit <id>": "The whole story of one: who decided what on which evidence, every call and its "
    "answer, as a report and as lines that show a change.",
    "pause <id>": "Have nothing new started for one; nothing is undone, a replica is watched.",
    "resume <id>": "Have a paused one go on where it was.",
    "retry <id>": "Have one go on that stopped, once what stopped it is put right.",
    "cancel <id>": "End one and take back what it made.",
    "roll-back <id>": "In its cool-off: have applications use the source again, without losing a "
    "write; asks first, as the button does.",
    "finish <id>": "In its cool-off: give the way back up, and retire the source; asks first.",
    "break-glass <id>": "In an emergency: decide at its gate without a second person, in a freeze "
    "or outside of its windows. Conditions count as ever; asks why, and tells every approver.",
    "drop-replica <id>": "Take the replica of one down, and nothing else: its source throws away "
    "the WAL it keeps for it, and writers go on.",
    "remedy <id or instance> <check>": "Have Daybreak mend what a check found: asks first, and "
    "says what will happen.",
    "help": "This.",
}
SUBCOMMANDS = tuple(form.split()[0] for form in COMMANDS)
#: Those that a command does at once; before the others it asks.
AT_ONCE = frozenset(control for control, rule in CONTROLS.items() if not rule.asks)
ASKED: Mapping[Control, str] = {
    Control.CANCEL: "Cancel",
    Control.DROP_REPLICA: "Drop the replica of",
    Control.FINISH: "Finish",
}
DONE: Mapping[Control, str] = {
    Control.PAUSE: "{id} is paused.",
    Control.RESUME: "{id} goes on.",
    Control.RETRY: "{id} is tried again.",
    Control.CANCEL: "{id} is being cancelled.",
    Control.DROP_REPLICA: "The replica of {id} is being dropped.",
    Control.FINISH: "{id} is being finished.",
}
TYPED = 40
#: Most migrations in one list, whose lines have names of any length.
LISTED = 30
LISTED_ENDED = 10
MEANT = 120


def told(text: str) -> Message:
    """One paragraph; mrkdwn."""
    return Message(text, [section(text)])


def usage(head: str = "*What Daybreak can do*") -> Message:
    """What can be typed."""
    lines = [f"• `/migrate {escape(form)}` {words}" for form, words in COMMANDS.items()]
    return told("\n".join([head, *lines]))


def unknown(typed: str, meant: str) -> Message:
    """After something that is no sub-command: what to type instead, and all that can be typed."""
    hint = f" Did you mean `/migrate {safe(meant, MEANT)}`?" if meant else ""
    return usage(f"There is no `/migrate {safe(typed, TYPED)}`.{hint}")


def status(snapshot: Snapshot, approvers: frozenset[str], link: str) -> Message:
    """The root's content without its buttons, which belong to the root."""
    shown = root(snapshot, approvers)
    blocks = [block for block in shown.blocks if block["type"] != "actions"]
    return Message(shown.text, [*blocks, section(f"<{link}|The live message>")] if link else blocks)


def listing(under_way: Sequence[Migration], ended: Sequence[Migration]) -> Message:
    """A line for each: those under way, and the latest that ended."""
    if not under_way and not ended:
        return told("There is no migration yet. `/migrate start` begins one.")
    lines = []
    if under_way:
        lines += [f"*Under way: {len(under_way)}*", *bullets(list(map(_line, under_way)), LISTED)]
    if ended:
        lines += ["*Ended lately*", *map(_line, ended[:LISTED_ENDED])]
    parts = paragraphs(lines)
    return Message(parts[0], [section(part) for part in parts])


def _line(migration: Migration) -> str:
    step = "" if migration.final or not migration.step else f", {step_title(migration.step.name)}"
    return (
        f"• `{migration.id}` {migration.source} → {migration.target}: *{migration.status}*{step}; "
        f"asked for by {mention(migration.requester)} on {day(migration.created_at)}"
    )


def which(migrations: Sequence[Migration]) -> Message:
    """Several are under way: which is meant?"""
    ids = [f"• `/migrate status {migration.id}`" for migration in migrations]
    return told("\n".join(["Several migrations are under way:", *bullets(ids, LISTED)]))


def which_one(command: str) -> Message:
    """A command that needs to know the migration was typed without."""
    return told(f"Which one? `/migrate {command} &lt;id&gt;`; `/migrate list` has ids.")


def really(control: Control, migration: Migration) -> Message:
    """The question before what a command asks for is done, and the button that answers it."""
    verb = ASKED[control]
    names = f"`{migration.source}`", f"`{migration.target}`"
    words = f"{does(control, migration, *names)} {keeps(control, *names)}"
    text = f"{verb} `{migration.id}`? {words} If you don't mean it, do nothing."
    value = Press.whatever(migration).value
    press = button(action_of(control), plain(f"{verb} {migration.id}", 75), value, "danger")
    return Message(text, [section(text), {"type": "actions", "elements": [press]}])


def under_way(control: Control, migration: Migration) -> str:
    """It was done: what comes of it now."""
    shown = f"`{migration.source}`", f"`{migration.target}`"
    said = DONE[control].format(id=f"`{migration.id}`")
    return f"{said} {keeps(control, *shown)}" if control in AT_ONCE else said
