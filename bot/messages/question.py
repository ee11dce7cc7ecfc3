"""The modal in which an approver decides: what is so now, what will come of it, and a name to type.

Each gate has a question of its own (`questions.py`); how one is asked is the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.messages.approving import (
    asked_under,
    asks_for_reason,
    asks_for_ticket,
    may_be_left_out,
)
from bot.messages.buttons import Press, is_fresh
from bot.messages.evidence import check_lines, reading_lines
from bot.messages.modals import View, modal, notice, text_input
from bot.messages.refusals import decided
from bot.messages.text import Block, context, section, when
from migration.approvals import REASON_LENGTH, TICKET_LENGTH, Click, is_open
from migration.model import Evidence, Migration
from migration.service import Snapshot
from migration.terms import Terms

#: The fields, each by the name of its block and of its action.
NAME = "name"
REASON = "reason"
TICKET = "ticket"
GLASS = "Break the glass"


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
        now = replace(Press.of(migration), break_glass=press.break_glass, begins_at=press.begins_at)
        if press != now or not is_open(migration, self.gate):
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
            GLASS if press.break_glass else self.title,
            [
                section(self.consequences(snapshot)),
                *_terms(snapshot.terms, press.click),
                *_seen(evidence),
                *_fields(snapshot.terms, press.click),
            ],
            callback=self.action,
            submit="Schedule" if press.begins_at else self.submit,
            close="Not now",
            metadata=press.carried,
        )


def _seen(evidence: Evidence) -> list[Block]:
    checks = "\n".join([f"As of {when(evidence.at)}:", *check_lines(evidence.checks)])
    readings = "\n".join(reading_lines(evidence.readings))
    return [section(text) for text in (checks, readings) if text]


def _terms(terms: Terms | None, click: Click) -> list[Block]:
    if terms is None:
        return []
    *said, small = asked_under(terms, click)
    return [*(section(text) for text in said), context(small)]


def _fields(terms: Terms | None, click: Click) -> list[Block]:
    """The name, and what the rule asks for besides."""
    fields = [text_input(NAME, "Type the source instance's name", most=63)]
    if asks_for_reason(terms, click):
        fields.append(text_input(REASON, "Why now", most=REASON_LENGTH))
    if terms is not None and asks_for_ticket(terms):
        optional = may_be_left_out(terms, click)
        fields.append(text_input(TICKET, "Ticket", most=TICKET_LENGTH, optional=optional))
    return fields
