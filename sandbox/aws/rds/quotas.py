"""The account's quotas: AWS's own numbers, unless the scenario has lower ones."""

from typing import Any

# What a new account has in most Regions.
AWS_QUOTAS = {
    "DBInstances": 40,
    "DBClusters": 40,
    "ManualSnapshots": 100,
    "DBParameterGroups": 50,
    "DBClusterParameterGroups": 50,
}


def of(backend: Any) -> list[dict[str, Any]]:
    """As DescribeAccountAttributes lists them."""
    used = {
        "DBInstances": len(backend.databases),
        "DBClusters": len(backend.clusters),
        "ManualSnapshots": len(backend.describe_db_snapshots(None, None, "manual")),
        "DBParameterGroups": len(backend.db_parameter_groups),
        "DBClusterParameterGroups": len(backend.db_cluster_parameter_groups),
    }
    most = {**AWS_QUOTAS, **backend.datacenter.scenario.quotas}
    return [
        {"AccountQuotaName": name, "Used": used[name], "Max": most[name]} for name in AWS_QUOTAS
    ]
