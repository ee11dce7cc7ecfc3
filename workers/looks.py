"""Conditions that are looked at by name: the words of each, and failures to look as conditions."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

import psycopg

from migration.errors import DaybreakError
from migration.model import Check, Migration
from workers.aws.resources import Cluster, Instance
from workers.toolbox import Toolbox

Look = Callable[[], Check]


class Looks(ABC):
    """The conditions of one gate; a failure to look is one that does not hold."""

    def __init__(self, migration: Migration, tools: Toolbox) -> None:
        self._migration = migration
        self._tools = tools

    @abstractmethod
    def looks(self) -> tuple[tuple[str, Look], ...]:
        """The conditions by name, in the order in which they are looked at."""

    def checks(self) -> tuple[Check, ...]:
        """Look at all of them."""
        return tuple(self._looked(name, look) for name, look in self.looks())

    def _looked(self, name: str, look: Look) -> Check:
        try:
            seen = look()
        except (DaybreakError, psycopg.Error, OSError) as error:
            return Check(name, ok=False, detail=f"could not be looked at: {str(error).strip()}")
        return replace(seen, name=name)

    def _instance(self, identifier: str) -> Instance:
        found = self._tools.rds.instance(identifier)
        if found is None:
            raise DaybreakError(f"there is no instance `{identifier}`")
        return found

    def _cluster(self) -> Cluster:
        found = self._tools.rds.cluster(self._migration.target)
        if found is None:
            raise DaybreakError(f"there is no cluster `{self._migration.target}`")
        return found


def yes(detail: str) -> Check:
    """It holds; the name is put on later."""
    return Check("", ok=True, detail=detail)


def no(detail: str) -> Check:
    """It does not."""
    return Check("", ok=False, detail=detail)
