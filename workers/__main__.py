"""`python -m workers worker | reconciler | list | show | audit | remedies | recover`: one."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from migration.adapters.connection import client, open_redis
from migration.adapters.rq_engine import CUT_OVERS, STEPS
from migration.adapters.rq_worker import ForkingWorker
from migration.adapters.rq_worker import work as work_on
from migration.adapters.settings import RedisSettings, read_settings
from migration.adapters.watch import Watch
from migration.errors import DaybreakError
from workers.reports import print_audit, print_list, print_migration, print_remedies

log = logging.getLogger("workers")


def work() -> None:
    """Carry out steps until SIGTERM; the job at hand is finished first."""
    from workers.tasks import workbench  # noqa: PLC0415  # `show` needs no settings of AWS

    # until RQ has handlers of its own, there is no job to be finished first
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    settings = read_settings(RedisSettings)
    watch = Watch(open_redis(settings)).start()
    workbench()
    log.info("ready for work")
    work_on(ForkingWorker, [CUT_OVERS, STEPS], client(settings, answer_seconds=None), watch)


def reconcile() -> None:
    """Keep migrations moving until SIGTERM."""
    from workers.reconciler import Reconciler  # noqa: PLC0415  # see `work`
    from workers.tasks import workbench  # noqa: PLC0415  # see `work`

    watch = Watch(open_redis(read_settings(RedisSettings))).start()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    reconciler = Reconciler(workbench())
    log.info("watching")
    reconciler.run(stop, watch)


def _recover(source: str, *, act: str, as_json: bool, target_is_lost: bool) -> None:
    from workers.app import tools_without_store  # noqa: PLC0415  # see `work`
    from workers.recover import recover  # noqa: PLC0415  # see `work`

    with tools_without_store() as tools:
        recover(tools, source, act=act, as_json=as_json, target_is_lost=target_is_lost)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 1 after an error that has been told."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("worker", help="carry out the steps of migrations")
    commands.add_parser("reconciler", help="keep migrations moving")
    listing = commands.add_parser("list", help="show the latest migrations")
    listing.add_argument("--json", action="store_true", help="for programs")
    show = commands.add_parser("show", help="show one migration with its history")
    show.add_argument("migration")
    show.add_argument("--json", action="store_true", help="for programs")
    audit = commands.add_parser("audit", help="write the audit of one migration, as JSON Lines")
    audit.add_argument("migration")
    audit.add_argument("--report", action="store_true", help="to be read by people")
    mended = commands.add_parser("remedies", help="show what was mended of a source by a button")
    mended.add_argument("source", help="the source instance")
    mended.add_argument("--json", action="store_true", help="for programs")
    mend = commands.add_parser(
        "recover", help="tell and mend a cut-over from AWS and PostgreSQL alone, without Redis"
    )
    mend.add_argument("source", help="the source instance")
    side = mend.add_mutually_exclusive_group()
    side.add_argument(
        "--reopen",
        dest="act",
        action="store_const",
        const="reopen",
        help="have the source take writes",
    )
    side.add_argument(
        "--finish",
        dest="act",
        action="store_const",
        const="finish",
        help="have the target take writes",
    )
    mend.add_argument(
        "--target-is-lost",
        action="store_true",
        help="with --reopen: you answer for it that a cluster which AWS does not know any more "
        "was not renamed, and that nothing written there is wanted",
    )
    mend.add_argument("--json", action="store_true", help="for programs")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Two lines a job say nothing that the history does not.
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    try:
        if chosen.command == "worker":
            work()
        elif chosen.command == "reconciler":
            reconcile()
        elif chosen.command == "recover":
            _recover(
                chosen.source,
                act=chosen.act or "",
                as_json=chosen.json,
                target_is_lost=chosen.target_is_lost,
            )
        elif chosen.command == "remedies":
            print_remedies(chosen.source, as_json=chosen.json)
        elif chosen.command == "list":
            print_list(as_json=chosen.json)
        elif chosen.command == "audit":
            print_audit(chosen.migration, to_be_read=chosen.report)
        else:
            print_migration(chosen.migration, as_json=chosen.json)
    except DaybreakError as error:
        print(f"{parser.prog} {chosen.command}: {error}", file=sys.stderr)  # noqa: T201  # to people
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
