"""RQ as the engine: ids as JSON, jobs found by the name of a callable, no time-outs of RQ's own."""

from redis import Redis
from redis.client import Pipeline
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from migration.adapters.connection import answered
from migration.plan import SWITCHOVERS
from migration.ports import Work

STEPS = "migrations"
CUT_OVERS = "cutover"
CHANNEL = "channel"

RUN_STEP = "workers.tasks.run_step"
OBSERVE = "workers.tasks.observe"
REFRESH = "bot.notifier.refresh"
ANSWER = "bot.notifier.answer"
WATCH = "workers.tasks.watch"
CHECK = "workers.tasks.check"
WRITE_AUDIT = "workers.tasks.write_audit"
REMEDY = "workers.tasks.remedy"
SHOW_CHECK = "bot.notifier.show_check"
EXAMINE = "workers.tasks.examine"
EXAMINE_CHANNEL = "bot.notifier.examine"

# RQ raises its time-out as an exception at any line of the job: a step's own calls
# are bounded instead, and this limit is far beyond all of them together.
STEP_SECONDS = 900
# -1: none. The cut-over has budgets of its own, and nothing may interrupt it between two acts.
NO_LIMIT = -1
# Results are in the store; what RQ keeps is for whoever looks at its queues.
KEEP_SECONDS = 600
RETRIES = 2
# Who examines the installation waits no longer for somebody to take the question.
QUESTION_SECONDS = 60


class RqEngine:
    """Puts jobs on queues, inside the caller's transaction where one is given.

    Every method raises StoreUnavailable when Redis does not answer or takes no writes.
    """

    def __init__(self, redis: Redis) -> None:
        """An engine on this Redis."""
        self._queues = {
            name: Queue(name, connection=redis, serializer=JSONSerializer)
            for name in (STEPS, CUT_OVERS, CHANNEL)
        }

    def _enqueue(
        self,
        queue: str,
        callable_name: str,
        *args: object,
        pipeline: Pipeline | None,
        timeout: int = STEP_SECONDS,
        retry: Retry | None = None,
        ttl: int | None = None,
    ) -> None:
        with answered():
            self._queues[queue].enqueue_call(
                callable_name,
                args=list(args),
                timeout=timeout,
                retry=retry,
                result_ttl=0,
                failure_ttl=KEEP_SECONDS,
                ttl=ttl,
                pipeline=pipeline,
            )

    def submit(self, work: Work, pipeline: Pipeline | None = None) -> None:
        """Queue a step; a job that holds writes is never repeated and never timed out by RQ."""
        args = (work.migration_id, work.step, work.version)
        if work.step in SWITCHOVERS:
            self._enqueue(CUT_OVERS, RUN_STEP, *args, pipeline=pipeline, timeout=NO_LIMIT)
        else:
            self._enqueue(STEPS, RUN_STEP, *args, pipeline=pipeline, retry=Retry(RETRIES))

    def observe(
        self, migration_id: str, reply_to: str = "", pipeline: Pipeline | None = None
    ) -> None:
        """Queue the gathering of evidence."""
        self._enqueue(
            STEPS, OBSERVE, migration_id, reply_to, pipeline=pipeline, retry=Retry(RETRIES)
        )

    def watch(self, migration_id: str) -> None:
        """Queue a look at a synchronization; what fails is asked for again by the reconciler."""
        self._enqueue(STEPS, WATCH, migration_id, pipeline=None)

    def refresh(self, migration_id: str, pipeline: Pipeline | None = None) -> None:
        """Queue a refresh of the channel; what fails is asked for again by the reconciler."""
        self._enqueue(CHANNEL, REFRESH, migration_id, pipeline=pipeline)

    def channel_jobs(self) -> int:
        """How many jobs wait on the channel's queue."""
        return self._queues[CHANNEL].count

    def answer(self, migration_id: str, reply_to: str) -> None:
        """Queue the answer to whoever asked for evidence."""
        self._enqueue(CHANNEL, ANSWER, migration_id, reply_to, pipeline=None)

    def check(self, run_id: str, pipeline: Pipeline | None = None) -> None:
        """Queue a look at a source; what fails is asked for again by the reconciler."""
        self._enqueue(STEPS, CHECK, run_id, pipeline=pipeline)

    def write_audit(self, migration_id: str) -> None:
        """Queue the writing of an audit; what fails is asked for again by the reconciler."""
        self._enqueue(STEPS, WRITE_AUDIT, migration_id, pipeline=None)

    def remedy(self, run_id: str, pipeline: Pipeline | None = None) -> None:
        """Queue a look at a remedy; what fails is asked for again by the reconciler."""
        self._enqueue(STEPS, REMEDY, run_id, pipeline=pipeline)

    def show_check(self, run_id: str, pipeline: Pipeline | None = None) -> None:
        """Queue the showing of what such a look found."""
        self._enqueue(CHANNEL, SHOW_CHECK, run_id, pipeline=pipeline)

    def examine(self, run_id: str) -> None:
        """Queue its question for each kind of worker; one that nobody takes soon goes away."""
        self._enqueue(STEPS, EXAMINE, run_id, pipeline=None, ttl=QUESTION_SECONDS)
        self._enqueue(CHANNEL, EXAMINE_CHANNEL, run_id, pipeline=None, ttl=QUESTION_SECONDS)
