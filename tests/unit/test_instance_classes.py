"""Which class comes nearest to one that Aurora does not have."""

import pytest

from migration.instance_classes import nearest

OFFERED = (
    "db.r5.large",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6g.16xlarge",
    "db.r6i.xlarge",
    "db.r7g.large",
    "db.t3.medium",
    "db.t4g.medium",
    "db.x2g.large",
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("db.r6g.large", "db.r6g.large"),
        ("db.m6g.large", "db.r6g.large"),
        ("db.m7g.large", "db.r7g.large"),
        ("db.m6i.xlarge", "db.r6i.xlarge"),
        ("db.m5.xlarge", "db.r6i.xlarge"),
        ("db.r8g.large", "db.r7g.large"),
        # never less than before, as long as there is as much
        ("db.m6g.2xlarge", "db.r6g.16xlarge"),
        ("db.t3.micro", "db.t3.medium"),
        ("db.t4g.small", "db.t4g.medium"),
        # more than anything that is offered: the largest
        ("db.m6g.48xlarge", "db.r6g.16xlarge"),
        ("db.t3.2xlarge", "db.t3.medium"),
        ("db.serverless", ""),
        ("db.r6g.0xlarge", ""),
        ("nonsense", ""),
    ],
)
def test_the_nearest_class(wanted: str, found: str) -> None:
    """Kind before size, never smaller where that can be had, then processor and generation."""
    assert nearest(wanted, OFFERED) == found


def test_nothing_is_near_to_anything_when_nothing_is_offered() -> None:
    """Nor when nothing that is offered says what it is."""
    assert nearest("db.r6g.large", ()) == ""
    assert nearest("db.r6g.large", ("db.serverless",)) == ""
