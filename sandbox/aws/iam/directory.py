"""What a decision has to know of the account: the tags of what is there, and secrets' ARNs."""

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.rds.models import rds_backends
from moto.secretsmanager.models import secretsmanager_backends


class Directory:
    """One account in one Region, as moto holds it."""

    def __init__(self, account: str, region: str) -> None:
        """Nothing is looked at yet."""
        self.account = account
        self.region = region

    def arn(self, service: str, kind: str, name: str, separator: str = ":") -> str:
        """The ARN of something here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{kind}{separator}{name}"

    def tags(self, arn: str) -> Mapping[str, str]:
        """RDS's tags; what is not there has none."""
        try:
            found = rds_backends[self.account][self.region].list_tags_for_resource(arn)
        except ServiceException:
            return {}
        return {tag["Key"]: tag["Value"] for tag in found}

    def subnet_group_of(self, cluster: str) -> str:
        """The subnet group that a cluster's instances get; empty where there is none."""
        found: Any = rds_backends[self.account][self.region].clusters.get(cluster)
        return str(found.db_subnet_group_name or "") if found is not None else ""

    def secret(self, name: str) -> str:
        """A secret's ARN with its six random characters; without them where there is none."""
        found = secretsmanager_backends[self.account][self.region].secrets.get(name)
        return str(found.arn) if found is not None else self.arn("secretsmanager", "secret", name)
