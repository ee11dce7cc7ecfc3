"""Remedies as buttons under a report: what each will do before it is meant, and how it ended."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.messages.buttons import button
from bot.messages.readers import Readers
from bot.messages.text import (
    Block,
    Message,
    bullets,
    duration,
    mention,
    paragraphs,
    plain,
    safe,
    section,
)
from migration.events import RemedyEnded, RemedyRequested
from migration.model import Migration
from migration.preflight import CheckRun, State
from migration.remedies import BY_NAME, DROP_SLOTS, Offer, RemedyRun, RunState
from migration.remedying import CALLED_OFF

#: Slack tells buttons of one block apart by this; what follows is the remedy's name.
ACTION = "remedy:"
#: Of one that waits for its time; its value is the remedy's id.
CALL_OFF = "call_off_remedy"
# Slack's limits for a dialog.
DIALOG_TEXT = 300
DIALOG_TITLE = 100
CAPTION = 75
THINGS = 5
# What can't be brought back is read by name.
MOST_THINGS = {DROP_SLOTS: 15}
THING = 120
NAME = 80
REASON = 1500
CHECK = 63
#: Slack takes 25 elements in a block of actions.
MOST_BUTTONS = 20


@dataclass(frozen=True)
class Mend:
    """What a button carries: which look it stands under, and which remedy; no authority."""

    look: str
    remedy: str
    #: The offer's mark, as it was shown.
    shown: str

    @classmethod
    def of(cls, run: CheckRun, offer: Offer) -> Self:
        """What stands under this look, as it is shown now."""
        return cls(run.id, offer.remedy, offer.mark)

    @classmethod
    def parse(cls, value: str) -> Self:
        """What a button gave back."""
        found = json.loads(value)
        return cls(str(found["l"]), str(found["r"]), str(found.get("o", "")))

    @property
    def value(self) -> str:
        """The same for a button's `value`."""
        return json.dumps({"l": self.look, "r": self.remedy, "o": self.shown})


def offered(run: CheckRun, mended: Sequence[RemedyRun]) -> list[Block]:
    """What can be mended by a press, what is being mended, and the buttons."""
    offers = [
        offer for one in (run.report.worst_first if run.report else ()) for offer in one.offers
    ]
    busy = {one.offer.remedy: one for one in mended if not one.ended}
    lines = [
        f"• *{title(one.offer.remedy)}* is under way, asked for by {mention(one.by)}."
        + (f" {safe(one.waiting, THING)}" if one.waiting else "")
        for one in busy.values()
    ]
    free = [offer for offer in offers if offer.remedy not in busy and offer.remedy in BY_NAME]
    lines += [f"• *{title(offer.remedy)}*: {what_it_does(offer)}" for offer in free]
    if not lines:
        return []
    head = "*Daybreak can mend this*, once somebody who may presses a button:"
    blocks = [section(part) for part in paragraphs([head if free else "*Being mended*", *lines])]
    elements = [_button(run, offer) for offer in free[:MOST_BUTTONS]]
    elements += [
        button(CALL_OFF, "Call it off", one.id) for one in busy.values() if one.can_be_called_off
    ]
    if elements:
        blocks.append({"type": "actions", "block_id": "remedies", "elements": elements})
    return blocks


def title(name: str) -> str:
    """What stands on its button."""
    known = BY_NAME.get(name)
    return safe(known.caption if known else name, CAPTION)


def what_it_does(offer: Offer) -> str:
    """All of it, for people who read before they press; mrkdwn."""
    remedy = BY_NAME[offer.remedy]
    most = MOST_THINGS.get(offer.remedy, THINGS)
    things = "".join(f"\n    ◦ `{safe(one.replace('`', ''), THING)}`" for one in offer.on[:most])
    more = f"\n    ◦ and {len(offer.on) - most} more" if len(offer.on) > most else ""
    lasts = f" It may take {duration(offer.seconds)}." if offer.seconds else ""
    return (
        f"{remedy.does} {remedy.interrupts}{lasts} {remedy.on_cancel} _{remedy.who_may}_"
        f"{things}{more}"
    )


def _button(run: CheckRun, offer: Offer) -> Block:
    """With Slack's own question before it."""
    remedy = BY_NAME[offer.remedy]
    return {
        **button(ACTION + offer.remedy, remedy.caption, Mend.of(run, offer).value),
        "confirm": {
            "title": {"type": "plain_text", "text": plain(f"{remedy.caption}?", DIALOG_TITLE)},
            "text": {"type": "plain_text", "text": in_short(offer)},
            "confirm": {"type": "plain_text", "text": "Do it"},
            "deny": {"type": "plain_text", "text": "Leave it"},
            "style": "danger",
        },
    }


