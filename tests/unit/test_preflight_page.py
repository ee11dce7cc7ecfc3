"""The page of preflight checks tells the truth, and every check says what it has to."""

import subprocess
import sys
from pathlib import Path

from workers.preflight.registry import CHECKS

SCRIPT = Path(__file__).parents[2] / "scripts" / "preflight_page.py"


def test_the_page_of_checks_is_what_the_code_says() -> None:
    """Whoever adds a check writes the page anew."""
    result = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr


def test_every_check_has_a_name_of_its_own_and_says_why() -> None:
    """Records and people refer to checks by name."""
    names = [check.name for check in CHECKS]

    assert len(names) == len(set(names))
    assert all(check.title and check.why.endswith(".") for check in CHECKS)
