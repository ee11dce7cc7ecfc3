"""Writes docs/preflight.md from the checks themselves; `--check` says whether it is current."""

import sys
from pathlib import Path

from migration.remedies import REMEDIES, Remedy, of_check
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
BUTTONS = """
## By button

Under a report stand buttons for what Daybreak can mend of what was found. Each asks first, and says
what will happen, to what, and what it may interrupt; `/migrate remedy <id or instance> <check>`
asks the same. An approver may press, and for some of them the requester of the migration that is
under way: to have asked for a look gives no right over a source, and to move it none to what can't
be had back. Pressed twice, it is done once. It is done to what
the report showed and to nothing else, looked at again in the same statement or call. Afterwards the
source is looked at again: the report shows what the checks say then, and its thread what was
changed, from what to what. What fails is said with its reason, and changes nothing else.

Who asked, when, and every change with what was before it stands in Redis for good, written before
the act (`python -m workers remedies <instance>`); while a migration of the source is under way, in
its history as well. A worker that dies in it is missed by its lease: another one asks the database
what was done, and does the rest. No remedy runs beside a step, a cut-over or another remedy of the
same source, and none once a migration is approved, frozen or cut over. What could not be begun
within ten minutes of the press is not begun any more: nobody expects it then. What a cancel sets
back it sets back for remedies from before the migration, too.
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
    for one in of_check(check.name):
        remedy += f" **By button**: [{one.caption}](#by-button)."
    return f"| `{check.name}` | {', '.join(marks)} | {check.title} | {check.why} | {remedy} |"


def button(remedy: Remedy) -> str:
    """One remedy as a row of the last table."""
    checks = ", ".join(f"`{name}`" for name in remedy.checks)
    when = " Only before the replica is made." if remedy.before_replica else ""
    may = remedy.who_may.removeprefix("For ").removesuffix(".")
    return (
        f"| {remedy.caption} (`{remedy.name}`) | {checks} | {may} | {remedy.does}{when} | "
        f"{remedy.interrupts} | {remedy.on_cancel} |"
    )


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
    parts.append(BUTTONS)
    parts.append(
        "| button | for | who may | what will happen | what it may interrupt | on a cancel |"
    )
    parts.append("|---|---|---|---|---|---|")
    parts += [button(remedy) for remedy in REMEDIES]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run {sys.argv[0]}")
    PAGE.write_text(page())
