"""The crash table: who prepares the way back is struck, and what is kept has every write."""

from collections.abc import Callable

import pytest
from cases import Case, case
from crash_ground import CrashGround
from cutover_ground import SOURCE, TARGET, eventually
from direction import WAY_BACK
from judge import Outcome
from prepared_base import TARGET_INSTANCE

from migration.model import WayBack
from workers.postgres import way_back

COUNT = "SELECT count(*) FROM seen"


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("act", ["kill", "stop"])
@pytest.mark.parametrize("point", WAY_BACK)
def test_a_successor_prepares_it_or_finds_it_done(
    survives: Callable[[Case], Outcome], ground: CrashGround, point: str, act: str
) -> None:
    """The target opens; its one slot that is vouched for brings the source all that it has."""
    outcome = survives(case((act, point), way_back=WayBack.REQUIRED))

    assert outcome.place == TARGET_INSTANCE
    tools = ground.bench.tools
    cluster = tools.rds.cluster(TARGET)
    assert cluster is not None
    assert cluster.endpoint is not None
    with tools.databases.source(SOURCE) as source, tools.databases.target(TARGET) as target:
        kept = way_back.kept(target)
        assert kept is not None
        assert not kept.lost
        way_back.subscribe(source, cluster.endpoint, tools.secrets.login(SOURCE), kept.slot)
        there = ground.scalar(TARGET_INSTANCE, COUNT)
        eventually(lambda: ground.scalar(SOURCE, COUNT) == there, "every write on the source")
        way_back.unsubscribe(source, ground.base.migration.id)
