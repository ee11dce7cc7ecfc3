"""`make chaos`: cut-overs and roll backs that are struck by chance; each has to survive.

The environment says how many (`N`), by which chance (`SEED`), and which single case to carry out
again (`CASE`).
"""

import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1]), str(HERE.parent / "cutover")]

from cases import Case, carry_out  # noqa: E402 - the folders above are not installed
from crash_ground import CrashGround, crash_ground  # noqa: E402
from draw import draw  # noqa: E402
from judge import Outcome  # noqa: E402
from roll_back_crash_ground import RollBackCrashGround  # noqa: E402

USUAL_CASES = 100
# One after the other: a process has one cloud at a time.
GROUNDS = (CrashGround, RollBackCrashGround)
LOGS = HERE.parents[2] / "build" / "chaos"


@dataclass
class Tally:
    """What came of all cases so far."""

    cases: int = 0
    survived: int = 0
    longest: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome | None) -> None:
        """One more; None where none could be judged."""
        self.cases += 1
        if outcome is None:
            return
        self.survived += outcome.survived
        self.longest = max(self.longest, outcome.outage)
        for name in ("lost", "doubled", "two_writers"):
            self.wrong[name] += getattr(outcome, name)

    def __str__(self) -> str:
        return (
            f"survived {self.survived} of {self.cases}, lost {self.wrong['lost']}, "
            f"doubled {self.wrong['doubled']}, two writers {self.wrong['two_writers']}, "
            f"longest outage {self.longest:.1f} s"
        )


def survive(ground: CrashGround, case: Case, number: int) -> tuple[Outcome | None, str]:
    """Carry one out; gives how it ended, in words as well. Logs of one that failed are kept."""
    try:
        outcome = carry_out(ground, case)
    except Exception as error:  # noqa: BLE001 - whatever it is: that case did not survive
        outcome, words = None, f"FAILED {type(error).__name__}: {error}"
    else:
        words = f"survived, outage {outcome.outage:.1f} s"
        if not outcome.survived:
            words = f"FAILED {outcome}"
    if outcome is None or not outcome.survived:
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"{number}.log"
        log.write_text(f"{case}\n{words}\n{ground.host.said()}\n")
        words += f"; what the processes said: {log.relative_to(Path.cwd())}"
    return outcome, words


def run(seed: int, numbers: Iterable[int]) -> Tally:
    """One line a case, with how to repeat just that one."""
    tally = Tally()
    cases = {number: draw(seed, number) for number in numbers}
    for kind in GROUNDS:
        these = {number: case for number, case in cases.items() if case.direction is kind.direction}
        if not these:
            continue
        with crash_ground(kind) as ground:
            for number, case in these.items():
                began = time.monotonic()
                outcome, words = survive(ground, case, number)
                tally.add(outcome)
                spent = time.monotonic() - began
                print(f"SEED={seed} CASE={number}: {case}: {words} ({spent:.0f} s)", flush=True)
    return tally


def main(environment: Mapping[str, str]) -> int:
    """1 unless every case survived."""
    seed = int(environment.get("SEED") or secrets.randbelow(1_000_000))
    only = environment.get("CASE")
    count = int(environment.get("N") or USUAL_CASES)
    numbers = [int(only)] if only else range(1, count + 1)
    print(f"SEED={seed}; one case again: make chaos SEED={seed} CASE=number", flush=True)
    tally = run(seed, numbers)
    print(tally)
    return 0 if tally.survived == tally.cases > 0 else 1


if __name__ == "__main__":
    sys.exit(main(os.environ))
