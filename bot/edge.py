"""What every listener works with, put together once in `app.py`."""

from dataclasses import dataclass

from slack_sdk import WebClient

from bot.cursor import Cursors
from bot.drafts import Drafts
from bot.forms import Forms
from bot.later import Later
from bot.people import People
from bot.viewers import Viewers
from migration.checking import Checking
from migration.model import Migration
from migration.policy import Policy
from migration.ports import Clock, Engine, Store
from migration.remedying import Remedying
from migration.service import Service


@dataclass(frozen=True)
class Edge:
    """The core's use cases and ports, who is who, and where things are shown."""

    service: Service
    checking: Checking
    remedying: Remedying
    store: Store
    engine: Engine
    clock: Clock
    people: People
    cursors: Cursors
    viewers: Viewers
    drafts: Drafts
    forms: Forms
    policy: Policy
    client: WebClient
    fallback_channel: str
    #: For what Slack did not take at once.
    later: Later

    @property
    def approvers(self) -> frozenset[str]:
        """Ids of the people and groups that may approve where no rule says otherwise."""
        return self.policy.approvers

    def approvers_of(self, migration: Migration) -> frozenset[str]:
        """Those that may approve this one, by the rule that counts for it now."""
        return self.service.rule_for(migration.source, migration).approvers

    def link(self, migration_id: str) -> str:
        """Where the migration's live message is; empty while there is none."""
        return self.cursors.load(migration_id).link
