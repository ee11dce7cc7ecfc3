"""Migrations, events and evidence as JSON: what stands in Redis and what `show --json` prints."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from migration.events import Event
from migration.examination import Finding
from migration.model import Evidence, Facts, Migration, Reading
from migration.ports import Inventory
from migration.preflight import CheckRun
from migration.remedies import RemedyRun
from migration.sync import Sync

MIGRATION: TypeAdapter[Migration] = TypeAdapter(Migration)
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)
READING: TypeAdapter[Reading] = TypeAdapter(Reading)
INVENTORY: TypeAdapter[Inventory] = TypeAdapter(Inventory)
CHECK_RUN: TypeAdapter[CheckRun] = TypeAdapter(CheckRun)
REMEDY_RUN: TypeAdapter[RemedyRun] = TypeAdapter(RemedyRun)
SEEN: TypeAdapter[Facts | None] = TypeAdapter(Facts | None)
SYNC: TypeAdapter[Sync] = TypeAdapter(Sync)
FINDING: TypeAdapter[Finding] = TypeAdapter(Finding)
