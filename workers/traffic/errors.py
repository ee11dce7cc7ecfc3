"""What can go wrong in the data access layer, each with what to do about it."""

from migration.errors import Permanent, Transient
from workers.traffic.port import Session


class OlderEpoch(Permanent):
    """A later attempt has taken over the data access layer: stop this one and change nothing."""


class UnknownSource(Permanent):
    """No entry of this pooler leads to the source: add it to [[entries]] in the agent's file."""


class ForeignEntries(Permanent):
    """Entries that the agent does not keep lead to the source: move them to the agent's file."""


class AgentRuns(Permanent):
    """An agent runs here and keeps the state file, stopped or not: end it first."""


class NoSuchPlace(Permanent):
    """That is not the name of a host and a port."""


class NoEntry(Permanent):
    """The pooler's file of entries lacks one: start the agent, which writes it."""


class PoolerUnreachable(Transient):
    """A pooler or its agent does not answer: see that both run and that certificates are valid."""


class SecretUnavailable(Transient):
    """The application's password cannot be read: check the secret and the agent's permission."""


class PauseTimedOut(Transient):
    """Transactions were still running when the time for the pause was over; traffic flows again."""

    def __init__(self, message: str, sessions: tuple[Session, ...] = ()) -> None:
        """Keep the sessions that were still in a transaction."""
        super().__init__(message)
        self.sessions = sessions
