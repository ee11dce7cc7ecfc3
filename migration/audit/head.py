"""The first line: which migration it is, and what was planned when it was started."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from migration.audit.canonical import canonical
from migration.model import Facts, Migration, Options, Plan

#: How these lines are made; another number is another way.
FORMAT = 1


def planned(source: str, plan: Plan, options: Options) -> Facts:
    """What is moved, by which steps and with which options, as JSON: for the first event.

    It is written down once. Made anew later it would differ with each option that Daybreak learns.
    """
    return {"source": source, "plan": _plain(plan), "options": _plain(options)}


def plan_hash(plan: Facts) -> str:
    """SHA-256, in hex, over what was planned; empty where that is not on record."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest() if plan else ""


def head(migration: Migration, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Only what never changes: the line is the same in every copy."""
    started = events[0] if events else {}
    return {
        "line": "head",
        "format": FORMAT,
        "migration": migration.id,
        "source": migration.source,
        "target": migration.target,
        "requester": migration.requester,
        "created_at": migration.created_at,
        "plan_hash": plan_hash(started.get("planned", {})),
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return str(value) if isinstance(value, str) else value
