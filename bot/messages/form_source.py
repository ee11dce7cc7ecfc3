"""The first step of the form: which instance is moved, and what is known of it."""

from bot.messages.choices import option, source_option
from bot.messages.draft import SOURCE, Draft, Known
from bot.messages.form_frame import frame, named
from bot.messages.modals import View, type_ahead
from bot.messages.outlook import about, listed
from bot.messages.text import Block, context, mentions, section


def draw(draft: Draft, known: Known, note: str = "") -> View:
    """The menu of instances, and what can be said of the one that is chosen."""
    return frame(
        draft,
        [
            _field(draft, known),
            listed(known),
            *about(draft.source, known),
            section(_who(known.approvers)),
            context(f"Shown in <#{draft.channel}>."),
        ],
        note=note,
    )


def _field(draft: Draft, known: Known) -> Block:
    source = known.source(draft.source)
    busy = {name: entry.migration for name, entry in known.busy.items()}
    shown = source_option(source, busy) if source else option(draft.source)
    return type_ahead(
        SOURCE,
        "Source instance",
        block=named(draft, SOURCE),
        chosen=shown if draft.source else None,
        placeholder="Type to search",
        hint="A part of its name, version, class or tags (team=checkout).",
        dispatch=True,
    )


def _who(approvers: frozenset[str]) -> str:
    return (
        f"*Who may approve*: {mentions(approvers)}. Not you: whoever asks for a migration never "
        "approves it."
    )
