"""Who trusts whom: the certificates of one sandbox, new at every start."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.servers.certificates import Authority, KeyPair
from sandbox.servers.pgbouncer import ADMIN


@dataclass(frozen=True)
class Access:
    """Two authorities, as in life: the provider's for its databases, and the team's own."""

    databases: Authority
    team: Authority
    #: the applications towards the pooler
    application: KeyPair
    #: the agent towards the pooler's console
    console: KeyPair
    #: Daybreak towards agents and poolers
    daybreak: KeyPair
    #: what the pooler and the agent show to those who come
    pooler: KeyPair
    agent: KeyPair

    @classmethod
    def make(cls, directory: Path) -> Self:
        """Make everything below this folder."""
        team = Authority(directory, "team-ca")
        return cls(
            databases=Authority(directory, "rds-ca"),
            team=team,
            application=team.issue(directory, "app"),
            console=team.issue(directory, ADMIN),
            daybreak=team.issue(directory, "daybreak"),
            pooler=team.issue(directory, "pooler"),
            agent=team.issue(directory, "agent"),
        )
