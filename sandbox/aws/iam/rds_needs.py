"""What each action of RDS needs, by AWS's service authorization reference.

A call acts on every resource that it names, and IAM asks for each. What is made with tags needs
`rds:AddTagsToResource` too, and what is made encrypted a grant on the key. A new action is a line
in `ACTS_ON`: the kinds of resources and the parameters that name them.
"""

import re
from collections.abc import Iterator, Mapping

from sandbox.aws.iam.call import Call
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.need import ANYTHING, Context, Need, request_tags, resource_tags

#: The parameter holds a whole ARN.
ARN = ""
#: By action: kind of resource and parameter. Of an action that makes something, that comes first.
#: No entries: the action has no resource. A parameter that was not given stands for all of its
#: kind where the action reads, and for none where it does not.
ACTS_ON: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AddTagsToResource": ((ARN, "ResourceName"),),
    "CreateDBCluster": (
        ("cluster", "DBClusterIdentifier"),
        ("cluster-pg", "DBClusterParameterGroupName"),
        ("subgrp", "DBSubnetGroupName"),
    ),
    "CreateDBClusterParameterGroup": (("cluster-pg", "DBClusterParameterGroupName"),),
    "CreateDBInstance": (
        ("db", "DBInstanceIdentifier"),
        ("cluster", "DBClusterIdentifier"),
        ("pg", "DBParameterGroupName"),
        ("subgrp", "DBSubnetGroupName"),
    ),
    "CreateDBParameterGroup": (("pg", "DBParameterGroupName"),),
    "CreateDBSnapshot": (("snapshot", "DBSnapshotIdentifier"), ("db", "DBInstanceIdentifier")),
    "DeleteDBCluster": (
        ("cluster", "DBClusterIdentifier"),
        ("cluster-snapshot", "FinalDBSnapshotIdentifier"),
    ),
    "DeleteDBClusterParameterGroup": (("cluster-pg", "DBClusterParameterGroupName"),),
    "DeleteDBInstance": (
        ("db", "DBInstanceIdentifier"),
        ("snapshot", "FinalDBSnapshotIdentifier"),
    ),
    "DeleteDBParameterGroup": (("pg", "DBParameterGroupName"),),
    "DeleteDBSnapshot": (("snapshot", "DBSnapshotIdentifier"),),
    "DescribeAccountAttributes": (),
    "DescribeDBClusterParameterGroups": (("cluster-pg", "DBClusterParameterGroupName"),),
    "DescribeDBClusterParameters": (("cluster-pg", "DBClusterParameterGroupName"),),
    "DescribeDBClusters": (("cluster", "DBClusterIdentifier"),),
    "DescribeDBEngineVersions": (),
    "DescribeDBInstances": (("db", "DBInstanceIdentifier"),),
    "DescribeDBParameterGroups": (("pg", "DBParameterGroupName"),),
    "DescribeDBParameters": (("pg", "DBParameterGroupName"),),
    "DescribeDBSnapshots": (("snapshot", "DBSnapshotIdentifier"),),
    "DescribeDBSubnetGroups": (("subgrp", "DBSubnetGroupName"),),
    "DescribeEngineDefaultClusterParameters": (),
    "DescribeEngineDefaultParameters": (),
    "DescribeEvents": (),
    "DescribeEventSubscriptions": (("es", "SubscriptionName"),),
    "DescribeOrderableDBInstanceOptions": (),
    "DescribePendingMaintenanceActions": ((ARN, "ResourceIdentifier"),),
    "ListTagsForResource": ((ARN, "ResourceName"),),
    "ModifyDBCluster": (
        ("cluster", "DBClusterIdentifier"),
        ("cluster-pg", "DBClusterParameterGroupName"),
    ),
    "ModifyDBClusterParameterGroup": (("cluster-pg", "DBClusterParameterGroupName"),),
    "ModifyDBInstance": (("db", "DBInstanceIdentifier"), ("pg", "DBParameterGroupName")),
    "ModifyDBParameterGroup": (("pg", "DBParameterGroupName"),),
    "PromoteReadReplicaDBCluster": (("cluster", "DBClusterIdentifier"),),
    "RebootDBInstance": (("db", "DBInstanceIdentifier"),),
    "RemoveTagsFromResource": ((ARN, "ResourceName"),),
    "RestoreDBClusterFromSnapshot": (
        ("cluster", "DBClusterIdentifier"),
        ("snapshot", "SnapshotIdentifier"),
        ("cluster-pg", "DBClusterParameterGroupName"),
        ("subgrp", "DBSubnetGroupName"),
    ),
}
#: Parameters that hand a role over, and the service that gets it.
PASSES = {
    "MonitoringRoleArn": "monitoring.rds.amazonaws.com",
    "RoleArn": "rds.amazonaws.com",
}
#: Clusters and instances are of an option group, if only of their engine's default.
OPTIONS = frozenset({"CreateDBCluster", "CreateDBInstance", "RestoreDBClusterFromSnapshot"})
_MAKING = ("Create", "Restore", "Copy")
_READING = ("Describe", "List")
_TAG = re.compile(r"Tags\.[A-Za-z]+\.\d+\.Key")
_TAKEN = re.compile(r"TagKeys\.[A-Za-z]+\.\d+")


