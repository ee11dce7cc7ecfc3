"""The entries' logins as the pooler needs them: kept up to date, passwords in memory only."""

import asyncio
from collections.abc import Collection, Iterable, Mapping

from workers.traffic.errors import SecretUnavailable
from workers.traffic.journal import Journal, KnownLogin
from workers.traffic.secrets import Login, Secrets


class Logins:
    """What the secrets said last.

    PgBouncer's users file has one password a user name. Where two secrets give one name different
    passwords, the entries of that name carry their own (`forced`).
    """

    def __init__(self, secrets: Secrets, journal: Journal) -> None:
        """Nothing is read yet."""
        self._secrets = secrets
        self._journal = journal
        self._read: dict[str, Login] = {}

    async def refresh(self, names: Iterable[str]) -> None:
        """Read secrets anew; raises the first `SecretUnavailable`, after having tried them all."""
        names = sorted(set(names))
        outcomes = await asyncio.gather(
            *(asyncio.to_thread(self._secrets.login, name) for name in names),
            return_exceptions=True,
        )
        for name, outcome in zip(names, outcomes, strict=True):
            if isinstance(outcome, Login):
                self._read[name] = outcome
        await self._remember()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def lacks(self, name: str) -> bool:
        """Whether the entry of this secret cannot be written without reading it first."""
        known = self.known(name)
        return known is None or (known.forced and name not in self._read)

    def known(self, name: str) -> KnownLogin | None:
        """The open half of a secret, if it has ever been read."""
        return self._journal.record.logins.get(name)

    def password_in_entry(self, name: str) -> str | None:
        """The password that an entry must carry itself, if it must."""
        known = self.known(name)
        if known is None or not known.forced:
            return None
        if name not in self._read:
            raise SecretUnavailable(f"The secret `{name}` has not been read since the start.")
        return self._read[name].password.get_secret_value()

    def users(self, without_password: Collection[str]) -> Mapping[str, str]:
        """The users' file: those who come by certificate only, and the applications' logins."""
        return dict.fromkeys(without_password, "") | {
            login.username: login.password.get_secret_value() for login in self._read.values()
        }

    async def _remember(self) -> None:
        passwords: dict[str, set[str]] = {}
        for login in self._read.values():
            passwords.setdefault(login.username, set()).add(login.password.get_secret_value())
        known = {
            name: KnownLogin(
                username=login.username,
                dbname=login.dbname,
                forced=len(passwords[login.username]) > 1,
            )
            for name, login in self._read.items()
        }
        if known != {name: self._journal.record.logins.get(name) for name in known}:
            self._journal.record.logins.update(known)
            await self._journal.save()
