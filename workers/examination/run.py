"""Answers the doctor: each check in turn, each finding as soon as it is there."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

from migration.adapters.redis_examinations import RedisExaminations
from migration.errors import DaybreakError, StoreUnavailable
from migration.examination import WORKER, Finding, failure, good
from workers.app import Workbench
from workers.aws.identity import IdentityGateway
from workers.examination import account, poolers

log = logging.getLogger(__name__)


def carry_out(bench: Workbench, run_id: str) -> None:
    """Look at everything; a check that can't be done is a finding, too."""
    said = RedisExaminations(bench.redis)
    said.say(run_id, WORKER, good(WORKER, f"answers ({socket.gethostname()})"))
    with closing(IdentityGateway.open(bench.settings.aws_region)) as gateway:
        for name, look in _checks(bench, gateway):
            for finding in _looked(name, look):
                said.say(run_id, WORKER, finding)
    said.end(run_id, WORKER)


def _checks(
    bench: Workbench, gateway: IdentityGateway
) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    yield account.NAME, lambda: account.findings(gateway, bench.tools.rds, bench.settings)
    yield poolers.NAME, lambda: poolers.findings(bench)


def _looked(name: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except StoreUnavailable:
        # nobody could be told
        raise
    except DaybreakError as error:
        yield failure(name, "could not be looked at", str(error))
    except Exception as error:  # a bug of ours or an answer nobody foresaw
        log.exception("The examination of %s", name)
        yield failure(name, f"unexpected {type(error).__name__}", "See the worker's log.")
