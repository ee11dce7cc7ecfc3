"""The ways in which a scripted person gets stuck."""

from typing import Any


class Refused(Exception):
    """The workspace does not let a person do this; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class NotOnTheScreen(AssertionError):
    """A person looks for a button, an input or a choice that they do not see."""


class WaitedInVain(AssertionError):
    """What a person waited for did not come."""


class ConfirmationNeeded(Exception):
    """A dialog asks whether the person means it; name its button to go on."""

    def __init__(self, dialog: dict[str, Any]) -> None:
        words = {name: dialog[name]["text"] for name in ("title", "text", "confirm", "deny")}
        super().__init__(
            f"{words['title']}: {words['text']} [{words['confirm']}] [{words['deny']}]"
        )
        self.words = words
