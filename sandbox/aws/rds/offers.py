"""What AWS offers in the simulated Region: engine versions and instance classes."""

from typing import Any

SOURCE_CLASSES = (
    "db.m6g.large",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6g.2xlarge",
    "db.t4g.medium",
)
AURORA_CLASSES = (
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6g.2xlarge",
    "db.t4g.medium",
    "db.serverless",
)


def parts(version: str) -> tuple[int, ...]:
    """A version for comparing, `15.20` -> (15, 20)."""
    return tuple(int(part) for part in version.split("."))


def _of_major(version: str) -> list[str]:
    """This version and the two minors before it, oldest first."""
    major, minor = parts(version)[:2]
    return [f"{major}.{earlier}" for earlier in range(max(0, minor - 2), minor + 1)]


def aurora_versions(version: str) -> list[str]:
    """Aurora's versions of the major that runs here."""
    return _of_major(version)


def engine_versions(version: str) -> list[dict[str, Any]]:
    """DescribeDBEngineVersions: the major that runs here and, as a choice to avoid, the next one."""
    major = parts(version)[0]
    answers = []
    for engine, title in (("postgres", "PostgreSQL"), ("aurora-postgresql", "Aurora PostgreSQL")):
        offered = [*_of_major(version), f"{major + 1}.1"]
        for own in offered:
            later = [other for other in offered if parts(other) > parts(own)]
            answers.append(
                {
                    "Engine": engine,
                    "EngineVersion": own,
                    "MajorEngineVersion": own.partition(".")[0],
                    "DBParameterGroupFamily": f"{engine}{own.partition('.')[0]}",
                    "DBEngineDescription": title,
                    "DBEngineVersionDescription": f"{title} {own}",
                    "Status": "available",
                    "SupportsReadReplica": True,
                    "SupportedEngineModes": ["provisioned"],
                    "ValidUpgradeTarget": [
                        {
                            "Engine": engine,
                            "EngineVersion": target,
                            "Description": f"{title} {target}",
                            "AutoUpgrade": False,
                            "IsMajorVersionUpgrade": parts(target)[0] != parts(own)[0],
                        }
                        for target in later
                    ],
                }
            )
    return answers


def orderable_options(version: str, zones: list[str]) -> list[dict[str, Any]]:
    """DescribeOrderableDBInstanceOptions for the versions that are offered."""
    answers = []
    for entry in engine_versions(version):
        aurora = entry["Engine"] != "postgres"
        for instance_class in AURORA_CLASSES if aurora else SOURCE_CLASSES:
            answers.append(
                {
                    "Engine": entry["Engine"],
                    "EngineVersion": entry["EngineVersion"],
                    "DBInstanceClass": instance_class,
                    "LicenseModel": "postgresql-license",
                    "AvailabilityZones": [{"Name": zone} for zone in zones],
                    "MultiAZCapable": not aurora,
                    "ReadReplicaCapable": True,
                    "Vpc": True,
                    "SupportsStorageEncryption": True,
                    "StorageType": "aurora" if aurora else "gp3",
                    "SupportsIops": False,
                    "SupportsStorageAutoscaling": not aurora,
                    "SupportedEngineModes": ["provisioned"],
                    "SupportsClusters": aurora,
                    "OutpostCapable": False,
                }
            )
    return answers
