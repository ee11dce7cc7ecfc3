"""A cloud for each module (moto's state is the process's), and replicas that are torn down."""

from collections.abc import Iterator

import pytest
from aws_ground import Ground, running_cloud


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A cloud with the sources that the module names in SOURCES."""
    with running_cloud(*request.module.SOURCES) as cloud:
        yield cloud


@pytest.fixture
def no_replica(ground: Ground) -> Iterator[Ground]:
    """A cloud whose source has no replica; what the test makes goes afterwards."""
    yield ground
    ground.tear_replica_down()


@pytest.fixture
def replica(no_replica: Ground) -> Ground:
    """A cloud whose source has a replica that streams."""
    no_replica.build_replica()
    return no_replica
