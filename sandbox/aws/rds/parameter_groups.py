"""Parameter groups: made, changed by AWS's rules, and applied to the servers that use them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from moto.rds.models import DBClusterParameterGroup, DBParameterGroup

from sandbox.aws.parameters import ENGINES, Parameter, catalogue, log_parameters
from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.models import ClusterInstance
from sandbox.aws.rds.promotion import Promotion

# AWS takes no more in one request.
_PARAMETERS_PER_REQUEST = 20


class ParameterGroups(Promotion):
    """Create, modify, describe and delete both kinds of parameter groups."""

    def make_default_groups(self) -> None:
        """The groups that are there without anybody having made them."""
        for engine in ENGINES:
            family = f"{engine}{self.datacenter.major_version}"
            name, text = f"default.{family}", f"Default parameter group for {family}"
            self.db_parameter_groups[name] = DBParameterGroup(self, name, text, family, [])
            if engine != "postgres":
                group = DBClusterParameterGroup(self, name, text, family, [])
                self.db_cluster_parameter_groups[name] = group

    def _known(self, family: str, *, cluster: bool) -> dict[str, Parameter]:
        if family not in {f"{engine}{self.datacenter.major_version}" for engine in ENGINES}:
            raise RDSError(
                "InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid value."
            )
        known = catalogue(self.datacenter.program, family, cluster=cluster)
        listed = {n: entry.with_default(self.defaults.get(n)) for n, entry in known.items()}
        if not family.startswith("postgres"):
            return self._as_aurora_says(listed)
        seed = self.datacenter.seed
        return listed | log_parameters(seed.wal_segment_mb, seed.archive_timeout_seconds)

    def _as_aurora_says(self, listed: Mapping[str, Parameter]) -> dict[str, Parameter]:
        scenario = self.datacenter.scenario
        takes = scenario.aurora_takes
        return {
            name: replace(entry, allowed=takes[name]) if name in takes else entry
            for name, entry in listed.items()
            if name not in scenario.aurora_hides
        }

    def create_db_parameter_group(
        self, db_parameter_group_kwargs: dict[str, Any]
    ) -> DBParameterGroup:
        """A group of a family that exists here."""
        wanted = db_parameter_group_kwargs
        name = wanted["db_parameter_group_name"]
        self._known(wanted["db_parameter_group_family"], cluster=False)
        if name in self.db_parameter_groups:
            raise RDSError(
                "DBParameterGroupAlreadyExists", f"Parameter group {name} already exists"
            )
        return super().create_db_parameter_group(wanted)

    def create_db_cluster_parameter_group(
        self,
        db_cluster_parameter_group_name: str,
        db_parameter_group_family: str,
        description: str,
        tags: list[dict[str, str]] | None,
    ) -> DBClusterParameterGroup:
        """A group of Aurora's family."""
        self._known(db_parameter_group_family, cluster=True)
        return super().create_db_cluster_parameter_group(
            db_cluster_parameter_group_name, db_parameter_group_family, description, tags
        )

    def parameters_of(
        self, name: str, *, cluster: bool = False, source: str | None = None
    ) -> list[dict[str, object]]:
        """Every parameter of a group with its value, the customer's where there is one."""
        groups: Mapping[str, Any] = (
            self.db_cluster_parameter_groups if cluster else self.db_parameter_groups
        )
        group = groups.get(name)
        if group is None:
            raise RDSError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
        family = group.db_parameter_group_family if cluster else group.family
        known = self._known(family, cluster=cluster)
        answers = [entry.answer(group.parameters.get(entry.name)) for entry in known.values()]
        return [answer for answer in answers if source is None or answer["Source"] == source]

    def defaults_of(self, family: str, *, cluster: bool = False) -> list[dict[str, object]]:
        """Every parameter of a family as nobody has set it."""
        return [entry.answer() for entry in self._known(family, cluster=cluster).values()]

    def modify_db_parameter_group(
        self,
        db_parameter_group_name: str,
        db_parameter_group_parameters: Iterable[dict[str, Any]],
    ) -> DBParameterGroup:
        """Set parameters, and apply them to the servers that use the group."""
        group = self.db_parameter_groups.get(db_parameter_group_name)
        if group is None:
            raise RDSError(
                "DBParameterGroupNotFound", f"DBParameterGroup not found: {db_parameter_group_name}"
            )
        known = self._known(str(group.family), cluster=False)
        group.update_parameters(self._checked(group.name, known, db_parameter_group_parameters))
        self._apply(group.name, cluster=False)
        return group

    def modify_db_cluster_parameter_group(
        self,
        db_cluster_parameter_group_name: str,
        db_cluster_parameter_group_parameters: Iterable[dict[str, Any]],
    ) -> DBClusterParameterGroup:
        """Set parameters, and apply them to the servers that use the group."""
        group = self.db_cluster_parameter_groups.get(db_cluster_parameter_group_name)
        if group is None:
            raise RDSError(
                "DBParameterGroupNotFound",
                f"DBClusterParameterGroup not found: {db_cluster_parameter_group_name}",
            )
        known = self._known(group.db_parameter_group_family, cluster=True)
        checked = self._checked(group.name, known, db_cluster_parameter_group_parameters)
        group.update_cluster_parameters(checked)
        self._apply(group.name, cluster=True)
        return group

    def _checked(
        self, group: str, known: Mapping[str, Parameter], parameters: Iterable[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        wanted = list(parameters)
        if group.startswith("default."):
            raise RDSError(
                "InvalidParameterValue",
                "The parameter DBParameterGroupName is not a valid identifier: default parameter "
                "groups cannot be modified.",
            )
        if len(wanted) > _PARAMETERS_PER_REQUEST:
            raise RDSError(
                "InvalidParameterValue",
                f"A maximum of {_PARAMETERS_PER_REQUEST} parameters can be modified in a single "
                "request.",
            )
        for entry in wanted:
            self._check(known, entry)
        return wanted

    def _check(self, known: Mapping[str, Parameter], entry: dict[str, Any]) -> None:
        name, value = entry["ParameterName"], str(entry["ParameterValue"])
        parameter = known.get(name)
        if parameter is None:
            raise RDSError("InvalidParameterValue", f"Could not find parameter with name: {name}")
        if not parameter.modifiable:
            raise RDSError("InvalidParameterValue", f"The parameter {name} cannot be modified.")
        if parameter.static and entry.get("ApplyMethod") == "immediate":
            raise RDSError(
                "InvalidParameterCombination",
                f"cannot use immediate apply method for static parameter {name}",
            )
        if not parameter.accepts(value):
            raise RDSError(
                "InvalidParameterValue",
                f"Invalid parameter value: {value} for: {name} allowed values are: "
                f"{parameter.allowed}",
            )

    def _apply(self, group: str, *, cluster: bool) -> None:
        for found in list(self.databases.values()):
            instance: Any = found
            uses = (
                isinstance(instance, ClusterInstance) and instance.cluster.parameter_group == group
                if cluster
                else instance.parameter_group == group
            )
            if uses:
                instance.apply_status = "applying"
                self.reapply(instance)
        self.changed()

    def delete_db_parameter_group(self, db_parameter_group_name: str) -> DBParameterGroup:
        """Delete a group that nobody uses."""
        group = self.db_parameter_groups.get(db_parameter_group_name)
        if group is None:
            raise RDSError(
                "DBParameterGroupNotFound", f"DBParameterGroup not found: {db_parameter_group_name}"
            )
        used = any(i.parameter_group == group.name for i in self.databases.values())  # type: ignore[attr-defined]
        self._check_deletable(group.name, used=used)
        return self.db_parameter_groups.pop(group.name)

    def delete_db_cluster_parameter_group(self, db_cluster_parameter_group_name: str) -> None:
        """Delete a group that nobody uses."""
        group = self.db_cluster_parameter_groups.get(db_cluster_parameter_group_name)
        if group is None:
            raise RDSError(
                "DBParameterGroupNotFound",
                f"DBClusterParameterGroup not found: {db_cluster_parameter_group_name}",
            )
        used = any(c.parameter_group == group.name for c in self.clusters.values())
        self._check_deletable(group.name, used=used)
        del self.db_cluster_parameter_groups[group.name]

    @staticmethod
    def _check_deletable(name: str, *, used: bool) -> None:
        if used or name.startswith("default."):
            raise RDSError(
                "InvalidDBParameterGroupState",
                f"One or more database instances are still members of this parameter group {name}, "
                "so the group cannot be deleted",
            )
