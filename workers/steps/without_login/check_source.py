"""Step: what AWS tells of a source; nothing inside it is looked at, and that is said."""

from typing import Any

from migration.model import Migration
from workers.aws.resources import Instance
from workers.steps import check_source
from workers.steps.findings import Blocker, Caution, Finding
from workers.steps.without_login import NOT_LOOKED_AT, log_cycle
from workers.steps.without_login.log_cycle import CycleUnknown


class CheckSource(check_source.CheckSource):
    """In place of a look inside: how it cuts its log, and what nobody looked at."""

    def look_inside(
        self,
        migration: Migration,
        instance: Instance,
        findings: list[Finding],
        facts: dict[str, Any],
    ) -> None:
        """Nothing inside is looked at."""
        findings.append(
            Caution("Not looked at, because Daybreak has no login: " + "; ".join(NOT_LOOKED_AT))
        )
        facts["not_looked_at"] = list(NOT_LOOKED_AT)
        try:
            cycle = log_cycle.read(self._tools, instance)
        except CycleUnknown as error:
            findings.append(Blocker(str(error), ""))
            return
        least = cycle.least_pause(self._tools.settings.datapoint_seconds)
        if migration.options.max_write_pause_seconds < least:
            findings.append(
                Blocker(
                    f"The longest write pause is {migration.options.max_write_pause_seconds:g} s, "
                    f"and without a login the proof of the catch-up alone takes {least:g} s: a "
                    f"whole cycle of `archive_timeout` ({cycle.seconds:g} s) by CloudWatch. The "
                    "reboot comes on top.",
                    "Cancel, and start again with a longer one.",
                )
            )
        facts |= {
            "wal_segment_bytes": cycle.segment_bytes,
            "wal_segment_size_from": cycle.origin,
            "archive_timeout_seconds": cycle.seconds,
        }
