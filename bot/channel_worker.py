"""`python -m bot channel`: the worker of RQ's queue `channel`."""

import logging

from redis import Redis

from migration.adapters.rq_engine import CHANNEL
from migration.adapters.rq_worker import InProcessWorker, end_when_told, work
from migration.adapters.watch import Watch

log = logging.getLogger(__name__)


def show(jobs: Redis, watch: Watch) -> None:
    """Do jobs until SIGTERM; a running one is finished first.

    They run in this very process: the relay and its connections stay, and there is no work-horse
    that a killed worker could leave behind. Two of these may run: turns keep them apart.
    """
    end_when_told()
    log.info("Showing migrations in Slack, from queue %s", CHANNEL)
    work(InProcessWorker, [CHANNEL], jobs, watch)
