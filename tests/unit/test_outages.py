"""The plugin that tells how long writes stood still: worst case last, and all of it in a file."""

import json
from pathlib import Path

import outages
import pytest

CASES = """
import pytest

@pytest.mark.parametrize("case, after, silence", [
    ("kill at fenced", 6.123, 6.5), ("stop at claimed", 7.25, 9.0), ("error at begun", 0.5, 12.0),
])
def test_case(case, after, silence, record_property):
    record_property("outage", (case, after, silence))
    record_property("something else", 1)
    assert case != "stop at claimed"
"""
HEADING = "*until writes flowed after the last strike*"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with the plugin."""
    pytester.makeconftest('pytest_plugins = ["outages"]')
    # the processes of xdist look for it themselves
    pytester.makeini(f"[pytest]\npythonpath = {Path(outages.__file__).parent}")
    return pytester


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "by several processes"])
def test_every_case_is_told_and_the_longest_last(
    project: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """One that failed as well; the longest is by the seconds after its last strike."""
    project.makepyfile(CASES)
    result = project.runpytest(*options, "-p", "no:randomly")
    written = json.loads((project.path / "build" / "crashes.json").read_text())

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            HEADING,
            "   0.50   12.00  error at begun",
            "   6.12    6.50  kill at fenced",
            "   7.25    9.00  stop at claimed",
            "3 cases; the longest until writes flowed again: 7.25 s, stop at claimed",
        ]
    )
    assert written["longest"] == {"case": "stop at claimed", "seconds": 7.25}
    assert written["cases"]["kill at fenced"] == {
        "after_last_strike_s": 6.12,
        "longest_silence_s": 6.5,
    }
    assert len(written["cases"]) == 3
    assert written["load"] >= 0


def test_without_a_case_nothing_is_told(project: pytest.Pytester) -> None:
    """And what an earlier run has written stays."""
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest()

    result.stdout.no_fnmatch_line(HEADING)
    assert not (project.path / "build").exists()
