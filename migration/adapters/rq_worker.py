"""RQ's workers, made to outlast their Redis: they wait for it, and never leave a job alone."""

import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from migration.adapters.watch import Watch
from migration.errors import DaybreakError

log = logging.getLogger(__name__)

# RQ waits for jobs for 15 s less than this, and 10 s longer for an answer: a Redis whose machine
# is gone without a word is noticed within 15 s.
WORKER_SECONDS = 20


class Outlasting(BaseWorker):
    """What RQ (3.0) does not do by itself when Redis goes away; the rest is its own."""

    #: RQ's own default is a minute between two tries.
    max_connection_wait_time = 1.0
    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note it, and finish the job at hand."""
        self.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ leaves it untyped

    def set_shutdown_requested_date(self) -> None:
        """Whoever is told to stop finishes its job, even if that can't be written down."""
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]  # see above

    def subscribe(self) -> None:
        """RQ's remote commands are not used, and their thread would have its own word on Redis."""

    def maintain_heartbeats(self, *about: Any) -> None:
        """A job that runs is waited for, whether or not anybody can be told that it lives."""
        with suppress(RedisError):
            super().maintain_heartbeats(*about)

    def handle_exception(self, job: Any, *exc_info: Any) -> None:
        """An error of ours says what it has to say by its message."""
        error = exc_info[1]
        if isinstance(error, (DaybreakError, RedisError)):
            log.info("%s%r ended: %s", job.func_name, tuple(job.args), error)
        else:
            super().handle_exception(job, *exc_info)

    def teardown(self) -> None:
        """A worker without its Redis can't sign off."""
        with suppress(RedisError):
            super().teardown()  # type: ignore[no-untyped-call]  # see above


class ForkingWorker(Outlasting, Worker):
    """Each job in a process of its own."""


class InProcessWorker(Outlasting, SimpleWorker):
    """Each job in this very process."""


def work(kind: type[Outlasting], names: Sequence[str], redis: Redis, watch: Watch) -> None:
    """Do the jobs of these queues until SIGTERM; a running one is finished first.

    RQ's worker waits for a Redis that went away between two jobs, and ends, sometimes without a
    word, when it goes away around one. What it did not do is still due, so another one begins.
    The client needs no time limit of its own: RQ sets one that suits it.
    """
    logging.getLogger("rq.worker").addFilter(_says_what_the_watch_does_not)
    end_when_told()
    while not _worked(kind, names, redis):
        end_when_told()
        watch.wait()


def _worked(kind: type[Outlasting], names: Sequence[str], redis: Redis) -> bool:
    """Whether a worker worked until it was told to stop."""
    try:
        queues = [Queue(name, connection=redis, serializer=JSONSerializer) for name in names]
        worker = kind(
            queues, connection=redis, serializer=JSONSerializer, worker_ttl=WORKER_SECONDS
        )
        worker.work(with_scheduler=False, logging_level=None)
    except RedisError:
        return False
    return worker.told_to_stop


def end_when_told() -> None:
    """RQ's worker listens to signals only while it works."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _says_what_the_watch_does_not(record: logging.LogRecord) -> bool:
    """RQ complains of Redis at every try, and with whole traces."""
    raised: tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
    raised = record.exc_info or (None, None, None)
    return "Redis" not in str(record.msg) and not isinstance(raised[1], RedisError)
