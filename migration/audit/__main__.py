"""`python -m migration.audit verify FILE`: whether an audit's lines hold, and what is missing.

Exit status: 0 whole and sealed; 1 a line breaks the chain, or a hash that it has to come through
is not in it; 2 the file can't be read; 3 it holds as far as it goes, and its end is missing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from migration.audit.verify import Verdict, verify

WHOLE, BREAKS, UNREADABLE, OPEN = range(4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at one file; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m migration.audit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    look = commands.add_parser("verify", help="look whether an audit's lines hold each other")
    look.add_argument("file", type=Path, help="the JSON Lines, <migration>-audit.jsonl")
    look.add_argument(
        "--through",
        metavar="HASH",
        default="",
        help="a hash that the channel or S3 has of it: the chain has to come through it",
    )
    chosen = parser.parse_args(arguments)
    try:
        text = chosen.file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        print(f"{parser.prog}: {chosen.file} can't be read: {error}", file=sys.stderr)  # noqa: T201  # to people
        return UNREADABLE
    verdict = verify(text.removesuffix("\n").split("\n") if text else [])
    status, words = _judged(verdict, chosen.through.strip().lower())
    print(words)  # noqa: T201  # to people
    return status


def _judged(verdict: Verdict, through: str) -> tuple[int, str]:
    if verdict.broken is not None:
        held = f"{verdict.events} events before it hold" if verdict.events else "nothing holds"
        return BREAKS, f"BROKEN at line {verdict.broken.line}: {verdict.broken.why}; {held}."
    if through and through not in verdict.hashes:
        return BREAKS, (
            f"BROKEN: the chain does not come through {through}. The file is of another story, is "
            "shorter than what that hash was made of, or was written anew."
        )
    anchored = ", and the chain comes through the hash that was given" if through else ""
    head = f"{verdict.migration or 'The file'}: {verdict.events} events, last hash {verdict.last}"
    if verdict.missing:
        return OPEN, f"OPEN, {head}. They hold{anchored}. Missing is {verdict.missing}."
    late = f" Of them {verdict.after_seal} came after the end." if verdict.after_seal else ""
    return WHOLE, f"WHOLE, {head}. They hold{anchored}; sealed: {verdict.ended}.{late}"


if __name__ == "__main__":
    sys.exit(main())
