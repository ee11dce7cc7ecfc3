"""Writes docs/controls.md from the table of controls; `--check` says whether it is current."""

import sys
from pathlib import Path

from migration.control_rules import CONTROLS, Rule
from migration.controls import why_not_in
from migration.situation import Situation

PAGE = Path(__file__).parents[1] / "docs" / "controls.md"

HEAD = """# Controls

What people may do to a migration at any time, besides deciding at its gates. Each is a button of
the migration's message, where it is possible, and a sub-command, `/migrate <control> <id or
source>`. Whoever asks for one that is not possible reads why, and nothing is changed. Every use is
an event in the migration's history with who and when, written in the commit that does it: of two
who press at once one does it.

Buttons of what may lose something ask before they do it, and so do those commands; **Pause**,
**Resume** and **Retry** are carried out by the command at once. **Roll back** opens the dialog of
its gate: [way-back.md](way-back.md).

This page is written by `scripts/controls_page.py` from the code (`migration/control_rules.py`).

## What each does, and what it does not
"""
PAUSED = """
## A pause

For as long as people need: an incident elsewhere, a question about what would be made next.

- **Nothing new is started.** No step is queued and nothing is due; workers, reconcilers and whole
  hosts may be started anew, and it stays paused. Nothing ends a pause but a person.
- **A step at work ends what it is at.** It makes one call at most, which is on record with its
  answer; what it concludes is void, and the same step looks at what is there when it goes on. So
  nothing is made twice, and a worker that dies around a pause loses nothing.
- **Nothing on AWS is undone, or stopped there.** A copy that AWS makes goes on being made.
- **A replica goes on costing its source disk.** So the [watch](watching.md) goes on: the source's
  disk, whether the replica moves, and its lag, whose readings the migration's message shows.
  CloudWatch's alarms stay. Where the disk fills up, **Drop the replica** is there in a pause too.
- **Resume** goes on at the step where it was; the lag has to be low for as long as ever.

Where writes stand still (cut-over, freeze, roll back) there is no pause: it would only make them
stand still for longer. Each of them has a budget, ends by itself, and can be cancelled as the table
says. At a gate there is nothing to hold: nothing happens there before people have decided, and what
they have decided for later can be called off until it begins.
"""


def what(rule: Rule) -> str:
    """One control as a row of the first table."""
    others: dict[str, list[str]] = {}
    for situation, words in rule.does_in.items():
        others.setdefault(words, []).append(situation.value)
    in_others = [f"*{'; '.join(places).capitalize()}*: {said}" for said, places in others.items()]
    does = " ".join([rule.does, *in_others])
    named = {"source": "the source", "target": "the target"}
    return (
        f"| **{rule.caption}** (`{rule.control.value}`) | {rule.who} | "
        f"{_sentences(does.format(**named))} | {_sentences(rule.keeps.format(**named))} |"
    )


def _sentences(words: str) -> str:
    """What begins with a name there begins with a word here."""
    for mark in ("", ". ", "*: "):
        for name in ("the source", "the target"):
            begun = f"{mark}{name}"
            large = f"{mark}{name[0].upper()}{name[1:]}"
            if mark:
                words = words.replace(begun, large)
            elif words.startswith(begun):
                words = large + words[len(begun) :]
    return words


def where(situation: Situation) -> str:
    """One situation as a row of the second table: possible, or the number of the reason."""
    cells = []
    for control in CONTROLS:
        words = why_not_in(control, situation)
        cells.append(f"no ({number(words)})" if words else "**yes**")
    return f"| {situation.value} | {' | '.join(cells)} |"


def reasons() -> list[str]:
    """Every reason of the table once, in the order in which it is met."""
    told = (why_not_in(control, situation) for situation in Situation for control in CONTROLS)
    return list(dict.fromkeys(words for words in told if words))


def number(words: str) -> int:
    """Where a reason stands in the list below the table."""
    return reasons().index(words) + 1


def page() -> str:
    """The whole page."""
    captions = [rule.caption for rule in CONTROLS.values()]
    parts = [
        HEAD,
        "| control | who | what will happen | what will not, and what is not undone |",
        "|---|---|---|---|",
        *map(what, CONTROLS.values()),
        "\n## Where each is possible\n",
        "`no` stands with the number of its reason, which is what the person reads.\n",
        f"| where it stands | {' | '.join(captions)} |",
        f"|{'---|' * (len(captions) + 1)}",
        *map(where, Situation),
        "",
        *(f"{place}. {words}" for place, words in enumerate(reasons(), start=1)),
        PAUSED.rstrip(),
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run {sys.argv[0]}")
    PAGE.write_text(page())
