"""The page of settings tells the truth."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "settings_page.py"


def test_the_page_of_settings_is_what_the_code_says() -> None:
    """Whoever adds a setting writes the page anew."""
    result = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
