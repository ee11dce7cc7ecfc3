"""Taking a way back down: nothing of it is left on either side, and that is seen."""

import psycopg

from migration.model import WENT_BACK, Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import MOVED_TAG
from workers.postgres import way_back
from workers.postgres.connect import Connection
from workers.postgres.way_back import Kept
from workers.toolbox import Toolbox

FINISHED = "it was ended on request"
# Ends that nobody has to be told of as a loss.
_AS_WISHED = frozenset({FINISHED, WENT_BACK})
_AT_ONCE = 0.0


class RemoveWayBack:
    """One act a run: why, the source's tag, subscription, slots, publication."""

    def __init__(self, tools: Toolbox, migration: Migration, journal: Journal) -> None:
        """Of this migration."""
        self._tools = tools
        self._migration = migration
        self._journal = journal

    def run(self, source: Connection, target: Connection, kept: Kept | None, ended: str) -> Outcome:
        """Do what comes next; done when nothing is left, with why it `ended`."""
        journal = self._journal
        if kept and not kept.ended:
            journal.intend("end_way_back", why=ended)
            way_back.end(target, ended)
            journal.done("end_way_back")
        elif ended == WENT_BACK and self._untag():
            return Wait(_AT_ONCE, f"`{self._migration.source}` is in use again")
        elif way_back.subscription(source):
            journal.intend("unsubscribe_source", subscription=way_back.NAME)
            way_back.unsubscribe(source, self._migration.id)
            journal.done("unsubscribe_source")
        elif left := way_back.slots(target):
            return self.drop_slot(target, left[0])
        elif way_back.is_published(target):
            journal.intend("unpublish", publication=way_back.NAME)
            way_back.unpublish(target)
            journal.done("unpublish")
        else:
            return Done({"ended": ended, "lost": "" if ended in _AS_WISHED else ended})
        return Wait(_AT_ONCE, "The way back is being taken down")

    def run_without_target(self, source: Connection) -> Outcome:
        """The same where AWS knows no cluster any more: it was deleted after a roll back."""
        if self._untag():
            return Wait(_AT_ONCE, f"`{self._migration.source}` is in use again")
        if way_back.subscription(source):
            self._journal.intend("unsubscribe_source", subscription=way_back.NAME)
            way_back.unsubscribe(source, self._migration.id)
            self._journal.done("unsubscribe_source")
        return Done({"ended": WENT_BACK, "lost": ""})

    def drop_slot(self, target: Connection, name: str) -> Wait:
        """Let go of the WAL that the target keeps for it."""
        self._journal.intend("drop_slot", slot=name)
        try:
            way_back.drop_slot(target, name)
        except psycopg.errors.ObjectInUse:
            return Wait(self._tools.settings.watch_seconds, "The slot is still being read")
        self._journal.done("drop_slot", slot=name)
        return Wait(_AT_ONCE, "The target keeps WAL for this slot no longer")

    def _untag(self) -> bool:
        """The source may be moved again; whether there was anything to do."""
        instance = self._tools.rds.instance(self._migration.source)
        if instance is None or instance.tags.get(MOVED_TAG) != self._migration.target:
            return False
        self._journal.intend("untag_source", source=instance.id)
        self._tools.rds.untag(instance.arn, MOVED_TAG)
        self._journal.done("untag_source", source=instance.id)
        return True
