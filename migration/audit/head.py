"""The first line: which migration it is, what was asked for, and what was planned."""

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from migration.audit.canonical import canonical
from migration.model import Migration

#: How these lines are made; another number is another way.
FORMAT = 1


def head(migration: Migration) -> dict[str, Any]:
    """Only what never changes while the migration runs: the line is the same in every copy."""
    return {
        "line": "head",
        "format": FORMAT,
        "migration": migration.id,
        "source": migration.source,
        "target": migration.target,
        "requester": migration.requester,
        "created_at": migration.created_at,
        "plan": _plain(migration.plan),
        "options": _plain(migration.options),
        "plan_hash": plan_hash(migration),
    }


def plan_hash(migration: Migration) -> str:
    """SHA-256, in hex, over what is moved, by which steps and with which options."""
    planned = {
        "source": migration.source,
        "plan": _plain(migration.plan),
        "options": _plain(migration.options),
    }
    return hashlib.sha256(canonical(planned).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """As JSON has it, without what stands at its default.

    So a field that a later version brings changes no hash of a migration from before.
    """
    if is_dataclass(value):
        found = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _plain(held) for field, held in found if not _is_default(field, held)}
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return value


def _is_default(field: Field[Any], value: Any) -> bool:
    return field.default is not MISSING and bool(value == field.default)
