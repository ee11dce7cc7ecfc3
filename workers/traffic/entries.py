"""Which entries of the pooler belong to which source, where they lead, and who else leads there."""

import asyncio
from collections.abc import Mapping

from psycopg.conninfo import conninfo_to_dict

from workers.traffic.errors import ForeignEntries, PoolerUnreachable, UnknownSource
from workers.traffic.files import Line
from workers.traffic.journal import Journal, SourceRecord
from workers.traffic.logins import Logins
from workers.traffic.pooler import Pooler
from workers.traffic.port import Endpoint
from workers.traffic.settings import AgentConfig, EntrySection
from workers.traffic.ways import Way


class Entries:
    """The configuration's entries, brought to where the journal says."""

    def __init__(
        self, config: AgentConfig, pooler: Pooler, journal: Journal, logins: Logins
    ) -> None:
        """Nothing is written yet."""
        self._config = config
        self._pooler = pooler
        self._journal = journal
        self._logins = logins
        self._installing = asyncio.Lock()
        # Those who come by certificate only: the agent to the console, its callers to validate.
        self._visitors = [str(conninfo_to_dict(config.pooler.admin_dsn)["user"]), *config.callers]

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source there is an entry for."""
        return tuple(dict.fromkeys(entry.source for entry in self._config.entries))

    def live(self, source: str) -> tuple[str, ...]:
        """The names applications use."""
        return tuple(entry.name for entry in self._config.of(source))

    def users(self, source: str) -> dict[str, str]:
        """By the live entries' names: the application's user, where its secret was read."""
        known = {entry.name: self._logins.known(entry.secret) for entry in self._config.of(source)}
        return {name: login.username for name, login in known.items() if login}

    def validation(self, source: str) -> str:
        """The name of the second way; raises `UnknownSource` when there is none."""
        for entry in self._config.of(source):
            if entry.validation:
                return entry.validation
        raise UnknownSource(
            f"No entry of `{source}` has a `validation` name: add one in the agent's file."
        )

    def held(self, source: str, record: SourceRecord) -> tuple[str, ...]:
        """The entries that a pause of the source holds, the live ones first."""
        validation = [
            entry.validation
            for entry in self._config.of(source)
            if entry.validation and record.validation == self._place(entry)
        ]
        return (*self.live(source), *validation)

    def ever_held(self, source: str, record: SourceRecord) -> tuple[str, ...]:
        """What a pause may have held, wherever it leads by now, the live entries first."""
        validation = [
            entry.validation
            for entry in self._config.of(source)
            if entry.validation and record.validation
        ]
        return (*self.live(source), *validation)

    def to_hold(self, source: str, ways: Mapping[str, Way]) -> tuple[str, ...]:
        """The same, proven complete: nobody else's entry leads there, none of ours is missing."""
        self.refuse_foreign(source, ways)
        names = self.held(source, self._journal.of(source))
        if missing := [name for name in names if name not in ways]:
            raise PoolerUnreachable(
                f"PgBouncer has no entry {', '.join(missing)}: the agent's log says why it could "
                "not be written."
            )
        return names

    def foreign(self, source: str, ways: Mapping[str, Way]) -> tuple[str, ...]:
        """Entries that lead to the source's server and that a pause or a move would miss."""
        places = {ways[name].endpoint for name in self.live(source) if name in ways}
        ours = {entry.name for entry in self._config.of(source)}
        ours |= {entry.validation for entry in self._config.of(source) if entry.validation}
        return tuple(
            name for name, way in ways.items() if way.endpoint in places and name not in ours
        )

    def refuse_foreign(self, source: str, ways: Mapping[str, Way]) -> None:
        """Raise `ForeignEntries` where there are any."""
        if names := self.foreign(source, ways):
            raise ForeignEntries(
                f"The pooler's entries {', '.join(names)} lead to the server of `{source}` too, "
                "and the agent does not move them with it: make them entries of that source in "
                "the agent's file."
            )

    async def read_secrets(self, source: str) -> None:
        """Read the source's secrets anew; `install` makes the pooler use them."""
        await self._logins.refresh(entry.secret for entry in self._config.of(source))

    async def read_missing_secrets(self, source: str) -> None:
        """Read only what a line cannot be written without: no detour while traffic is held."""
        if any(self._logins.lacks(entry.secret) for entry in self._config.of(source)):
            await self.read_secrets(source)

    async def refresh(self) -> None:
        """Bring users and entries up to date; whatever fails, the rest is still done."""
        try:
            await self._logins.refresh(entry.secret for entry in self._config.entries)
        finally:
            await self.install()

    async def install(self) -> None:
        """Write users, and every entry whose login is known; see it in force."""
        async with self._installing:
            lines: list[Line] = []
            for entry in self._config.entries:
                lines += self._lines(entry)
            await self._pooler.install(lines, self._logins.users(self._visitors))

    def _lines(self, entry: EntrySection) -> list[Line]:
        login = self._logins.known(entry.secret)
        if login is None:
            return []
        password = self._logins.password_in_entry(entry.secret)
        user = login.username if login.forced else None
        lines = [Line(entry.name, self._place(entry), login.dbname, user, password)]
        validation = self._journal.of(entry.source).validation
        if entry.validation and validation:
            # as the application, whoever comes: that is the login to be proven
            lines.append(Line(entry.validation, validation, login.dbname, login.username, password))
        return lines

    def _place(self, entry: EntrySection) -> Endpoint:
        return self._journal.of(entry.source).endpoint or entry.endpoint
