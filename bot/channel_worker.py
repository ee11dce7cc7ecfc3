"""`python -m bot channel`: the worker of RQ's queue `channel`."""

import logging
import signal
import sys
import time
from types import FrameType

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from migration.adapters.rq_engine import CHANNEL

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0


class ChannelWorker(SimpleWorker):
    """RQ's worker, which tells whether it ended because it was told to."""

    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note it, and finish the job at hand."""
        self.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ leaves it untyped


def work(redis: Redis) -> None:
    """Do jobs until SIGTERM; a running one is finished first.

    A `SimpleWorker` forks no process a job: the relay and its connections stay, and there is no
    work-horse that a killed worker could leave behind. Two of these may run: turns keep them apart.

    RQ's worker (3.0) waits for a Redis that went away between two jobs, and ends, sometimes without
    a word, when it goes away around one. What it did not do is still due, so another one begins.
    """
    _end_when_told()
    log.info("Showing migrations in Slack, from queue %s", CHANNEL)
    while not _worked(redis):
        log.warning("The queue was lost; trying again")
        _end_when_told()
        time.sleep(AGAIN_SECONDS)


def _end_when_told() -> None:
    """RQ's worker listens to signals only while it works."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _worked(redis: Redis) -> bool:
    """Whether a worker worked until it was told to stop."""
    try:
        queue = Queue(CHANNEL, connection=redis, serializer=JSONSerializer)
        worker = ChannelWorker([queue], connection=redis, serializer=JSONSerializer)
    except RedisError:
        return False
    try:
        worker.work(with_scheduler=False, logging_level=None)
    except RedisError as error:
        log.warning("Redis: %s", type(error).__name__)
    return worker.told_to_stop


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
