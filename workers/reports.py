"""What `list` and `show` print: for a terminal, or as JSON."""

import datetime as dt
import json
import sys
from typing import Any

from migration.adapters.clock import SystemClock
from migration.adapters.connection import client
from migration.adapters.json_codec import EVENT, MIGRATION, REMEDY_RUN
from migration.adapters.redis_remedies import RedisRemedies
from migration.adapters.settings import RedisSettings, read_settings
from migration.audit.report import report
from migration.audit.story import story_of
from migration.model import Migration
from migration.plan import CUT_OVER, ROLL_BACK
from migration.ports import Recorded, Store
from workers.app import open_store

SHOWN = 50


def describe(migration: Migration, history: list[Recorded]) -> dict[str, Any]:
    """A migration as JSON: the aggregate, its cut-over and its events, oldest first."""
    description: dict[str, Any] = MIGRATION.dump_python(migration, mode="json")
    description["target"] = migration.target
    description["phase"] = migration.phase.value
    description["cutover"] = migration.facts.get(CUT_OVER)
    description["rollback"] = migration.facts.get(ROLL_BACK)
    description["events"] = [
        {"number": entry.number, **EVENT.dump_python(entry.event, mode="json")} for entry in history
    ]
    return description


def print_list(*, as_json: bool) -> None:
    """The latest migrations, newest first."""
    store, _ = open_store(client(read_settings(RedisSettings)))
    found = store.recent(SHOWN)
    if as_json:
        _write(json.dumps([MIGRATION.dump_python(one, mode="json") for one in found], indent=2))
        return
    for one in found:
        _write(f"{one.id:32} {one.source} -> {one.target}: {one.status}, {one.phase}")


def print_migration(migration_id: str, *, as_json: bool) -> None:
    """One migration with its history."""
    store, _ = open_store(client(read_settings(RedisSettings)))
    migration = store.load(migration_id)
    history = store.events(migration_id)
    if as_json:
        _write(json.dumps(describe(migration, history), indent=2))
        return
    step = migration.step.name if migration.step else "-"
    _write(f"{migration.id}: {migration.source} -> {migration.target}")
    _write(f"{migration.status}, {migration.phase}, step {step}, epoch {migration.epoch}")
    if migration.problem:
        _write(f"stands still: {migration.problem.reason}")
    for entry in history:
        at = dt.datetime.fromtimestamp(entry.event.at, dt.UTC).isoformat(timespec="milliseconds")
        _write(f"{entry.number:4} {at} {_words(EVENT.dump_python(entry.event, mode='json'))}")


def print_audit(migration_id: str, *, to_be_read: bool) -> None:
    """Its audit: JSON Lines that show a change, or the report, with ids in place of names."""
    store, _ = open_store(client(read_settings(RedisSettings)))
    sys.stdout.write(audit_text(store, migration_id, to_be_read=to_be_read))


def audit_text(store: Store, migration_id: str, *, to_be_read: bool) -> str:
    """The same, of any store; raises NoSuchMigration."""
    story = story_of(store, migration_id)
    return report(story, {}) if to_be_read else story.chain.text


def print_remedies(source: str, *, as_json: bool) -> None:
    """What people had mended of a source by a button: who, what, before and after."""
    redis = client(read_settings(RedisSettings))
    _, engine = open_store(redis)
    found = RedisRemedies(redis, engine, SystemClock()).of_source(source)
    if as_json:
        _write(json.dumps([REMEDY_RUN.dump_python(one, mode="json") for one in found], indent=2))
        return
    for one in found:
        at = dt.datetime.fromtimestamp(one.asked_at, dt.UTC).isoformat(timespec="seconds")
        _write(f"{at} {one.offer.remedy}, asked for by {one.by}: {one.state}")
        for change in one.changes:
            _write(f"     {change}{'' if change.done else ' (begun)'}")
        if one.problem:
            _write(f"     {one.problem}")


def _words(event: dict[str, Any]) -> str:
    kind = str(event.pop("kind")).replace("_", " ")
    event.pop("at")
    event.pop("evidence", None)
    event.pop("planned", None)
    return kind + ": " + ", ".join(f"{name} {value}" for name, value in event.items())


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
