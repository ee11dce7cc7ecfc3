"""Step: parameter groups of the Aurora family that say what somebody said on the source."""

from collections.abc import Mapping

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.parameters import BATCH, ClusterParameters, InstanceParameters, Parameter
from workers.steps import marks, parameter_map, parameter_rules
from workers.steps.findings import Blocked
from workers.steps.parameter_rules import CLUSTER, INSTANCE, Row
from workers.toolbox import Toolbox

# The next part follows as soon as the last one is recorded: one mutating call a run.
_AT_ONCE = 0.0
# Of the groups, in the order in which they are made and filled.
_LEVELS = (CLUSTER, INSTANCE)

Groups = InstanceParameters | ClusterParameters


class CopyParameters:
    """Two groups, because Aurora splits what a cluster shares from what an instance has."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools
        self._levels: tuple[tuple[str, Groups], ...] = (
            ("DB cluster parameter group", tools.rds.cluster_parameters),
            ("DB parameter group", tools.rds.instance_parameters),
        )

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Create the groups, then set what is not set yet, batch by batch."""
        for kind, groups in self._levels:
            waiting = self._create(migration, kind, groups, journal)
            if waiting:
                return waiting
        return self._copy(migration, journal)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Delete the groups; nothing uses them any more."""
        name = marks.parameter_group_name(migration)
        for kind, groups in reversed(self._levels):
            found = groups.group(name)
            if found is None or not marks.ours(migration, found.tags):
                continue
            journal.intend("delete_parameter_group", kind=kind, name=name)
            groups.delete(name)
            journal.done("delete_parameter_group", kind=kind, name=name)
            return Wait(_AT_ONCE, f"Deleting the {kind} `{name}`")
        return Done({"gone": [name]})

    def _create(
        self, migration: Migration, kind: str, groups: Groups, journal: Journal
    ) -> Wait | None:
        name = marks.parameter_group_name(migration)
        found = groups.group(name)
        if found:
            marks.check_ours(migration, f"{kind} `{name}`", found.tags)
            return None
        family = str(migration.fact("check_source", "target_family"))
        journal.intend("create_parameter_group", kind=kind, name=name, family=family)
        words = f"Parameters of {migration.source} for {migration.target}, made by Daybreak"
        groups.create(name, family, words, marks.tags(migration))
        journal.done("create_parameter_group", kind=kind, name=name)
        return Wait(_AT_ONCE, f"Making the {kind} `{name}`")

    def _copy(self, migration: Migration, journal: Journal) -> Outcome:
        name = marks.parameter_group_name(migration)
        instance = self._tools.rds.instance(migration.source)
        if instance is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        family = str(migration.fact("check_source", "target_family"))
        in_force = migration.fact("check_source", "standby_settings") or {}
        rds = self._tools.rds
        aurora = parameter_map.families(rds, family)
        rows = parameter_map.rows_for(rds, instance, aurora, migration.options, in_force)
        against = parameter_rules.refused(rows)
        if against:
            raise Blocked(f"The parameters of `{migration.source}` don't fit Aurora.", against)
        missing = []
        total = 0
        for (kind, groups), level in zip(self._levels, _LEVELS, strict=True):
            wanted = parameter_rules.to_set(rows, level)
            total += len(wanted)
            missing.append((kind, groups, _missing(wanted, groups.parameters(name, source="user"))))
        left = sum(len(values) for _, _, values in missing)
        for kind, groups, values in missing:
            if values:
                batch = dict(list(values.items())[:BATCH])
                said = {key: parameter.value for key, parameter in batch.items()}
                journal.intend("set_parameters", kind=kind, name=name, parameters=said)
                groups.modify(name, batch)
                journal.done("set_parameters", kind=kind, name=name)
                done = total - left + len(batch)
                return Wait(_AT_ONCE, "Copying parameters", done / total)
        return Done(
            {
                "group": name,
                "copied_from": instance.parameter_group,
                "parameters": [_fact(row) for row in rows],
            }
        )


def _fact(row: Row) -> dict[str, str]:
    return {
        "name": row.name,
        "verdict": row.verdict.value,
        "source": row.source,
        "target": row.target,
        "level": row.level,
        "reason": row.reason,
    }


def _missing(
    wanted: Mapping[str, Parameter], there: Mapping[str, Parameter]
) -> dict[str, Parameter]:
    return {
        name: parameter
        for name, parameter in wanted.items()
        if name not in there or there[name].value != parameter.value
    }
