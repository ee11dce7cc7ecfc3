"""One scripted person in front of the workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.people.errors import ConfirmationNeeded, NotOnTheScreen
from sandbox.slack.people.filling import chosen_value
from sandbox.slack.people.reader import Reader
from sandbox.slack.people.reading import find_button, find_input, visible_text

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What only this person sees of what they did."""

    error: str | None
    note: str
    request_id: str | None
    ephemerals: list[Json] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words."""
        return "\n".join(visible_text(message) for message in self.ephemerals)


@dataclass(frozen=True)
class Submission:
    """What came of a modal's submit button: `errors` by label; `view` is what is open now."""

    error: str | None
    note: str
    request_id: str | None
    errors: dict[str, str]
    view: Json | None

    @property
    def closed(self) -> bool:
        """Whether no modal is left."""
        return self.view is None


class Person(Reader):
    """Somebody who types, clicks and reads; several may act at once, from threads of their own."""

    # typing

    def type(self, channel: str, text: str) -> Reply:
        """Type a line into a channel (`#migrations`, `@daybreak`) and wait for the app's ack."""
        before = {message["ts"] for message in self.ephemerals(channel)}
        outcome = self._post("type", channel=channel, text=text)
        return self._reply(outcome, channel, before)

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Say ordinary words, in a thread if one is given."""
        return self._post("say", channel=channel, text=text, thread_ts=thread_ts)

    # messages

    def click(self, message: Json, caption: str, confirm: str | None = None) -> Reply:
        """Press the button that says `caption` on a message as it is now.

        A dialog that asks back is answered with `confirm`, the caption of one of its buttons.
        """
        current = self.message(message["channel"], message["ts"])
        return self._press_on(current, caption, confirm, stale=False)

    def click_stale(self, message: Json, caption: str, confirm: str | None = None) -> Reply:
        """Press a button on a screen that still shows the message as it was."""
        return self._press_on(message, caption, confirm, stale=True)

    def choose(self, message: Json, label: str, choice: Any) -> Reply:
        """Choose from a menu on a message; a menu without a label goes by its placeholder."""
        current = self.message(message["channel"], message["ts"])
        block, element = find_input(current, label)
        place = {"channel": current["channel"], "ts": current["ts"]}
        names = {"block_id": block["block_id"], "action_id": element["action_id"]}
        value, suggested = chosen_value(self, element, choice, {**place, **names})
        return self._act(**place, **names, value=value, suggested=suggested)

    def _press_on(self, message: Json, caption: str, confirm: str | None, *, stale: bool) -> Reply:
        block_id, element, value = find_button(message, caption)
        if not _meant(element, confirm):
            return Reply(None, "not confirmed", None)
        act: Json = {"channel": message["channel"], "ts": message["ts"], "block_id": block_id}
        act |= {"action_id": element["action_id"], "value": value}
        if stale:
            act["element"] = element
        return self._act(**act)

    def _act(self, **act: Any) -> Reply:
        before = {message["ts"] for message in self.ephemerals(act["channel"])}
        return self._reply(self._post("act", **act), act["channel"], before)

    # the home tab

    def open_home(self) -> None:
        """Open the app's home tab; the app is told and may publish it anew."""
        self._post("home")

    def press_at_home(self, caption: str, confirm: str | None = None) -> Reply:
        """Press a button in the home tab."""
        view = self.home()
        if view is None:
            raise NotOnTheScreen(f"{self.user} has no home tab")
        return self._press_in(view, caption, confirm)

    # modals

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill in inputs of the modal by their labels; choices by the words they say."""
        for label, wanted in values.items():
            view = self._open_modal()
            block, element = find_input(view, label)
            names = {
                "view_id": view["id"],
                "block_id": block["block_id"],
                "action_id": element["action_id"],
            }
            value, _ = chosen_value(self, element, wanted, names)
            self._post("act", **names, value=value)

    def press_in_modal(self, caption: str, confirm: str | None = None) -> Reply:
        """Press a button inside the modal."""
        return self._press_in(self._open_modal(), caption, confirm)

    def _press_in(self, view: Json, caption: str, confirm: str | None) -> Reply:
        block_id, element, value = find_button(view, caption)
        if not _meant(element, confirm):
            return Reply(None, "not confirmed", None)
        outcome = self._post(
            "act",
            view_id=view["id"],
            block_id=block_id,
            action_id=element["action_id"],
            value=value,
        )
        return Reply(outcome["error"], outcome["note"], outcome["request_id"])

    def submit(self) -> Submission:
        """Press the modal's submit button and wait for what the app answers."""
        view = self._open_modal()
        outcome = self._post("submit")
        labels = {b["block_id"]: b["label"]["text"] for b in view["blocks"] if b["type"] == "input"}
        errors = {labels[name]: words for name, words in outcome["errors"].items()}
        return Submission(
            outcome["error"], outcome["note"], outcome["request_id"], errors, self.modal()
        )

    def close(self, *, everything: bool = False) -> Reply:
        """Press the modal's cancel button, or the cross that closes all."""
        outcome = self._post("close", everything=everything)
        return Reply(outcome["error"], outcome["note"], outcome["request_id"])

    def suggestions(self, label: str, typed: str) -> list[str]:
        """The choices that a menu of the modal offers for what is typed into it."""
        view = self._open_modal()
        block, element = find_input(view, label)
        offered = self._post(
            "suggest",
            view_id=view["id"],
            block_id=block["block_id"],
            action_id=element["action_id"],
            value=typed,
        )
        return [option["text"]["text"] for option in offered["options"]]

    # trouble

    def replay(self, signature: str = "same") -> Json:
        """Send this person's latest request to the app again, to the byte (see `Wire.repeat`)."""
        latest = self.wire.requests(self.user)[-1]
        return self.wire.repeat(latest["id"], signature)

    # the line

    def _open_modal(self) -> Json:
        view = self.modal()
        if view is None:
            raise NotOnTheScreen(f"{self.user} has no modal open")
        return view

    def _reply(self, outcome: Json, channel: str, before: set[str]) -> Reply:
        new = [message for message in self.ephemerals(channel) if message["ts"] not in before]
        return Reply(outcome["error"], outcome["note"], outcome["request_id"], new)


def _meant(element: Json, confirm: str | None) -> bool:
    """Whether the person goes through with it, having read the dialog that asks back."""
    dialog = element.get("confirm")
    if dialog is None:
        if confirm is not None:
            raise NotOnTheScreen(f"no dialog asks to confirm {element['text']['text']!r}")
        return True
    if confirm is None:
        raise ConfirmationNeeded(dialog)
    if confirm not in {dialog["confirm"]["text"], dialog["deny"]["text"]}:
        raise NotOnTheScreen(f"the dialog has no button {confirm!r}")
    return bool(confirm == dialog["confirm"]["text"])
