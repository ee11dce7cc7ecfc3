"""A pytest plugin: how long writes stood still in each case of the crash table, told at the end.

A case's test records the property `outage`: the case in words, the seconds from its last strike to
the first acknowledgement of a write that was sent after it, and the longest time from the first
strike on in which nobody was told of a commit. Numbers only: what a busy machine takes is no claim.
"""

import json
import os
from pathlib import Path

import pytest

PROPERTY = "outage"
REPORT = Path("build") / "crashes.json"


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a case, the longest last; the same into build/crashes.json."""
    found: dict[str, tuple[float, float]] = {}
    for reports in terminalreporter.stats.values():
        for told in reports:
            # a worker of xdist sends its properties along with its reports
            for name, value in getattr(told, "user_properties", ()):
                if name == PROPERTY:
                    case, after_last, silence = value
                    found[case] = (round(after_last, 2), round(silence, 2))
    if not found:
        return
    cases = dict(sorted(found.items(), key=lambda item: item[1]))
    longest, worst = max((seconds[0], case) for case, seconds in cases.items())
    terminalreporter.section(
        "until writes flowed after the last strike, and the longest silence, in s"
    )
    for case, (after_last, silence) in cases.items():
        terminalreporter.write_line(f"{after_last:7.2f} {silence:7.2f}  {case}")
    terminalreporter.write_line(
        f"{len(cases)} cases; the longest until writes flowed again: {longest:.2f} s, {worst}"
    )
    report = terminalreporter.config.rootpath / REPORT
    report.parent.mkdir(exist_ok=True)
    content = {
        "longest": {"case": worst, "seconds": longest},
        "load": os.getloadavg()[0],
        "cases": {
            case: {"after_last_strike_s": after_last, "longest_silence_s": silence}
            for case, (after_last, silence) in cases.items()
        },
    }
    report.write_text(json.dumps(content, indent=2) + "\n")