def in_short(offer: Offer) -> str:
    """What a dialog has room for: what it is done to gives way, the rest comes whole."""
    remedy = BY_NAME[offer.remedy]
    listed = min(len(offer.on), MOST_THINGS.get(offer.remedy, THINGS))
    count = f"{len(offer.on)} things, {listed} of them above"
    if listed == len(offer.on):
        count = f"{len(offer.on)} things, listed above"
    lasts = f" Up to {duration(offer.seconds)}." if offer.seconds else ""
    fixed = f"{remedy.interrupts}{lasts} {remedy.on_cancel} {remedy.who_may}"
    room = DIALOG_TEXT - len(fixed) - 1
    first = plain(offer.on[0], THING) if len(offer.on) == 1 else count
    head = first + "."
    if len(head) > room:
        head = plain(head, max(room, 1))
    return f"{head} {fixed}"


def really(run: CheckRun, offer: Offer) -> Message:
    """The question to whoever typed it, and the button that answers it."""
    asked = f"*{title(offer.remedy)}* of `{safe(run.source, NAME)}`? {what_it_does(offer)}"
    text = f"{asked}\nIf you don't mean it, do nothing."
    caption = plain(BY_NAME[offer.remedy].caption, CAPTION)
    press = button(ACTION + offer.remedy, caption, Mend.of(run, offer).value, "danger")
    return Message(text, [section(text), {"type": "actions", "elements": [press]}])


def asked(run: RemedyRun, *, first: bool) -> str:
    """What whoever pressed reads."""
    if first:
        return f"*{title(run.offer.remedy)}*: it is being done. The report says how it ends."
    return (
        f"*{title(run.offer.remedy)}* of `{safe(run.source, NAME)}` is under way already, asked "
        f"for by {mention(run.by)}. It is done once."
    )


def is_told(run: RemedyRun, look: CheckRun) -> bool:
    """Whether it has ended, and its source was looked at since, or could not be."""
    seen = look.report is not None and look.report.at >= run.ended_at
    return run.ended and (seen or bool(look.problem))


def ended(run: RemedyRun, look: CheckRun, name: str) -> Message:
    """How it ended, and what the check says after it; `name` is that of whoever asked for it."""
    changes = tuple(map(str, run.done_changes))
    text = _ending(run.offer.remedy, safe(name, NAME), changes, run.problem)
    if run.state is RunState.CALLED_OFF:
        text = f"*{title(run.offer.remedy)}* was called off by {mention(run.called_off_by)}."
    results = look.report.results if look.report else ()
    after = next((one for one in results if one.check == run.check), None)
    check = f"`{safe(run.check, CHECK)}`"
    if look.problem or after is None:
        text += f"\nWhat {check} says now is not known. `/migrate check` looks again."
    elif after.state is State.PASSED:
        text += f"\n{check} passes now."
    else:
        text += f"\n{check} says: {safe(' '.join(after.found), REASON)}"
    return Message(text, [section(text)])


def remedy_words(
    migration: Migration, event: RemedyRequested | RemedyEnded, readers: Readers
) -> str:
    """The same in the thread of the migration that was under way."""
    name = readers.name(event.by)
    if isinstance(event, RemedyEnded):
        if event.problem == CALLED_OFF:
            return f"*{title(event.remedy)}* was called off by {name}."
        return _ending(event.remedy, name, event.changes, event.problem)
    things = bullets([f"• `{safe(one.replace('`', ''), THING)}`" for one in event.on], THINGS)
    head = f"*{title(event.remedy)}* of `{migration.source}`, asked for by {name}:"
    return "\n".join([head, *things])


def _ending(remedy: str, name: str, changes: Sequence[str], problem: str) -> str:
    done = bullets([f"• {safe(one, THING)}" for one in changes], THINGS)
    if problem:
        head = f":warning: *{title(remedy)}* failed, asked for by {name}. {safe(problem, REASON)}"
        return "\n".join([head, *(["Done before that:", *done] if done else ["Nothing was done."])])
    head = f"*{title(remedy)}* is done, asked for by {name}."
    return "\n".join([head, *(done or ["It was so already: nothing was changed."])])
