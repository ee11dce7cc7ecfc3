"""The RDS actions that are answered: moto's where they are true, ours where it has none."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError, DBInstanceNotFoundError
from moto.rds.models import DBCluster, DBInstance, RDSBackend
from moto.rds.responses import RDSResponse
from moto.rds.utils import merge_filters

from sandbox.aws.rds import offers, quotas
from sandbox.aws.rds.core import RDSError

_PAGE = 100
_DEFAULT_EVENT_MINUTES = 60

# moto answers more, but with objects that have no server behind them: those are refused.
ACTIONS = frozenset(
    {
        "AddTagsToResource", "CreateDBCluster", "CreateDBClusterParameterGroup", "CreateDBInstance",
        "CreateDBParameterGroup", "CreateDBSnapshot", "CreateDBSubnetGroup",
        "CreateEventSubscription", "DeleteDBCluster",
        "DeleteDBClusterParameterGroup", "DeleteDBInstance", "DeleteDBParameterGroup",
        "DeleteDBSnapshot", "DeleteDBSubnetGroup", "DeleteEventSubscription",
        "DescribeAccountAttributes", "DescribeDBClusterParameterGroups",
        "DescribeDBClusterParameters", "DescribeDBClusters", "DescribeDBEngineVersions",
        "DescribeDBInstances", "DescribeDBParameterGroups", "DescribeDBParameters",
        "DescribeDBSnapshots", "DescribeDBSubnetGroups", "DescribeEngineDefaultClusterParameters",
        "DescribeEngineDefaultParameters", "DescribeEvents",
        "DescribeEventSubscriptions",
        "DescribeOrderableDBInstanceOptions", "DescribePendingMaintenanceActions",
        "ListTagsForResource", "ModifyDBCluster", "ModifyDBClusterParameterGroup",
        "ModifyDBInstance", "ModifyDBParameterGroup", "ModifyDBSubnetGroup",
        "PromoteReadReplicaDBCluster", "RebootDBInstance", "RemoveTagsFromResource",
        "RestoreDBClusterFromSnapshot",
    }
)  # fmt: skip


def _page(response: RDSResponse, key: str, items: list[Any]) -> ActionResult:
    return ActionResult(_slice(response, key, items))


def _slice(response: RDSResponse, key: str, items: list[Any]) -> dict[str, Any]:
    """One page of `items`; a marker is the position of the next one."""
    start = int(response.params.get("Marker") or 0)
    end = start + int(response.params.get("MaxRecords") or _PAGE)
    result: dict[str, Any] = {key: items[start:end]}
    if end < len(items):
        result["Marker"] = str(end)
    return result


def _filters(response: RDSResponse) -> dict[str, Any]:
    return {entry["Name"]: entry["Values"] for entry in response.params.get("Filters", [])}


class _Besides:
    """An instance as moto's serializer reads it, and what the scenario shows of it besides."""

    def __init__(self, instance: Any, shown: Mapping[str, Any]) -> None:
        self._instance = instance
        for name, value in shown.items():
            # The serializer asks by the API's name of the shape or the member first.
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)


def describe_account_attributes(self: RDSResponse) -> ActionResult:
    """The account's quotas, and what is used of them."""
    return ActionResult({"AccountQuotas": quotas.of(self.backend)})


def describe_db_instances(self: RDSResponse) -> ActionResult:
    """As of now, or as of some seconds ago when the scenario says so."""
    found, _ = self.backend.visible()
    identifier, filters = self.params.get("DBInstanceIdentifier"), _filters(self)
    if identifier:
        filters = merge_filters(filters, {"db-instance-id": [identifier]})
    if filters:
        found = RDSBackend._filter_resources(found, filters, DBInstance)
    if identifier and not found:
        raise DBInstanceNotFoundError(identifier)
    scenario = self.backend.datacenter.scenario
    shown = {
        # AWS counts in whole GiB.
        **{n: {"AllocatedStorage": math.ceil(gib)} for n, gib in scenario.storage_gib.items()},
        **scenario.shown,
    }
    instances = [
        _Besides(found[name], shown[name]) if name in shown else found[name]
        for name in sorted(found)
    ]
    return _page(self, "DBInstances", instances)


def describe_db_clusters(self: RDSResponse) -> ActionResult:
    """As of now, or as of some seconds ago when the scenario says so."""
    _, found = self.backend.visible()
    identifier, filters = self.params.get("DBClusterIdentifier"), _filters(self)
    if identifier:
        filters = merge_filters(filters, {"db-cluster-id": [identifier]})
    if filters:
        found = RDSBackend._filter_resources(found, filters, DBCluster)
    if identifier and not found:
        raise DBClusterNotFoundError(identifier)
    return _page(self, "DBClusters", [found[name] for name in sorted(found)])


def describe_db_snapshots(self: RDSResponse) -> ActionResult:
    """With how far each copy has come."""
    self.backend.refresh_progress()
    found = self.backend.describe_db_snapshots(
        self.params.get("DBInstanceIdentifier"),
        self.params.get("DBSnapshotIdentifier"),
        self.params.get("SnapshotType"),
        _filters(self),
    )
    return _page(self, "DBSnapshots", found)


