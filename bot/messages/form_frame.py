"""What each step of the form of `/migrate start` has around it: where one is, and the way back."""

from collections.abc import Sequence

from bot.messages.buttons import button
from bot.messages.draft import Draft, Step
from bot.messages.modals import View, modal
from bot.messages.text import Block, context, section

CALLBACK = "start"
BACK = "form_back"
TITLE = "Move to Aurora"
NOTE = "note"
#: What is told of a view that Slack takes again.
KEPT = (
    "type",
    "title",
    "submit",
    "close",
    "callback_id",
    "private_metadata",
    "notify_on_close",
)
NAMES = {
    Step.SOURCE: "what is moved",
    Step.METHOD: "how, and where to",
    Step.CHECKS: "what stands against it",
    Step.LIMITS: "limits, and the way back",
    Step.SUMMARY: "the plan",
}


def frame(
    draft: Draft,
    blocks: Sequence[Block],
    *,
    note: str = "",
    submit: str = "Next",
    look: str = "",
    plan: str = "",
    presses: Sequence[Block] = (),
) -> View:
    """One step's view.

    `note` warns, above everything else; mrkdwn. `look` and `plan` are what the view shows of a look
    at the source and of a plan, so that nobody goes on from what they have not read. `presses` are
    buttons beside the one that leads back.
    """
    steps = list(Step)
    place = f"*Step {steps.index(draft.step) + 1} of {len(steps)}*: {NAMES[draft.step]}"
    back = [] if draft.step is steps[0] else [button(BACK, "Back", draft.step.value)]
    below = [*back, *presses]
    return modal(
        TITLE,
        [
            context(place),
            *([noted(note)] if note else []),
            *blocks,
            *([{"type": "actions", "elements": below}] if below else []),
        ],
        callback=CALLBACK,
        submit=submit,
        close="Cancel",
        metadata={
            "d": draft.id,
            "s": draft.step.value,
            **({"l": look} if look else {}),
            **({"p": plan} if plan else {}),
        },
        tell_closing=True,
    )


def noted(words: str) -> Block:
    """What warns above a step; there is one at most."""
    return {**section(f":warning: {words}"), "block_id": NOTE}


def again(view: View, words: str) -> View:
    """A view as Slack gave it back, with what was typed, under other words of warning."""
    kept = {name: view[name] for name in KEPT if view.get(name)}
    blocks = [block for block in view["blocks"] if block.get("block_id") != NOTE]
    return {**kept, "blocks": [*blocks[:1], noted(words), *blocks[1:]]}


def named(draft: Draft, field: str) -> str:
    """What a field's block is called: another name each time that its step is gone to."""
    return f"{field}.{draft.visit}"
