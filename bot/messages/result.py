"""What came of a cut-over: the write pause by phase, and what was checked."""

from collections.abc import Mapping
from typing import Any

from bot.messages.evidence import check_lines
from bot.messages.text import safe
from bot.messages.words import named
from migration.model import Facts, Migration
from migration.plan import CUT_OVER

PHASE = 40
REASON = 200


def phases_line(phases: Mapping[str, Any]) -> str:
    """Each phase of a cut-over with its milliseconds."""
    return " · ".join(f"{safe(named(name), PHASE)} {took:.0f} ms" for name, took in phases.items())


def pause_line(facts: Facts) -> str:
    """The write pause as clients saw it, or else by our own clock; empty when none was measured."""
    took = facts.get("orchestrator_ms")
    if took is None:
        return ""
    probe = facts.get("probe") or {}
    waited, gap = probe.get("longest_wait_ms"), probe.get("gap_ms")
    if waited is None:
        why = safe(str(probe.get("not_measured") or ""), REASON)
        return (
            f"*Write pause {took:.0f} ms* by Daybreak's own clock, from pause to resume. What a "
            f"client waited was not measured{f': {why}' if why else ''}."
        )
    between = f"; {gap:.0f} ms between two acknowledgements" if gap is not None else ""
    errors = probe.get("errors") or 0
    seen = f" They saw {errors} errors." if errors else ""
    return (
        f"*Write pause {waited:.0f} ms* as two probing clients saw it, the longest that one of "
        f"them waited{between}. From pause to resume {took:.0f} ms by Daybreak's own clock.{seen}"
    )


def checked_line(facts: Facts) -> str:
    """What the cut-over itself looked at before it opened the target."""
    seen = [
        f"{safe(named(name), PHASE)} {safe(str(value), PHASE)}"
        for name, value in (facts.get("checked") or {}).items()
    ]
    return f"Checked before it was opened: {', '.join(seen)}." if seen else ""


def result(migration: Migration) -> str:
    """The whole of it; mrkdwn."""
    facts = migration.facts.get(CUT_OVER, {})
    lines = [pause_line(facts), phases_line(facts.get("phases_ms") or {}), checked_line(facts)]
    if migration.approval:
        lines += [
            "Checked when it was approved:",
            *check_lines(migration.approval.evidence.checks),
        ]
    return "\n".join(line for line in lines if line)
