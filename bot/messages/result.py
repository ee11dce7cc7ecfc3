"""What came of a cut-over or a roll back: the write pause by phase, and what was checked."""

from collections.abc import Mapping
from typing import Any

from bot.messages.capture import slots_line
from bot.messages.evidence import check_lines
from bot.messages.outage import outage_line
from bot.messages.text import bullets, duration, safe
from bot.messages.words import named
from migration.model import Facts, Migration
from migration.plan import BY_SNAPSHOT, CUT_OVER, ROLL_BACK, WITHOUT_LOGIN

PHASE = 40
REASON = 200
UNSEEN = 500
MINUTE_MS = 60_000
#: A pool of an application has a few; more say nothing more.
ENDED = 10


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
        length = f" ({duration(took / 1000)})" if took >= MINUTE_MS else ""
        why = safe(str(probe.get("not_measured") or ""), REASON)
        return (
            f"*Write pause {took:.0f} ms{length}* by Daybreak's own clock, from pause to resume. "
            f"What a client waited was not measured{f': {why}' if why else ''}."
        )
    between = f"; {gap:.0f} ms between two acknowledgements" if gap is not None else ""
    errors = probe.get("errors") or 0
    seen = f" They saw {errors} errors." if errors else ""
    return (
        f"*Write pause {waited:.0f} ms* as two probing clients saw it, the longest that one of "
        f"them waited{between}. From pause to resume {took:.0f} ms by Daybreak's own clock.{seen}"
    )


def mode_line(facts: Facts) -> str:
    """How it was done where Daybreak has no login, and what that means; empty otherwise."""
    if facts.get("mode") != WITHOUT_LOGIN:
        return ""
    limit = facts.get("refused_after_seconds")
    refused = (
        f" Clients that waited longer than {duration(limit)} were refused by their pooler, with an "
        "error."
        if limit
        else ""
    )
    unseen = "; ".join(str(one) for one in facts.get("not_looked_at") or ())
    return (
        "*Without a login*: closed by security groups and a reboot, the catch-up proven by "
        f"CloudWatch.{refused} Not looked at: {safe(unseen, UNSEEN)}."
    )


def checked_line(facts: Facts) -> str:
    """What the cut-over itself looked at before it opened the target."""
    seen = [
        f"{safe(named(name), PHASE)} {safe(str(value), PHASE)}"
        for name, value in (facts.get("checked") or {}).items()
    ]
    return f"Checked before it was opened: {', '.join(seen)}." if seen else ""


def way_back_line(facts: Facts) -> str:
    """Whether the source can get what is written to the target; empty where nobody asked."""
    found = facts.get("way_back")
    if not found:
        return ""
    if found.get("prepared"):
        return "The way back was prepared before the target opened."
    reason = safe(str(found.get("reason") or "it could not be prepared"), REASON)
    return f"*There is no way back*: {reason}"


def ended_line(facts: Facts) -> str:
    """Whose sessions the fence ended: they did not come through a pooler."""
    ended = [safe(str(one), REASON) for one in facts.get("sessions_ended") or []]
    if not ended:
        return ""
    return f"Sessions that the fence ended: {'; '.join(bullets(ended, ENDED))}."


def figures(facts: Facts, *, phases: bool = True) -> list[str]:
    """What a cut-over or a roll back did to clients, and what it looked at; mrkdwn."""
    by_snapshot = facts.get("mode") == BY_SNAPSHOT
    lines = (
        outage_line(facts) if by_snapshot else pause_line(facts),
        mode_line(facts),
        phases_line(facts.get("phases_ms") or {}) if phases else "",
        checked_line(facts),
        ended_line(facts),
        slots_line(facts),
        way_back_line(facts),
    )
    return [line for line in lines if line]


def result(migration: Migration) -> str:
    """The whole of a cut-over; mrkdwn."""
    lines = figures(migration.facts.get(CUT_OVER, {}))
    approval = migration.approval
    if approval is not None and approval.gate != ROLL_BACK:
        lines += ["Checked when it was approved:", *check_lines(approval.evidence.checks)]
    return "\n".join(lines)
