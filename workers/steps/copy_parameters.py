"""Step: parameter groups of the Aurora family that say what somebody said on the source."""

from collections.abc import Mapping
from typing import Any

from migration.errors import Permanent
from migration.model import Migration, WayBack
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.parameters import BATCH, ClusterParameters, InstanceParameters, Parameter
from workers.steps import marks, parameter_rules
from workers.toolbox import Toolbox

# The next part follows as soon as the last one is recorded: one mutating call a run.
_AT_ONCE = 0.0

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
        rds = self._tools.rds
        name = marks.parameter_group_name(migration)
        instance = rds.instance(migration.source)
        if instance is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        copies = parameter_rules.decide(
            rds.instance_parameters.parameters(instance.parameter_group, source="user"),
            rds.instance_parameters.parameters(name),
            rds.cluster_parameters.parameters(name),
        )
        if migration.options.way_back is not WayBack.NONE:
            copies = parameter_rules.with_logical_replication(copies)
        wanted = dict(zip(self._levels, (copies.cluster, copies.instance), strict=True))
        missing = [
            (kind, groups, _missing(values, groups.parameters(name, source="user")))
            for (kind, groups), values in wanted.items()
        ]
        left = sum(len(values) for _, _, values in missing)
        for kind, groups, values in missing:
            if values:
                batch = dict(list(values.items())[:BATCH])
                said = {key: parameter.value for key, parameter in batch.items()}
                journal.intend("set_parameters", kind=kind, name=name, parameters=said)
                groups.modify(name, batch)
                journal.done("set_parameters", kind=kind, name=name)
                total = len(copies.cluster) + len(copies.instance)
                done = total - left + len(batch)
                return Wait(_AT_ONCE, "Copying parameters", done / total)
        return Done(self._facts(name, instance.parameter_group, copies))

    def _facts(self, name: str, copied_from: str, copies: parameter_rules.Copies) -> Any:
        return {
            "group": name,
            "copied_from": copied_from,
            "copied": {
                key: parameter.value
                for key, parameter in sorted({**copies.cluster, **copies.instance}.items())
            },
            "left_out": dict(copies.left_out),
        }


def _missing(
    wanted: Mapping[str, Parameter], there: Mapping[str, Parameter]
) -> dict[str, Parameter]:
    return {
        name: parameter
        for name, parameter in wanted.items()
        if name not in there or there[name].value != parameter.value
    }