def describe_db_parameters(self: RDSResponse) -> ActionResult:
    """Every parameter of the family, not only those that somebody set."""
    found = self.backend.parameters_of(
        self.params["DBParameterGroupName"], source=self.params.get("Source")
    )
    return _page(self, "Parameters", found)


def describe_db_cluster_parameters(self: RDSResponse) -> ActionResult:
    """The cluster-level view of the family."""
    found = self.backend.parameters_of(
        self.params["DBClusterParameterGroupName"], cluster=True, source=self.params.get("Source")
    )
    return _page(self, "Parameters", found)


def _engine_defaults(response: RDSResponse, *, cluster: bool) -> ActionResult:
    family = response.params["DBParameterGroupFamily"]
    page = _slice(response, "Parameters", response.backend.defaults_of(family, cluster=cluster))
    return ActionResult({"EngineDefaults": {"DBParameterGroupFamily": family, **page}})


def describe_engine_default_parameters(self: RDSResponse) -> ActionResult:
    """A family's parameters for instances, as nobody has set them."""
    return _engine_defaults(self, cluster=False)


def describe_engine_default_cluster_parameters(self: RDSResponse) -> ActionResult:
    """The same for clusters."""
    return _engine_defaults(self, cluster=True)


def describe_db_engine_versions(self: RDSResponse) -> ActionResult:
    """The versions that are offered, by engine, version and family."""
    wanted = {
        "Engine": self.params.get("Engine"),
        "EngineVersion": self.params.get("EngineVersion"),
        "DBParameterGroupFamily": self.params.get("DBParameterGroupFamily"),
    }
    found = [
        entry
        for entry in offers.engine_versions(self.backend.datacenter.engine_version)
        if all(value is None or entry[key] == value for key, value in wanted.items())
    ]
    if self.params.get("DefaultOnly"):
        own = self.backend.datacenter.engine_version
        found = [entry for entry in found if entry["EngineVersion"] == own]
    return _page(self, "DBEngineVersions", found)


def describe_orderable_db_instance_options(self: RDSResponse) -> ActionResult:
    """The classes that can be had for an engine and version."""
    datacenter = self.backend.datacenter
    zones = [subnet.zone for subnet in datacenter.seed.network.subnets]
    wanted = {key: self.params.get(key) for key in ("Engine", "EngineVersion", "DBInstanceClass")}
    found = [
        entry
        for entry in offers.orderable_options(datacenter.engine_version, zones)
        if all(value is None or entry[key] == value for key, value in wanted.items())
    ]
    return _page(self, "OrderableDBInstanceOptions", found)


def describe_pending_maintenance_actions(self: RDSResponse) -> ActionResult:
    """What AWS has announced, by instance; only those with something announced are listed."""
    arns = set(_filters(self).get("db-instance-id", []))
    if self.params.get("ResourceIdentifier"):
        arns.add(self.params["ResourceIdentifier"])
    found = [
        {
            "ResourceIdentifier": instance.arn,
            "PendingMaintenanceActionDetails": instance.pending_maintenance,
        }
        for instance in self.backend.databases.values()
        if instance.pending_maintenance
        and (not arns or {instance.arn, instance.db_instance_identifier} & arns)
    ]
    return _page(self, "PendingMaintenanceActions", found)


def describe_events(self: RDSResponse) -> ActionResult:
    """Events of the last hour, or of the time asked for, oldest first."""
    identifier, kind = self.params.get("SourceIdentifier"), self.params.get("SourceType")
    if identifier is not None and kind is None:
        raise RDSError(
            "InvalidParameterCombination", "Cannot specify source identifier without source type"
        )
    minutes = int(self.params.get("Duration") or _DEFAULT_EVENT_MINUTES)
    start = _aware(self.params.get("StartTime")) or datetime.now(UTC) - timedelta(minutes=minutes)
    end = _aware(self.params.get("EndTime"))
    late = timedelta(seconds=self.backend.datacenter.scenario.events_late_seconds)
    shown = datetime.now(UTC) - late
    categories = set(self.params.get("EventCategories") or [])
    found = [
        event
        for event in self.backend.log
        if (kind is None or event["SourceType"] == kind)
        and (identifier is None or event["SourceIdentifier"] == identifier.lower())
        and start <= event["Date"] <= shown
        and (end is None or event["Date"] <= end)
        and (not categories or categories & set(event["EventCategories"]))
    ]
    return _page(self, "Events", found)


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


_OWN = (
    describe_account_attributes, describe_db_instances, describe_db_clusters,
    describe_db_snapshots, describe_db_parameters,
    describe_db_cluster_parameters, describe_engine_default_parameters,
    describe_engine_default_cluster_parameters, describe_db_engine_versions,
    describe_orderable_db_instance_options, describe_pending_maintenance_actions, describe_events,
)  # fmt: skip


def install() -> None:
    """Put our answers into moto's class, which dispatches by the names of its methods."""
    for answer in _OWN:
        setattr(RDSResponse, answer.__name__, answer)
