"""Tags that describe a closed database: written and read back the same, and refused when spoilt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers import closure
from workers.closure import BrokenRecord, SourceRecord, SourceState, TargetRecord, TargetState

GROUP = st.from_regex(r"sg-[0-9a-f]{17}", fullmatch=True)
RECORD = SourceRecord(7, SourceState.CLOSED, "orders-ab12", "orders-aurora", ("sg-1", "sg-2"))


@given(st.integers(0, 2**40), st.sampled_from(SourceState), st.lists(GROUP, max_size=5))
def test_a_record_comes_back_as_it_was_written(
    epoch: int, state: SourceState, groups: list[str]
) -> None:
    """Nothing but tags is needed to undo it; AWS takes each of them."""
    record = SourceRecord(epoch, state, "orders-ab12", "orders-aurora", tuple(groups))
    assert closure.source_record(record.tags) == record
    assert closure.fits(groups)
    for value in record.tags.values():
        assert len(value) <= closure.LONGEST_TAG
        assert all(letter.isalnum() or letter in " _.:/=+-@" for letter in value)


def test_what_carries_no_record_was_never_closed() -> None:
    """Other tags of ours say nothing of it."""
    assert closure.source_record({"daybreak:epoch": "3"}) is None
    assert closure.target_record({"daybreak:migration": "orders-ab12"}) is None


@pytest.mark.parametrize("spoilt", sorted(RECORD.tags))
def test_a_spoilt_record_is_refused(spoilt: str) -> None:
    """Whoever guesses might open the wrong side: a missing tag, and a word that is none."""
    without = {name: value for name, value in RECORD.tags.items() if name != spoilt}
    if spoilt == closure.STATE_TAG:
        assert closure.source_record(without) is None
    else:
        with pytest.raises(BrokenRecord):
            closure.source_record(without)
    with pytest.raises(BrokenRecord):
        closure.source_record({**RECORD.tags, closure.STATE_TAG: "perhaps"})


def test_a_promotion_is_intended_only_where_it_was_written() -> None:
    """A copy is made closed, without an intent."""
    made = {closure.STATE_TAG: "closed", closure.GROUPS_TAG: "sg-1"}
    assert closure.target_record(made) == TargetRecord(0, TargetState.CLOSED, ("sg-1",))
    intended = closure.target_record({**made, closure.PROMOTION_TAG: "7"})
    assert intended is not None
    assert intended.promotion == 7
