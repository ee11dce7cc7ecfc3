"""The data access layer as N poolers, each reached through its agent over mutual TLS."""

import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import ValidationError

from migration.errors import DaybreakError
from workers.traffic import wire
from workers.traffic.errors import PauseTimedOut, PoolerUnreachable
from workers.traffic.port import Endpoint, Entry, PoolerState, Session
from workers.traffic.settings import explain

# The agent answers in milliseconds; its own limit towards the pooler's console is 5 s.
CALL_SECONDS = 8.0
CONNECT_SECONDS = 3.0
# What undoing a pause may take on top of its time-out.
UNDO_SECONDS = 3.0
# Connections opened when the cut-over is armed must still be there when it pauses.
KEEP_ALIVE_SECONDS = 3000.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Certificates:
    """Ours, and who signs the agents'."""

    certificate: Path
    key: Path
    authority: Path

    def context(self) -> ssl.SSLContext:
        """For mutual TLS; raises OSError when a file cannot be used."""
        context = ssl.create_default_context(cafile=self.authority)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class _Agent:
    """One agent and the connection to it."""

    url: str
    http: httpx.Client

    def call(
        self, method: str, path: str, body: dict[str, object] | None = None, *, seconds: float
    ) -> bytes:
        """The answer's body; no call is ever repeated. Raises the error the agent names."""
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        try:
            response = self.http.request(method, f"/v1/{path}", json=body, timeout=timeout)
        except (httpx.HTTPError, ssl.SSLError) as error:
            what = str(error) or type(error).__name__
            raise PoolerUnreachable(
                f"The agent at {self.url} does not answer ({what.rstrip('.')}): see that it runs, "
                "and that our certificate is valid and of its `client_ca`."
            ) from error
        if response.is_success:
            return response.content
        try:
            answer = wire.ErrorAnswer.model_validate_json(response.content)
        except ValidationError:
            answer = wire.ErrorAnswer(error="http", message=f"HTTP {response.status_code}")
        raise wire.raised(answer, self.url)

    def state(self, source: str) -> PoolerState:
        """What it says of the source."""
        content = self.call("GET", source, seconds=CALL_SECONDS)
        answer = self._read(wire.StateAnswer, content)
        return PoolerState(
            url=self.url,
            epoch=answer.epoch,
            paused=answer.paused,
            endpoint=answer.endpoint,
            pool_mode=answer.pooler.pool_mode,
            query_wait_timeout=answer.pooler.query_wait_timeout,
            client_login_timeout=answer.pooler.client_login_timeout,
            server_login_retry=answer.pooler.server_login_retry,
            resumes_at=answer.resumes_at,
            live=tuple(
                Entry(answer.public.host, answer.public.port, way.name, way.user)
                for way in answer.entries
                if way.user
            ),
        )

    def sessions(self, source: str) -> tuple[Session, ...]:
        """Its clients."""
        content = self.call("GET", f"{source}/sessions", seconds=CALL_SECONDS)
        return self._read(wire.SessionsAnswer, content).sessions

    def point_to(self, source: str, endpoint: Endpoint, epoch: int, entry: str = "live") -> bytes:
        """Move an entry."""
        body: dict[str, object] = {
            "epoch": epoch,
            "host": endpoint.host,
            "port": endpoint.port,
            "entry": entry,
        }
        return self.call("POST", f"{source}/point_to", body, seconds=CALL_SECONDS)

    def open_validation(self, source: str, endpoint: Endpoint, epoch: int) -> Entry:
        """Move the validation entry."""
        content = self.point_to(source, endpoint, epoch, "validation")
        answer = self._read(wire.EntryAnswer, content)
        return Entry(answer.host, answer.port, answer.dbname, answer.user)

    def pause(self, source: str, epoch: int, timeout: float, resume_after: float) -> None:
        """Hold traffic."""
        body: dict[str, object] = {
            "epoch": epoch,
            "timeout_seconds": timeout,
            "resume_after_seconds": resume_after,
        }
        self.call("POST", f"{source}/pause", body, seconds=timeout + UNDO_SECONDS)

    def resume(self, source: str, epoch: int) -> None:
        """Let traffic go."""
        self.call("POST", f"{source}/resume", {"epoch": epoch}, seconds=CALL_SECONDS)

    def _read(self, model: type[wire.AnyAnswer], content: bytes) -> wire.AnyAnswer:
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            raise PoolerUnreachable(
                f"The agent at {self.url} speaks another version: {explain(error)}."
            ) from error


