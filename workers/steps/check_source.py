"""Step: may this source be moved at all, and to which Aurora; every blocker is named at once."""

from collections.abc import Iterator
from typing import Any

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Instance
from workers.postgres import inventory
from workers.postgres.connect import DatabaseUnreachable
from workers.steps import marks, source_in_cloud, source_inside
from workers.steps.aurora_choice import Choice, check_class, choose_version
from workers.steps.findings import (
    Blocked,
    Blocker,
    Finding,
    blockers_of,
    warnings_of,
)
from workers.toolbox import Toolbox

NAME = "check_source"


class CheckSource:
    """Looks only; changes nothing."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it only looks
        """Look at everything, then say everything.

        Raises:
            Permanent: the source can't be moved as it is.
            Transient: it could not be looked at.
        """
        instance = self._tools.rds.instance(migration.source)
        if instance is None:
            raise Permanent(
                f"There is no instance `{migration.source}` in this account and Region any more. "
                "Cancel the migration."
            )
        findings, facts = self._look(migration, instance)
        blockers = blockers_of(findings)
        if blockers:
            raise Blocked(f"`{instance.id}` can't be moved to Aurora as it is.", blockers)
        if instance.status != AVAILABLE:
            return Wait(
                self._tools.settings.poll_seconds,
                f"`{instance.id}` is `{instance.status}`; that passes by itself",
            )
        return Done({**facts, "warnings": warnings_of(findings)})

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing was made
        """Nothing was made."""
        return Done()

    def _look(
        self, migration: Migration, instance: Instance
    ) -> tuple[list[Finding], dict[str, Any]]:
        rds = self._tools.rds
        maintenance = rds.pending_maintenance(instance.arn)
        findings: list[Finding] = list(
            source_in_cloud.findings_of(migration, instance, maintenance)
        )
        facts: dict[str, Any] = {
            "source_version": instance.engine_version,
            "source_class": instance.instance_class,
            "backup_retention_days": instance.backup_retention_days,
            "encrypted": instance.encrypted,
            "storage_gib": instance.storage_gib,
            "replicas": list(instance.replicas),
        }
        self._choose(migration, instance, findings, facts)
        findings.extend(self._names_taken(migration))
        try:
            self.look_inside(migration, instance, findings, facts)
        except DatabaseUnreachable as error:
            # Alone it may pass; among others it is one more thing to mend.
            if not blockers_of(findings):
                raise
            findings.append(Blocker(str(error), "Let Daybreak's role in."))
        except Permanent as error:
            findings.append(Blocker(str(error), ""))
        return findings, facts

    def _choose(
        self,
        migration: Migration,
        instance: Instance,
        findings: list[Finding],
        facts: dict[str, Any],
    ) -> None:
        rds = self._tools.rds
        choice = choose_version(instance.engine_version, rds.aurora_versions())
        if not isinstance(choice, Choice):
            findings.append(choice)
            return
        asked = migration.options.instance_class
        wanted = asked or instance.instance_class
        refusal = check_class(
            wanted, bool(asked), choice.version, rds.orderable_classes(choice.version)
        )
        if refusal:
            findings.append(refusal)
        facts |= {
            "target_version": choice.version,
            "target_family": choice.family,
            "target_class": wanted,
        }

    def _names_taken(self, migration: Migration) -> Iterator[Finding]:
        cluster = self._tools.rds.cluster(migration.target)
        if cluster and not marks.ours(migration, cluster.tags):
            yield Blocker(
                f"There is a cluster `{cluster.id}` already.",
                "Cancel, and start again with another name for the target.",
            )
        name = marks.instance_name(migration)
        member = self._tools.rds.instance(name)
        if member and not marks.ours(migration, member.tags):
            yield Blocker(
                f"There is an instance `{name}` already, and the target's first instance needs "
                "that name.",
                "Cancel, and start again with another name for the target.",
            )

    def look_inside(
        self,
        migration: Migration,  # noqa: ARG002 - variants look at its options
        instance: Instance,
        findings: list[Finding],
        facts: dict[str, Any],
    ) -> None:
        """What SQL tells of the server and of every database; adds to findings and facts."""
        databases = self._tools.databases
        with databases.at(instance.id, instance.endpoint) as connection:
            findings.extend(source_inside.findings_of_server(connection))
            findings.extend(source_inside.findings_of_role(connection))
            found = inventory.databases(connection)
            facts["wal_level"] = inventory.settings(connection)["wal_level"].value
        facts["databases"] = [base.name for base in found]
        facts["size_bytes"] = sum(base.size_bytes for base in found)
        facts["extensions"] = {}
        for base in found:
            if not base.connectable:
                continue
            try:
                with databases.at(instance.id, instance.endpoint, base.name) as connection:
                    findings.extend(source_inside.findings_of_database(base.name, connection))
                    facts["extensions"][base.name] = inventory.extensions(connection)
            except DatabaseUnreachable as error:
                findings.append(
                    Blocker(
                        str(error),
                        f"Grant Daybreak's role CONNECT on database `{base.name}`.",
                    )
                )
