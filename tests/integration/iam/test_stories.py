"""Whole migrations with no more rights than they are told to need; their calls are on record."""

import pytest
from given import Make
from policies_of_stories import WORKERS
from recorded_calls import compare
from stories import STORIES


@pytest.mark.table("policies of stories", slices=9)
@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_story_needs_no_more_than_its_policies(make: Make, name: str) -> None:
    """It is lived through with these documents; its calls are those on record."""
    live, kind = STORIES[name]
    # a zone gives that one itself, once it is there
    ground = make(kind, tuple(one for one in WORKERS[name] if one != "route53"))
    live(ground)
    assert ground.cloud.permissions.denied == ()
    compare(name, ground.cloud.permissions.asked)