class PoolerGroup:
    """`TrafficLayer` over several agents, called at the same time.

    Connections are opened by the first call and kept: ask for `states` before a pause, and nothing
    in the pause waits for a handshake.
    """

    def __init__(self, urls: Sequence[str], certificates: Certificates) -> None:
        """`urls` are the agents', https; nothing is connected yet."""
        if not urls:
            raise ValueError("there must be at least one pooler")
        context = certificates.context()
        limits = httpx.Limits(keepalive_expiry=KEEP_ALIVE_SECONDS)
        self._agents = [
            _Agent(
                url,
                # no proxy from the environment stands between us and a pooler
                httpx.Client(base_url=url, verify=context, limits=limits, trust_env=False),
            )
            for url in urls
        ]
        self._threads = ThreadPoolExecutor(len(urls), thread_name_prefix="pooler")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        for agent in self._agents:
            agent.http.close()

    def states(self, source: str) -> tuple[PoolerState, ...]:
        """What each pooler says of the source now."""
        return tuple(self._all(lambda agent: agent.state(source)))

    def sessions(self, source: str) -> tuple[Session, ...]:
        """Who is connected, in every pooler."""
        return tuple(s for part in self._all(lambda agent: agent.sessions(source)) for s in part)

    def pause(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Hold traffic in every pooler or in none.

        When one says no, every one is told to resume: also one that did not answer, for it may
        hold traffic by now.
        """
        outcomes = self._outcomes(
            lambda agent: agent.pause(source, epoch, timeout_seconds, resume_after_seconds)
        )
        errors = _errors(outcomes)
        if not errors:
            return
        undone = self._outcomes(lambda agent: agent.resume(source, epoch))
        sessions = tuple(s for e in errors if isinstance(e, PauseTimedOut) for s in e.sessions)
        still = [
            str(error)
            for outcome, error in zip(outcomes, undone, strict=True)
            # nothing to undo where nothing was held: the error that counts is the first
            if isinstance(error, DaybreakError) and outcome is None
        ]
        worst = min(errors, key=lambda error: isinstance(error, PauseTimedOut))
        message = " ".join(dict.fromkeys([*(str(error) for error in errors), *still]))
        if isinstance(worst, PauseTimedOut):
            raise PauseTimedOut(message, sessions) from worst
        raise type(worst)(message) from worst

    def renew(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Put the pause's end off in every pooler; one that fails costs the others nothing."""
        self._all(lambda agent: agent.pause(source, epoch, timeout_seconds, resume_after_seconds))

    def point_to(self, source: str, endpoint: Endpoint, *, epoch: int) -> None:
        """Lead the source's traffic to the endpoint, in every pooler."""
        self._all(lambda agent: agent.point_to(source, endpoint, epoch))

    def resume(self, source: str, *, epoch: int) -> None:
        """Let traffic go: one pooler that cannot is no reason for the others to wait."""
        self._all(lambda agent: agent.resume(source, epoch))

    def validation_entry(self, source: str, endpoint: Endpoint, *, epoch: int) -> Entry:
        """Open the second way in every pooler; the first pooler's."""
        return self._all(lambda agent: agent.open_validation(source, endpoint, epoch))[0]

    def _all(self, call: Callable[[_Agent], Result]) -> list[Result]:
        """Every agent's answer; all are called, then the errors are raised as one."""
        outcomes = self._outcomes(call)
        if errors := _errors(outcomes):
            message = " ".join(dict.fromkeys(str(error) for error in errors))
            raise type(errors[0])(message) from errors[0]
        return [outcome for outcome in outcomes if not isinstance(outcome, DaybreakError)]

    def _outcomes(self, call: Callable[[_Agent], Result]) -> list[Result | DaybreakError]:
        def attempt(agent: _Agent) -> Result | DaybreakError:
            try:
                return call(agent)
            except DaybreakError as error:
                return error

        if len(self._agents) == 1:
            return [attempt(self._agents[0])]
        return list(self._threads.map(attempt, self._agents))


def _errors(outcomes: Sequence[object]) -> list[DaybreakError]:
    return [outcome for outcome in outcomes if isinstance(outcome, DaybreakError)]
