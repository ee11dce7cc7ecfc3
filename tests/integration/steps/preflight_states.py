"""A row of the preflight table: a source's state that turns a check red, put back afterwards."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from steps_ground import Ground

from migration.model import Options

SOURCE, TARGET = "orders", "orders-aurora"
Altered = Callable[[Ground], AbstractContextManager[Any]]
GIB = 2**30


@dataclass(frozen=True)
class Row:
    """How a check is turned red, and words that it says then."""

    check: str
    altered: Altered
    says: str
    #: What the migration that is looked at was asked for.
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    source: str = SOURCE
    #: Where `orders` is red as it is: the state in which the check passes, what is asked then.
    passes: Altered | None = None
    passes_options: Mapping[str, Any] = field(default_factory=dict)
    passes_settings: Mapping[str, Any] = field(default_factory=dict)


def options_of(**more: Any) -> Options:
    """Of the move that is looked at."""
    return Options(target=TARGET, **more)


@contextmanager
def as_it_is(_: Ground) -> Iterator[None]:
    """Nothing is altered."""
    yield


def shown(**attributes: Any) -> Altered:
    """DescribeDBInstances shows this of it."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        ground.cloud.scenario.shown[SOURCE] = attributes
        try:
            yield
        finally:
            del ground.cloud.scenario.shown[SOURCE]

    return altered


def quota(name: str) -> Altered:
    """Nothing is left of a quota."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        ground.cloud.scenario.quotas[name] = 0
        try:
            yield
        finally:
            del ground.cloud.scenario.quotas[name]

    return altered


def aurora_takes(name: str, allowed: str) -> Altered:
    """Aurora's families take only this of a parameter."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        ground.cloud.scenario.aurora_takes[name] = allowed
        try:
            yield
        finally:
            del ground.cloud.scenario.aurora_takes[name]

    return altered


def metrics(**said: float) -> Altered:
    """CloudWatch says this."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        ground.cloud.scenario.metrics_said = {(name, SOURCE): said[name] for name in said}
        try:
            yield
        finally:
            ground.cloud.scenario.metrics_said = {}

    return altered


def sql(change: str, back: str, before: str = "") -> Altered:
    """The database is like this; statements stand between double semicolons."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        with ground.superuser(SOURCE) as connection:
            for statement in f"{before};;{change}".split(";;"):
                if statement:
                    connection.execute(statement.encode())
        try:
            yield
        finally:
            with ground.superuser(SOURCE) as connection:
                for statement in back.split(";;"):
                    connection.execute(statement.encode())

    return altered


@contextmanager
def session(ground: Ground, role: str, **more: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody is logged in to it as that role."""
    with psycopg.connect(
        host=ground.cloud.address(SOURCE),
        port=ground.cloud.port,
        user=role,
        password=ground.cloud.password(SOURCE, role),
        dbname="app",
        **more,
    ) as connection:
        yield connection


@contextmanager
def client(ground: Ground, service: str) -> Iterator[Any]:
    """AWS as the account's owner uses it."""
    opened = ground.session.client(service, endpoint_url=ground.cloud.endpoint_url)
    try:
        yield opened
    finally:
        opened.close()
