"""Puts the RDS backend together and into moto's place for one."""

from functools import partial
from typing import cast

from moto.core.base_backend import BackendDict
from moto.rds.models import RDSBackend, rds_backends

from sandbox.aws.datacenter import Datacenter
from sandbox.aws.rds import responses
from sandbox.aws.rds.parameter_groups import ParameterGroups


class Backend(ParameterGroups):
    """All actions on instances, clusters, promotion, snapshots and parameter groups."""

    def __init__(self, datacenter: Datacenter, region_name: str, account_id: str) -> None:
        super().__init__(datacenter, region_name, account_id)
        self.make_default_groups()


def install(datacenter: Datacenter, account_id: str) -> Backend:
    """Start moto's state afresh, with our backend where moto looks for RDS's."""
    BackendDict.reset()
    rds_backends.clear()
    # moto makes backends lazily, from whatever stands here.
    rds_backends.backend = cast(type[RDSBackend], partial(Backend, datacenter))
    responses.install()
    return cast(Backend, rds_backends[account_id][datacenter.seed.region])


def uninstall() -> None:
    """Give moto its own backend back, and forget everything."""
    rds_backends.clear()
    rds_backends.backend = RDSBackend
    BackendDict.reset()
