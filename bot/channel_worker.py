"""`python -m bot channel`: the worker of RQ's queue `channel`."""

import logging

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from migration.adapters.rq_engine import CHANNEL

log = logging.getLogger(__name__)


def work(redis: Redis) -> None:
    """Do jobs until SIGTERM; a running one is finished first.

    A `SimpleWorker` forks no process a job: the relay and its connections stay, and there is no
    work-horse that a killed worker could leave behind. Two of these may run: turns keep them apart.
    """
    queue = Queue(CHANNEL, connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
    log.info("Showing migrations in Slack, from queue %s", CHANNEL)
    worker.work(with_scheduler=False, logging_level=None)
