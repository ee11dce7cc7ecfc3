"""A record in Redis that can't be read: it troubles no other, and nothing is done upon it."""

from dataclasses import replace

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from store_ground import Clock

from migration.adapters.redis_checks import RedisChecks
from migration.adapters.redis_remedies import RedisRemedies
from migration.adapters.rq_engine import STEPS, RqEngine
from migration.errors import RecordUnreadable
from migration.preflight import CheckRun
from migration.remedies import REPLICA_IDENTITY, Offer, RemedyRun

LATER = 3600.0
LOOK = CheckRun("look-1", "orders", "orders-aurora", True, "U1", "C1", 0.0)
OFFER = Offer(REPLICA_IDENTITY, (), {})
RUN = RemedyRun("run-1", "orders", "replica-identity", OFFER, "U1", 0.0, "look-1")
# What a newer version may write, and this one does not know.
NEWER = b'{"id": "run-1", "state": "half done"}'


def asked(connection: Redis) -> list[str]:
    """What jobs are about, the first first; none is left."""
    queue = Queue(STEPS, connection, serializer=JSONSerializer)
    names = [str(job.args[0]) for job in queue.jobs]
    queue.empty()
    return names


def test_a_remedy_that_cannot_be_read_keeps_no_other_from_being_driven(connection: Redis) -> None:
    """It stays where it is, and is looked at again later: a newer version can go on with it."""
    clock = Clock()
    remedies = RedisRemedies(connection, RqEngine(connection), clock)
    remedies.ask(RUN)
    remedies.ask(replace(RUN, id="run-2", source="billing"))
    connection.set("daybreak:remedy:run-1", NEWER)
    asked(connection)

    remedies.drive(clock.now() + LATER)
    assert asked(connection) == ["run-2"]
    assert connection.get("daybreak:remedy:run-1") == NEWER
    assert remedies.of_source("billing")
    with pytest.raises(RecordUnreadable, match="daybreak:remedy:run-1"):
        remedies.of_source("orders")

    connection.set("daybreak:remedy:run-1", connection.get("daybreak:remedy:run-2") or b"")
    remedies.drive(clock.now() + 2 * LATER)
    assert set(asked(connection)) == {"run-1", "run-2"}


def test_a_look_that_cannot_be_read_keeps_no_other_from_being_driven(connection: Redis) -> None:
    """The same for looks at sources."""
    clock = Clock()
    checks = RedisChecks(connection, RqEngine(connection), clock)
    checks.ask(LOOK)
    checks.ask(replace(LOOK, id="look-2"))
    connection.set("daybreak:check:look-1", NEWER)
    asked(connection)

    checks.drive(clock.now() + LATER)
    assert asked(connection) == ["look-2"]
    with pytest.raises(RecordUnreadable, match="daybreak:check:look-1"):
        checks.load("look-1")
