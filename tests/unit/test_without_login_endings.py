"""What is said and kept of a target that was given up where nobody can log in to ask it."""

from collections.abc import Callable

import pytest
from builders import House, a_migration, position_of

from migration.model import Migration, Options, Status
from migration.plan import CUT_OVER, plan_for
from workers.closure import TargetRecord, TargetState
from workers.cutover.go_back import Ending
from workers.cutover.outcome import CutOverOutcomes, Outcomes
from workers.cutover_without_login.take_over import Target

CUTS = position_of(CUT_OVER)


def told(tell: Callable[[Outcomes, Migration], None], *, login: bool) -> str:
    """What is said of a cut-over under way."""
    house = House()
    options = Options(target="orders-aurora", login=login)
    begun = house.with_migration(
        a_migration(
            Status.CUTTING_OVER, options=options, plan=plan_for("orders", options), position=CUTS
        )
    )
    tell(CutOverOutcomes(house.store, house.recorder, house.clock), begun)
    problem = house.store.load(begun.id).problem
    assert problem is not None
    return problem.reason


def test_without_a_login_nobody_says_that_the_target_was_promoted() -> None:
    """It may be a replica still: the decision's commit was unclear, or the call never came."""

    def went_back(outcomes: Outcomes, begun: Migration) -> None:
        outcomes.went_back(begun, Ending.ABANDONED, "Redis was away.", 1.0)

    assert "had been promoted" in told(went_back, login=True)
    words = told(went_back, login=False)
    assert "had been promoted" not in words
    assert "was given up" in words


def test_who_has_no_login_is_sent_to_the_page_of_that_mode() -> None:
    """Both begin with whether Daybreak still tries; the commands of one need a login to both."""

    def stuck(outcomes: Outcomes, begun: Migration) -> None:
        outcomes.stuck(begun, "AWS does not answer.")

    for login in (True, False):
        assert "docs/on-call.md" in told(stuck, login=login)
    assert "docs/without-login.md" not in told(stuck, login=True)
    assert "docs/without-login.md" in told(stuck, login=False)


@pytest.mark.parametrize(
    ("state", "promotion", "given_up"),
    [
        (TargetState.CLOSED, 0, False),
        (TargetState.CLOSED, 7, True),
        # Given up after an unclear commit, which left no intent in the tags.
        (TargetState.ABANDONED, 0, True),
    ],
)
def test_what_an_open_source_leaves_of_its_target(
    state: TargetState, promotion: int, given_up: bool
) -> None:
    """A mere copy can be used again; one with an intent, or called abandoned, can't."""
    record = TargetRecord(7, state, ("sg-1",), promotion)
    assert Target(None, record).given_up is given_up
