"""Whom the thread's words are for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.messages.text import safe

NAME = 80


@dataclass(frozen=True)
class Readers:
    """Whom the words are for: approvers to call, and names of those who are not called."""

    approvers: frozenset[str]
    names: Mapping[str, str]
    #: What a gate asks for: so many approvals, and whether the requester's counts.
    wanted: int = 1
    requester_too: bool = False
    #: Quiet hours: who is wanted in no hurry is called at their end (`bot/caller.py`).
    rest: bool = False

    def quiet(self) -> "Readers":
        """The same, but nobody is called: the next entry does that."""
        return replace(self, approvers=frozenset())

    def name(self, slack_id: str) -> str:
        """A person named without being called."""
        return safe(self.names.get(slack_id, slack_id), NAME)
