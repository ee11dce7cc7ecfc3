"""Step: may this source be moved at all, and to which Aurora; every blocker is named at once."""

from typing import Any

from migration.errors import DaybreakError, Permanent, StoreUnavailable
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Instance
from workers.postgres import fence
from workers.preflight import refusal, run
from workers.preflight.check import Family
from workers.preflight.subject import Subject
from workers.remedies.setting_back import set_back
from workers.steps.aurora_choice import Choice
from workers.toolbox import Toolbox

NAME = "check_source"
FAMILIES = (Family.CLOUD, Family.SERVER, Family.DATABASE)


class CheckSource:
    """Looks only, and changes nothing; it is the last to be undone, and sweeps up after all."""

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
        subject = Subject(self._tools, instance, migration.options, migration)
        looked = run.look(subject, *FAMILIES)
        refusal.refuse(f"`{instance.id}` can't be moved to Aurora as it is.", looked)
        if instance.status != AVAILABLE:
            return Wait(
                self._tools.settings.poll_seconds,
                f"`{instance.id}` is `{instance.status}`; that passes by itself",
            )
        return Done(
            {
                **_facts(instance, subject),
                **subject.seen,
                **self.facts_beside(),
                "warnings": refusal.warnings_of(looked),
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Drop what attempts to cut over have written into the source, if there were any.

        What people had mended by a button is set back where that makes sense. A source that can't
        be asked keeps nobody from cancelling: what may be left is said.
        """
        gone, kept = set_back(migration.source, migration.cancelled_by, self._tools, journal)
        forgotten = self._forget(migration, journal) if migration.options.login else {}
        facts: dict[str, Any] = dict(forgotten)
        if gone:
            facts["gone"] = [*gone, *forgotten.get("gone", ())]
        if kept:
            facts["kept"] = "; ".join(kept)
        return Done(facts)

    def _forget(self, migration: Migration, journal: Journal) -> dict[str, Any]:
        try:
            with self._tools.databases.source(migration.source) as source:
                if not fence.is_forgettable(source, migration.id):
                    return {}
                journal.intend("forget_fence", source=migration.source)
                fence.forget(source, migration.id)
        except StoreUnavailable:
            raise
        except DaybreakError as error:
            return {"not_looked_at": f"the schema `daybreak` of `{migration.source}`: {error}"}
        journal.done("forget_fence")
        return {"gone": ["the schema `daybreak`"]}

    def facts_beside(self) -> dict[str, Any]:
        """What a variant says besides."""
        return {}


def _facts(instance: Instance, subject: Subject) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "source_version": instance.engine_version,
        "source_class": instance.instance_class,
        "backup_retention_days": instance.backup_retention_days,
        "encrypted": instance.encrypted,
        "storage_gib": instance.storage_gib,
        "replicas": list(instance.replicas),
    }
    choice = subject.choice
    if isinstance(choice, Choice):
        facts |= {
            "target_version": choice.version,
            "target_family": choice.family,
            "target_class": subject.target_class,
        }
    return facts
