"""The modal in which an approver decides: what is so now, what will come of it, and a name to type.

Each gate has a question of its own (`questions.py`); how one is asked is the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.messages.buttons import Press, is_fresh
from bot.messages.evidence import check_lines, reading_lines
from bot.messages.modals import View, modal, notice, text_input
from bot.messages.refusals import decided
from bot.messages.text import Block, section, when
from migration.approvals import is_open
from migration.model import Evidence, Migration
from migration.service import Snapshot

#: The field, by the name of its block and of its action.
NAME = "name"


@dataclass(frozen=True)
class Question:
    """What is asked at one gate."""

    gate: str
    #: The button that opens the modal, and what the modal's submission is called.
    action: str
    #: The modal's title, and the caption of its button.
    title: str
    submit: str
    #: What will come of it, in mrkdwn.
    consequences: Callable[[Snapshot], str]

    def loading(self, migration: Migration) -> View:
        """Shown at once, while the source and the target are looked at."""
        return notice(
            self.title,
            f"Looking at `{migration.source}` and `{migration.target}` as they are now …\n"
            "If this stays for more than a minute, no worker is running, or Slack is slow: close "
            "it and press the button again. Nothing has been decided.",
        )

    def asked(self, snapshot: Snapshot, press: Press) -> View:
        """The evidence as of now, and the question; or why there is no question."""
        migration, evidence = snapshot.migration, snapshot.evidence
        if press != Press.of(migration) or not is_open(migration, self.gate):
            return notice(self.title, decided(migration, self.gate))
        if evidence is None or not is_fresh(snapshot):
            return notice(
                self.title,
                f"`{migration.source}` and `{migration.target}` could not be looked at. Nothing "
                "has been decided; press the button again in a moment.",
            )
        if not evidence.holds:
            shut = section("*Not now: a condition is not met.*")
            return modal(self.title, [shut, *_seen(evidence)])
        return modal(
            self.title,
            [section(self.consequences(snapshot)), *_seen(evidence), _name_field()],
            callback=self.action,
            submit=self.submit,
            close="Not now",
            metadata={"m": press.migration, "g": press.gate, "v": press.version},
        )


def _seen(evidence: Evidence) -> list[Block]:
    checks = "\n".join([f"As of {when(evidence.at)}:", *check_lines(evidence.checks)])
    readings = "\n".join(reading_lines(evidence.readings))
    return [section(text) for text in (checks, readings) if text]


def _name_field() -> Block:
    return text_input(NAME, "Type the source instance's name", most=63)
