"""The pace of edits: numbers get a share of Slack's limit, however many migrations there are."""

import pytest

from bot.pace import MINUTE, NUMBERS_A_MINUTE, SECONDS_BETWEEN_NUMBERS, Pace

NOW = 1_800_000_000.0


@pytest.mark.parametrize("roots", [1, 5, 30, 200])
def test_numbers_keep_to_their_share(roots: int) -> None:
    """Each root at its interval: all together no more than their share of edits a minute."""
    pace = Pace()
    for number in range(roots):
        pace.edited(f"orders{number}", NOW)

    between = pace.between_numbers(NOW)
    assert between >= SECONDS_BETWEEN_NUMBERS
    assert roots * MINUTE / between <= NUMBERS_A_MINUTE


def test_what_ended_takes_no_share() -> None:
    """Roots that were not edited for a minute slow nobody down, and one counts once."""
    pace = Pace()
    for number in range(200):
        pace.edited(f"orders{number}", NOW)
    for _ in range(200):
        pace.edited("billing", NOW + MINUTE)

    assert pace.between_numbers(NOW + MINUTE) == SECONDS_BETWEEN_NUMBERS
