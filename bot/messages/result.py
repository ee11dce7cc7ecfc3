"""What came of a migration: the write pause by phase, and what was checked."""

from collections.abc import Mapping
from typing import Any

from bot.messages.evidence import check_lines
from bot.messages.text import safe
from bot.messages.words import named
from migration.model import Migration
from migration.plan import CUT_OVER

PHASE = 40


def phases_line(phases: Mapping[str, Any]) -> str:
    """Each phase of a cut-over with its milliseconds."""
    return " · ".join(f"{safe(named(name), PHASE)} {took:.0f} ms" for name, took in phases.items())


def pause_line(migration: Migration) -> str:
    """The write pause by Daybreak's own clock; empty when none was measured."""
    took = migration.fact(CUT_OVER, "orchestrator_ms")
    if took is None:
        return ""
    said = (
        f"*Write pause {took:.0f} ms* by Daybreak's own clock, from pause to resume. What a client "
        "waited is for the client to measure."
    )
    phases = migration.fact(CUT_OVER, "phases_ms")
    return f"{said}\n{phases_line(phases)}" if phases else said


def checked_lines(migration: Migration) -> list[str]:
    """What the approval rested on."""
    return check_lines(migration.approval.evidence.checks) if migration.approval else []


def result(migration: Migration) -> str:
    """The whole of it; mrkdwn."""
    lines = [pause_line(migration)]
    checked = checked_lines(migration)
    if checked:
        lines += ["Checked when it was approved:", *checked]
    return "\n".join(line for line in lines if line)