def needs(call: Call, directory: Directory) -> Iterator[Need] | None:
    """Each action and resource that the call needs; None for an action that has no line."""
    if call.action not in ACTS_ON:
        return None
    return _needs(call, directory)


def _needs(call: Call, directory: Directory) -> Iterator[Need]:
    asked = request_tags(_tags(call))
    taken = sorted(str(key) for name, key in call.parameters.items() if _TAKEN.fullmatch(name))
    if taken:
        asked["aws:TagKeys"] = tuple(taken)
    # a call that names nothing is one on everything: it must not be allowed for want of a need
    arns = list(_arns(call, directory)) or [ANYTHING]
    for arn in arns:
        yield Need.of(call.name, arn, _context(arn, asked, directory))
    if call.action.startswith(_MAKING):
        if asked:
            yield Need.of("rds:AddTagsToResource", arns[0], _context(arns[0], asked, directory))
        yield from _of_key(call, directory)
    for parameter, service in PASSES.items():
        if call.text(parameter):
            passed = {"iam:PassedToService": (service,)}
            yield Need.of("iam:PassRole", call.text(parameter), passed)


def _context(arn: str, asked: Context, directory: Directory) -> Context:
    return {**resource_tags(directory.tags(arn)), **asked}


def _arns(call: Call, directory: Directory) -> Iterator[str]:
    reading = call.action.startswith(_READING)
    for kind, parameter in ACTS_ON[call.action]:
        name = call.text(parameter)
        if kind == ARN or name.startswith("arn:"):
            yield name or ANYTHING
        elif name or reading:
            yield directory.arn("rds", kind, name or ANYTHING)
    if call.action in OPTIONS:
        major = call.text("EngineVersion").partition(".")[0]
        default = f"default:{call.text('Engine')}-{major or ANYTHING}"
        yield directory.arn("rds", "og", call.text("OptionGroupName") or default)
    if call.action == "CreateDBInstance" and not call.text("DBSubnetGroupName"):
        group = directory.subnet_group_of(call.text("DBClusterIdentifier"))
        if group:
            yield directory.arn("rds", "subgrp", group)


def _tags(call: Call) -> dict[str, str]:
    return {
        str(key): call.text(f"{name.removesuffix('.Key')}.Value")
        for name, key in call.parameters.items()
        if _TAG.fullmatch(name)
    }


def _of_key(call: Call, directory: Directory) -> Iterator[Need]:
    """RDS makes a grant for itself, in the caller's name (AWS's user guide on encryption)."""
    key = call.text("KmsKeyId")
    if not key:
        return
    arn = key if key.startswith("arn:") else directory.arn("kms", "key", key, "/")
    via = {"kms:ViaService": (f"rds.{directory.region}.amazonaws.com",)}
    yield Need.of("kms:CreateGrant", arn, {**via, "kms:GrantIsForAWSResource": ("true",)})
    yield Need.of("kms:DescribeKey", arn, via)
