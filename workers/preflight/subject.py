"""What checks look at: a source and the move it is meant for; AWS is asked once for each thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from migration.errors import DaybreakError
from migration.model import Migration, Options
from workers.aws.ec2 import SecurityGroup, Subnet
from workers.aws.resources import Instance, MaintenanceAction, Quota
from workers.postgres.connect import Connection
from workers.steps import parameter_map
from workers.steps.aurora_choice import Choice, choose_version
from workers.steps.findings import Blocker
from workers.steps.parameter_rules import Families, Row
from workers.toolbox import Toolbox


@dataclass
class Subject:
    """One source, as of this look."""

    tools: Toolbox
    instance: Instance
    options: Options
    #: The migration under way; None for a look that stands alone.
    migration: Migration | None = None
    #: What was seen on the way: facts of the step that looks.
    seen: dict[str, Any] = field(default_factory=dict)
    #: The database that `connection` leads to.
    database: str = ""
    _connection: Connection | None = None

    def inside(self, connection: Connection, database: str = "") -> Self:
        """The same with a connection; to this database, where each is looked at."""
        return replace(self, database=database, _connection=connection)

    @property
    def connection(self) -> Connection:
        """Into the server; checks of the families that need a login have one."""
        if self._connection is None:
            raise DaybreakError("There is no connection to look through.")
        return self._connection

    @cached_property
    def maintenance(self) -> Sequence[MaintenanceAction]:
        """What AWS is going to do to it."""
        return self.tools.rds.pending_maintenance(self.instance.arn)

    @cached_property
    def choice(self) -> Choice | Blocker:
        """The Aurora version it would move to."""
        return choose_version(self.instance.engine_version, self.tools.rds.aurora_versions())

    @cached_property
    def target_class(self) -> str:
        """The class asked for, or its own."""
        return self.options.instance_class or self.instance.instance_class

    @cached_property
    def quotas(self) -> Mapping[str, Quota]:
        """The account's, by AWS's name of them."""
        return self.tools.rds.quotas()

    @cached_property
    def families(self) -> Families | None:
        """What Aurora's parameters are by themselves; None where there is no version to move to."""
        if not isinstance(self.choice, Choice):
            # Another check says so.
            return None
        return parameter_map.families(self.tools.rds, self.choice.family)

    @cached_property
    def parameter_rows(self) -> Sequence[Row]:
        """What would become of its parameters, as far as AWS alone can tell."""
        if self.families is None:
            return ()
        return parameter_map.rows_for(
            self.tools.rds, self.instance, self.families, self.options, in_force={}
        )

    @property
    def replica_exists(self) -> bool:
        """Whether the migration under way has made its replica."""
        names = {name.split(":")[-1] for name in self.instance.replica_clusters}
        return self.migration is not None and self.options.target in names

    @cached_property
    def subnets(self) -> Sequence[Subnet]:
        """Of its subnet group."""
        return self.tools.ec2.subnets(self.instance.subnet_group.subnets)

    @cached_property
    def groups(self) -> Sequence[SecurityGroup]:
        """Its security groups with what they let in."""
        return self.tools.ec2.security_groups(one.id for one in self.instance.security_groups)

    @property
    def port(self) -> int:
        """Where it listens, and the target will."""
        if self.instance.endpoint is None:
            raise DaybreakError(f"`{self.instance.id}` has no endpoint any more. Bring it back.")
        return self.instance.endpoint.port
