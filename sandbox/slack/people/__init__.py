"""Scripted people: they type, fill in, click and read as a person would, by the words they see."""

from sandbox.slack.people.errors import (
    ConfirmationNeeded,
    NotOnTheScreen,
    Refused,
    WaitedInVain,
)
from sandbox.slack.people.person import Person, Reply, Submission
from sandbox.slack.people.reading import buttons, visible_text
from sandbox.slack.people.trouble import Trouble
from sandbox.slack.people.wire import Wire

__all__ = [
    "ConfirmationNeeded",
    "NotOnTheScreen",
    "Person",
    "Refused",
    "Reply",
    "Submission",
    "Trouble",
    "WaitedInVain",
    "Wire",
    "buttons",
    "visible_text",
]
