"""Step: the lag stays low, by CloudWatch alone."""

from migration.model import Migration
from workers.steps import lag, watch_lag
from workers.steps.without_login import lag as from_outside


class WatchLag(watch_lag.WatchLag):
    """The same wait on other readings."""

    def look(self, migration: Migration) -> lag.Look:
        """What CloudWatch says."""
        return from_outside.look(migration, self._tools)
