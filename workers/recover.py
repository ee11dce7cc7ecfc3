"""`python -m workers recover SOURCE`: tells and mends a cut-over from AWS and PostgreSQL alone."""

import json
import logging
import sys

from migration.model import Reading
from workers.cutover_without_login.recovery import RecoveryWithoutLogin
from workers.recovery_with_login import RecoveryWithLogin
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)


class Unlimited:
    """Nobody else is in charge: a person is."""

    def left(self) -> float:
        """For ever."""
        return float("inf")


class TerminalJournal:
    """Says what is done to whoever watches."""

    def intend(self, act: str, **details: object) -> None:
        """See `Journal.intend`."""
        log.info("about to: %s %s", act, details or "")

    def done(self, act: str, **details: object) -> None:
        """See `Journal.done`."""
        log.info("done: %s %s", act, details or "")

    def reading(self, reading: Reading) -> None:
        """See `Journal.reading`."""
        log.info("%s: %s %s", reading.name, reading.value, reading.unit)


def recover(
    tools: Toolbox, source: str, *, act: str, as_json: bool, target_is_lost: bool = False
) -> None:
    """Print how it stands; then, if asked, `reopen` the source or `finish` on the target.

    A target that AWS does not know is lost only when a person says so.
    """
    recovery = _recovery(tools, source)
    if act:
        ending = recovery.open_one(forward=act == "finish", target_is_lost=target_is_lost)
        log.info("ended: %s", ending)
    seen = recovery.look()
    described = json.dumps(seen.described(), indent=2) + "\n"
    sys.stdout.write(described if as_json else seen.in_words())


def _recovery(tools: Toolbox, source: str) -> RecoveryWithLogin | RecoveryWithoutLogin:
    """By how the source was closed, which its tags or its row tell."""
    outside = RecoveryWithoutLogin(tools, source, Unlimited(), TerminalJournal())
    if outside.applies():
        return outside
    return RecoveryWithLogin(tools, source, Unlimited(), TerminalJournal())
