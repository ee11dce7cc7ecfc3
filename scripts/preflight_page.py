"""Writes docs/preflight.md from the checks themselves; `--check` says whether it is current."""

import sys
from pathlib import Path

from workers.preflight.check import NEEDS_LOGIN, Check, Family, Mode
from workers.preflight.registry import CHECKS

PAGE = Path(__file__).parents[1] / "docs" / "preflight.md"

HEAD = """# Preflight

What is looked at before a source is moved. `/migrate check <instance>` looks at all of it and
changes nothing. The steps `check_source` and `check_network` look before anything is made, and
`create_replica` looks at all of it again. What can have changed meanwhile, and nothing else at the
promote gate would show, is looked at there once more (marked *gate*).

A **blocker** has to be mended first. A **warning** has to be acknowledged before anybody can
promote. **Information** is for whoever reads it. A check that can't be carried out (a right is
missing, nobody answers) is *not done*, with the reason, and blocks: nobody knows. Without a login
to the database the checks inside it are listed as not done, and never as passed.

This page is written by `scripts/preflight_page.py` from the code.
"""
COLUMNS = ("check", "level", "passes when", "why it matters", "remedy")


def row(check: Check) -> str:
    """One check as a row of its family's table."""
    marks = [check.level.value]
    if check.at_gate:
        marks.append("*gate*")
    if check.mode is Mode.WITHOUT_LOGIN:
        marks.append("only without a login")
    if check.mode is Mode.BY_REPLICA:
        marks.append("only by read replica")
    remedy = check.remedy or "said with what was found"
    if check.by_daybreak:
        remedy += f" Daybreak {check.by_daybreak}."
    return f"| `{check.name}` | {', '.join(marks)} | {check.title} | {check.why} | {remedy} |"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family in Family:
        login = " (needs a login)" if family in NEEDS_LOGIN else ""
        checks = [check for check in CHECKS if check.family is family]
        parts.append(f"\n## {family.value.capitalize()}{login}\n")
        parts.append(
            "| check | level | passes when | why it matters | remedy |\n|---|---|---|---|---|"
        )
        parts += [row(check) for check in checks]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run {sys.argv[0]}")
    PAGE.write_text(page())
