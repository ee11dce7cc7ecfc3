"""Reads the account's instances, for the wizard: people never wait for AWS."""

from migration.ports import Clock, Inventory, Source
from workers.aws.rds import RdsGateway


def collect(rds: RdsGateway, clock: Clock) -> Inventory:
    """Every RDS for PostgreSQL instance, by name."""
    found = [
        Source(
            identifier=instance.id,
            engine=instance.engine,
            engine_version=instance.engine_version,
            status=instance.status,
            instance_class=instance.instance_class,
            backup_retention_days=instance.backup_retention_days,
        )
        for instance in rds.instances()
        if not instance.cluster
    ]
    return Inventory(tuple(sorted(found, key=lambda one: one.identifier)), clock.now())
