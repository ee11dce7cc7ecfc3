"""`python -m sandbox up | demo | stop`: the sandbox's one command."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from sandbox.ending import stop
from sandbox.readiness import NotReadyError
from sandbox.settings import CHECKOUT, Options, UsageError

# Between two transactions of a client that nobody measures: a sandbox that stays up for a day
# must not fill the disk.
RELAXED_THINK_MS = 50.0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Turn the first signal into an exception; more of them must not disturb the tidying up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def up(options: Options) -> int:
    """Stay up until somebody ends it."""
    from sandbox.places import places  # noqa: PLC0415 - `stop` needs none of the servers
    from sandbox.supervisor import Sandbox  # noqa: PLC0415 - see above

    with Sandbox(replace(options, think_ms=RELAXED_THINK_MS), _tell) as sandbox:
        _tell(places(sandbox))
        threading.Event().wait()
    return 0


def demo(options: Options) -> int:
    """Show a whole migration and write the report."""
    from sandbox.demo import run  # noqa: PLC0415 - see `up`

    return run(options, _tell)


def _tell(line: str) -> None:
    print(line, flush=True)


COMMANDS: dict[str, Callable[[Options], int]] = {"up": up, "demo": demo, "stop": stop}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 for what cannot be done as asked, 130 after an interrupt."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--home",
        type=Path,
        default=CHECKOUT,
        help="the folder of `.sandbox`, if not the checkout: two sandboxes need two",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="a cloud and a workspace on this machine, until Ctrl-C")
    commands.add_parser("demo", help="a whole migration, unattended, with a report")
    commands.add_parser("stop", help="end the sandbox of this checkout, and what a kill left")
    chosen = parser.parse_args(arguments)
    command: str = chosen.command
    # The caller's libpq settings would steer our own connections too.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        options = Options.from_environment(dict(os.environ))
        return COMMANDS[command](replace(options, home=chosen.home.resolve()))
    except UsageError as error:
        print(f"sandbox {command}: {error}", file=sys.stderr)
        return 2
    except NotReadyError as error:
        print(f"sandbox {command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"sandbox {command}: interrupted; everything it started has ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
