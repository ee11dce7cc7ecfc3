"""Begins what was approved for later, when its time has come: who approved is looked up again.

The channel's worker does it, whenever it brings a migration up to date: at a gate that is every few
seconds. Workers know no directory of people; so where Slack does not say who somebody is, nothing
begins, and in the end the approvals expire.
"""

import logging

from bot.errors import IdentityUnknown
from bot.people import People
from migration.approving import is_due
from migration.errors import Conflict
from migration.service import Service, Snapshot

log = logging.getLogger(__name__)


class Scheduled:
    """What waits for its window."""

    def __init__(self, service: Service, people: People) -> None:
        """Over these."""
        self._service = service
        self._people = people

    def begin(self, snapshot: Snapshot) -> bool:
        """Begin it if it is due; gives whether anything of the migration was changed."""
        terms, migration = snapshot.terms, snapshot.migration
        if terms is None or not is_due(terms, snapshot.evidence, snapshot.now):
            return False
        try:
            people = [
                self._people.person(one.by, terms.rule.approvers, fresh=True) for one in terms.given
            ]
            after = self._service.begin_scheduled(migration.id, people)
        except (IdentityUnknown, Conflict) as error:
            log.warning("%s does not begin now: %s", migration.id, type(error).__name__)
            return False
        return after is not None
