"""What AWS offers in the simulated Region: engine versions and instance classes."""

from typing import Any

_UP_TO_16XL = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_UP_TO_24XL = (*_UP_TO_16XL, "24xlarge")
_UP_TO_32XL = (*_UP_TO_24XL, "32xlarge")
_UP_TO_48XL = (*_UP_TO_24XL, "48xlarge")


def _sizes(family: str, *sizes: str) -> tuple[str, ...]:
    return tuple(f"db.{family}.{size}" for size in sizes)


# Families and sizes as a large Region has them.
_BOTH = (
    *_sizes("t3", "medium", "large"),
    *_sizes("t4g", "medium", "large"),
    *_sizes("r5", *_UP_TO_24XL),
    *_sizes("r6g", *_UP_TO_16XL),
    *_sizes("r6i", *_UP_TO_32XL),
    *_sizes("r7g", *_UP_TO_16XL),
    *_sizes("r7i", *_UP_TO_48XL),
    *_sizes("r8g", *_UP_TO_48XL),
    *_sizes("x2g", *_UP_TO_16XL),
)
SOURCE_CLASSES = (
    *_sizes("t3", "micro", "small", "xlarge", "2xlarge"),
    *_sizes("t4g", "micro", "small", "xlarge", "2xlarge"),
    *_sizes("m5", *_UP_TO_24XL),
    *_sizes("m6g", *_UP_TO_16XL),
    *_sizes("m6i", *_UP_TO_32XL),
    *_sizes("m7g", *_UP_TO_16XL),
    *_BOTH,
)
AURORA_CLASSES = (*_BOTH, "db.serverless")


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
    """DescribeDBEngineVersions: the major that runs here and, to be avoided, the next one."""
    major = parts(version)[0]
    answers = []
    for engine, title in (("postgres", "PostgreSQL"), ("aurora-postgresql", "Aurora PostgreSQL")):
        offered = [*_of_major(version), f"{major + 1}.1"]
        answers += [_version(engine, title, own, offered) for own in offered]
    return answers


def _version(engine: str, title: str, own: str, offered: list[str]) -> dict[str, Any]:
    major = parts(own)[0]
    return {
        "Engine": engine,
        "EngineVersion": own,
        "MajorEngineVersion": str(major),
        "DBParameterGroupFamily": f"{engine}{major}",
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
                "IsMajorVersionUpgrade": parts(target)[0] != major,
            }
            for target in offered
            if parts(target) > parts(own)
        ],
    }


def orderable_options(version: str, zones: list[str]) -> list[dict[str, Any]]:
    """DescribeOrderableDBInstanceOptions for the versions that are offered."""
    return [
        _orderable(entry, instance_class, zones)
        for entry in engine_versions(version)
        for instance_class in (SOURCE_CLASSES if entry["Engine"] == "postgres" else AURORA_CLASSES)
    ]


def _orderable(entry: dict[str, Any], instance_class: str, zones: list[str]) -> dict[str, Any]:
    aurora = entry["Engine"] != "postgres"
    return {
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
