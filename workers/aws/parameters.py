"""RDS's parameter groups: instance groups and cluster groups through one shape."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.aws.errors import NotFound, asking
from workers.aws.resources import Tags, tags_of

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

# AWS takes no more in one call.
BATCH = 20


@dataclass(frozen=True)
class ParameterGroup:
    """A parameter group of an instance or of a cluster."""

    name: str
    arn: str
    family: str
    tags: Tags


@dataclass(frozen=True)
class Parameter:
    """One parameter; `value` is None where the engine's default stands."""

    name: str
    value: str | None
    #: `user` where somebody set it.
    source: str
    modifiable: bool
    #: A static parameter needs a reboot.
    static: bool
    #: What AWS takes: ranges (`0-100`) or words between commas; empty where it does not say.
    allowed: str = ""
    #: Its value is a list of such words.
    listed: bool = False


class InstanceParameters:
    """DB parameter groups: what an instance reads."""

    def __init__(self, client: "RDSClient") -> None:
        """Over this client."""
        self._client = client

    def group(self, name: str) -> ParameterGroup | None:
        """The group; None when there is none."""
        try:
            with asking("rds:DescribeDBParameterGroups"):
                answer = self._client.describe_db_parameter_groups(DBParameterGroupName=name)
        except NotFound:
            return None
        found = answer["DBParameterGroups"]
        if not found:
            return None
        raw = found[0]
        return ParameterGroup(
            raw["DBParameterGroupName"],
            raw["DBParameterGroupArn"],
            raw["DBParameterGroupFamily"],
            _tags(self._client, raw["DBParameterGroupArn"]),
        )

    def parameters(self, name: str, source: str = "") -> dict[str, Parameter]:
        """The group's parameters by name; of one source (`user`) or all."""
        narrow: dict[str, Any] = {"Source": source} if source else {}
        pages = self._client.get_paginator("describe_db_parameters")
        with asking("rds:DescribeDBParameters"):
            return _parameters(pages.paginate(DBParameterGroupName=name, **narrow))

    def defaults(self, family: str) -> dict[str, Parameter]:
        """What the family says where nobody has set anything."""
        pages = self._client.get_paginator("describe_engine_default_parameters")
        with asking("rds:DescribeEngineDefaultParameters"):
            return _parameters(_defaults(pages.paginate(DBParameterGroupFamily=family)))

    def create(self, name: str, family: str, description: str, tags: Tags) -> None:
        """Create a group with the family's defaults."""
        with asking("rds:CreateDBParameterGroup"):
            self._client.create_db_parameter_group(
                DBParameterGroupName=name,
                DBParameterGroupFamily=family,
                Description=description,
                Tags=_listed(tags),
            )

    def modify(self, name: str, values: Mapping[str, Parameter]) -> None:
        """Set at most `BATCH` parameters."""
        with asking("rds:ModifyDBParameterGroup"):
            self._client.modify_db_parameter_group(
                DBParameterGroupName=name, Parameters=_set(values.values())
            )

    def delete(self, name: str) -> None:
        """Delete a group; one that is gone already is fine."""
        with suppress(NotFound), asking("rds:DeleteDBParameterGroup"):
            self._client.delete_db_parameter_group(DBParameterGroupName=name)


class ClusterParameters:
    """DB cluster parameter groups: what all instances of an Aurora cluster share."""

    def __init__(self, client: "RDSClient") -> None:
        """Over this client."""
        self._client = client

    def group(self, name: str) -> ParameterGroup | None:
        """The group; None when there is none."""
        try:
            with asking("rds:DescribeDBClusterParameterGroups"):
                answer = self._client.describe_db_cluster_parameter_groups(
                    DBClusterParameterGroupName=name
                )
        except NotFound:
            return None
        found = answer["DBClusterParameterGroups"]
        if not found:
            return None
        raw = found[0]
        return ParameterGroup(
            raw["DBClusterParameterGroupName"],
            raw["DBClusterParameterGroupArn"],
            raw["DBParameterGroupFamily"],
            _tags(self._client, raw["DBClusterParameterGroupArn"]),
        )

    def parameters(self, name: str, source: str = "") -> dict[str, Parameter]:
        """The group's parameters by name; of one source (`user`) or all."""
        narrow: dict[str, Any] = {"Source": source} if source else {}
        pages = self._client.get_paginator("describe_db_cluster_parameters")
        with asking("rds:DescribeDBClusterParameters"):
            return _parameters(pages.paginate(DBClusterParameterGroupName=name, **narrow))

    def defaults(self, family: str) -> dict[str, Parameter]:
        """What the family says where nobody has set anything."""
        pages = self._client.get_paginator("describe_engine_default_cluster_parameters")
        with asking("rds:DescribeEngineDefaultClusterParameters"):
            return _parameters(_defaults(pages.paginate(DBParameterGroupFamily=family)))

    def create(self, name: str, family: str, description: str, tags: Tags) -> None:
        """Create a group with the family's defaults."""
        with asking("rds:CreateDBClusterParameterGroup"):
            self._client.create_db_cluster_parameter_group(
                DBClusterParameterGroupName=name,
                DBParameterGroupFamily=family,
                Description=description,
                Tags=_listed(tags),
            )

    def modify(self, name: str, values: Mapping[str, Parameter]) -> None:
        """Set at most `BATCH` parameters."""
        with asking("rds:ModifyDBClusterParameterGroup"):
            self._client.modify_db_cluster_parameter_group(
                DBClusterParameterGroupName=name, Parameters=_set(values.values())
            )

    def delete(self, name: str) -> None:
        """Delete a group; one that is gone already is fine."""
        with suppress(NotFound), asking("rds:DeleteDBClusterParameterGroup"):
            self._client.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)


def _parameters(pages: Iterable[Mapping[str, Any]]) -> dict[str, Parameter]:
    return {
        raw["ParameterName"]: Parameter(
            name=raw["ParameterName"],
            value=raw.get("ParameterValue"),
            source=raw.get("Source", ""),
            modifiable=raw.get("IsModifiable", True),
            static=raw.get("ApplyType", "dynamic") == "static",
            allowed=raw.get("AllowedValues", ""),
            listed=raw.get("DataType", "") == "list",
        )
        for page in pages
        for raw in page["Parameters"]
    }


def _defaults(pages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for page in pages:
        yield page["EngineDefaults"]


def _set(parameters: Iterable[Parameter]) -> Sequence[Any]:
    return [
        {
            "ParameterName": parameter.name,
            "ParameterValue": parameter.value or "",
            "ApplyMethod": "pending-reboot" if parameter.static else "immediate",
        }
        for parameter in parameters
    ]


def _tags(client: "RDSClient", arn: str) -> Tags:
    with asking("rds:ListTagsForResource"):
        return tags_of(client.list_tags_for_resource(ResourceName=arn))


def _listed(tags: Tags) -> Any:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
