"""Which look is one for what is chosen now: what a check goes by counts, and nothing else."""

from dataclasses import fields, replace

import pytest

from migration.model import Method, Options, WayBack
from migration.preflight import CheckRun

OPTIONS = Options(target="orders-aurora")
RUN = CheckRun("check-1", "orders", "orders-aurora", True, "U1", "C1", 0.0, options=OPTIONS)
#: Another value for each option that a check goes by.
LOOKED_FOR = {
    "target": "ours",
    "max_write_pause_seconds": 30.0,
    "instance_class": "db.r6g.large",
    "accept_backup_interruption": True,
    "login": False,
    "way_back": WayBack.REQUIRED,
    "recreate_slots": True,
    "method": Method.SNAPSHOT,
}
ALL_ONE = {
    "lag_threshold_seconds": 2.5,
    "way_back_hours": 24.0,
    "longest_outage_seconds": 5400.0,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Options)])
def test_each_option_is_looked_for_or_not(name: str) -> None:
    """One that is in neither list is new, and belongs into one."""
    other = replace(OPTIONS, **{name: {**LOOKED_FOR, **ALL_ONE}[name]})
    assert RUN.fits("orders", other) is (name in ALL_ONE)


def test_another_source_is_another_look() -> None:
    """And one from before options were recorded is by the defaults."""
    assert RUN.fits("orders", OPTIONS)
    assert not RUN.fits("billing", OPTIONS)
    old = replace(RUN, options=None, login=False)
    assert old.fits("orders", replace(OPTIONS, login=False))
    assert not old.fits("orders", OPTIONS)
