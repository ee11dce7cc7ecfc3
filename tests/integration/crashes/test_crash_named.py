"""The crash table where Route 53 leads a name: nothing holds clients, and nothing is lost."""

from collections.abc import Iterator

import pytest
from cases import carry_out, case
from crash_ground import crash_ground
from direction import CUT_OVER
from named_crash_ground import NamedCrashGround
from prepared_base import TARGET_INSTANCE


@pytest.fixture(scope="module")
def ground(nothing_kept: None) -> Iterator[NamedCrashGround]:
    """One for all cases."""
    with crash_ground(NamedCrashGround) as ground:
        yield ground


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize(
    "point", ["paused", "drained", "promoted", "claimed", "redirected", "lifted"]
)
def test_killed(ground: NamedCrashGround, point: str) -> None:
    """Whoever asks for the name reaches the database that takes writes, and no other one."""
    outcome = carry_out(ground, case(("kill", point)))

    # pytest shows it for a failure
    print(ground.host.said())  # noqa: T201
    assert outcome.survived, outcome
    assert outcome.place == TARGET_INSTANCE or point not in CUT_OVER.after_pivot
