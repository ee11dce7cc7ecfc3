"""What a preflight check is: its name, what it means when it finds something, and its look."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from migration.preflight import Level
from workers.aws.resources import Instance
from workers.preflight.subject import Subject


class Family(StrEnum):
    """What a look needs."""

    #: AWS's API and CloudWatch.
    CLOUD = "control plane"
    #: The same, and the poolers.
    NETWORK = "network"
    #: A login; once a server.
    SERVER = "inside the server"
    #: A login; in every database that takes connections.
    DATABASE = "inside every database"


NEEDS_LOGIN = frozenset({Family.SERVER, Family.DATABASE})


class Mode(StrEnum):
    """For which way of moving a check is there."""

    ANY = "any"
    WITHOUT_LOGIN = "without a login"
    #: By whatever means databases are closed: a replica is attached to the source.
    BY_REPLICA = "by read replica"


class Found(NamedTuple):
    """Something that stands against the source: what, with its unit, and what to do about it."""

    what: str
    #: Where it is another one than the check's own.
    remedy: str = ""
    #: Where it means less than the check's own.
    level: Level | None = None


Look = Callable[[Subject], Iterable[Found]]


@dataclass(frozen=True)
class Check:
    """One thing that is looked at."""

    #: Stable: people and records refer to it.
    name: str
    #: What holds when it passes, as a sentence.
    title: str
    level: Level
    family: Family
    why: str
    remedy: str
    look: Look
    mode: Mode = Mode.ANY
    #: It can change while the replica catches up, and nothing else at the gate would show it.
    at_gate: bool = False
    #: What Daybreak does about it by itself, once somebody said that it may.
    by_daybreak: str = ""


def of_instance(look: Callable[[Instance], Iterable[Found]]) -> Look:
    """A look that needs no more than what DescribeDBInstances said."""
    return lambda subject: look(subject.instance)
