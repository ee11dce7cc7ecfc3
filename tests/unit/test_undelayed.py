"""While writers wait nothing of the interpreter's own holds them up; then all is as before."""

import gc
import sys

import pytest

from workers.cutover.undelayed import SWITCH_SECONDS, undelayed


def _fail(seen: list[object]) -> None:
    with undelayed():
        seen += [gc.isenabled(), sys.getswitchinterval()]
        raise KeyError


def test_garbage_and_long_turns_wait_until_the_block_ends_however_it_ends() -> None:
    """What was set before is set again, after an error as well."""
    before = sys.getswitchinterval()
    seen: list[object] = []
    with pytest.raises(KeyError):
        _fail(seen)
    assert seen == [False, pytest.approx(SWITCH_SECONDS)]
    assert (gc.isenabled(), sys.getswitchinterval()) == (True, before)
