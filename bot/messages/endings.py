"""How a migration with a way back ended: rolled back, or finished; and what people still do."""

from bot.messages.evidence import check_lines
from bot.messages.facts import fact_lines
from bot.messages.result import figures, pause_line
from bot.messages.text import bullets, quoted, safe
from migration.model import Facts, Migration
from migration.plan import CUT_OVER, RETIRE_SOURCE, ROLL_BACK

NAME = 80
ITEM = 300
MOST_ITEMS = 10
_TOLD = frozenset({"source_kept", "final_snapshot", "deletion_protection", "tags", "by_hand"})


def roll_back_result(migration: Migration) -> str:
    """What the roll back did to clients, and what was looked at; empty where people did it."""
    facts = migration.facts.get(ROLL_BACK)
    if not facts:
        return ""
    lines = ["*The roll back*", *figures(facts)]
    approval = migration.approval
    if approval is not None and approval.gate == ROLL_BACK:
        lines += ["Checked when it was approved:", *check_lines(approval.evidence.checks)]
    before = pause_line(migration.facts.get(CUT_OVER, {}))
    if before:
        lines.append(f"Before that, the cut-over: {before}")
    return "\n".join(lines)


def left_after_roll_back(migration: Migration) -> str:
    """What nothing does by itself once applications use the source again."""
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    left = [
        (
            f"Look at {target} for as long as anybody wants to know what happened: it is closed "
            "to applications, and costs what it did."
        ),
        (
            "When nobody needs it, switch off its deletion protection and delete it: Daybreak "
            "does not."
        ),
        (
            f"What knew {target} by its own address (secrets, jobs, dashboards) has to be led to "
            f"{source}; what comes through the poolers is there."
        ),
    ]
    if ROLL_BACK not in migration.facts:
        left.append(
            "As you went back by hand: start the poolers' agents again, if they still stand still."
        )
    left.append(
        f"To move {source} later, start afresh, under another cluster's name: `/migrate start "
        f"{migration.source}`."
    )
    return "\n".join(["*Left for you to do*", *(f"• {one}" for one in left)])


def is_source_kept(migration: Migration) -> bool:
    """Whether the source was there to be retired, as far as it was looked for."""
    return migration.fact(RETIRE_SOURCE, "source_kept") is not False


def retired_lines(migration: Migration) -> list[str]:
    """What was done to the source after Finish, and what is left to be done by hand."""
    source, facts = migration.source, migration.facts.get(RETIRE_SOURCE, {})
    if not facts:
        return []
    head = [_kept(source, facts)] if is_source_kept(migration) else []
    lines = [*head, *fact_lines({name: facts[name] for name in facts if name not in _TOLD})]
    left = [f"• {safe(str(one), ITEM)}" for one in facts.get("by_hand") or ()]
    return [*lines, "*Left for you to do*", *bullets(left, MOST_ITEMS)] if left else lines


def _kept(source: str, facts: Facts) -> str:
    done = [
        f"final snapshot {quoted(str(snapshot), NAME)}"
        for snapshot in [facts.get("final_snapshot")]
        if snapshot
    ]
    if facts.get("deletion_protection"):
        done.append("deletion protection on")
    if facts.get("tags"):
        done.append(f"tagged {_tags(facts['tags'])}".strip())
    told = f": {', '.join(done)}" if done else ""
    return f"`{source}` is kept, closed to applications{told}."


def _tags(tags: object) -> str:
    """By name, where they are known by name."""
    if isinstance(tags, dict):
        return ", ".join(quoted(f"{key}={value}", NAME) for key, value in sorted(tags.items())[:5])
    if isinstance(tags, list | tuple):
        return ", ".join(quoted(str(one), NAME) for one in tags[:5])
    return quoted(tags, NAME) if isinstance(tags, str) else ""
