"""The data access layer as N poolers, each reached through its agent over mutual TLS."""

import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import ValidationError

from migration.errors import DaybreakError
from migration.steps import Journal
from workers.traffic import wire
from workers.traffic.errors import OlderEpoch, PauseTimedOut, PoolerUnreachable
from workers.traffic.port import Endpoint, Entry, PoolerState, Session
from workers.traffic.settings import explain

# The agent answers in milliseconds; its own limit towards the pooler's console is 5 s.
CALL_SECONDS = 8.0
CONNECT_SECONDS = 3.0
# A move takes an agent milliseconds. It has to fit into what is left of the cut-over's lease.
MOVE_SECONDS = 2.5
# Less is no chance at all: whoever calls with nothing left should have looked before.
LEAST_SECONDS = 0.1
# What undoing a pause may take on top of its time-out.
UNDO_SECONDS = 3.0
# What an answer may take on top of its call's limit: that one is httpx's, and counts each wait for
# the next bytes anew, so that an agent whose answer comes in drops could outlast it.
DRIP_SECONDS = 1.0
# A call that hangs leaves room for those that follow it.
CALLS_AT_A_TIME = 4
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


def _own_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CALLS_AT_A_TIME, thread_name_prefix="pooler")


@dataclass(frozen=True)
class _Agent:
    """One agent, the connection to it, and threads that no other agent's calls wait for."""

    url: str
    http: httpx.Client
    threads: ThreadPoolExecutor = field(default_factory=_own_threads)

    def close(self) -> None:
        """Close the connection; a call that hangs is not waited for."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.http.close()

    def call(
        self, method: str, path: str, body: dict[str, object] | None = None, *, seconds: float
    ) -> bytes:
        """The answer's body; no call is ever repeated. Raises the error the agent names."""
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        try:
            response = self.http.request(method, f"/v1/{path}", json=body, timeout=timeout)
        except (httpx.HTTPError, ssl.SSLError) as error:
            if wrong := _wrong_certificate(error):
                raise PoolerUnreachable(
                    f"The agent at {self.url} shows a certificate that can't be accepted ({wrong}):"
                    " give it a valid one for that address, of the authority in DAYBREAK_CA_FILE."
                ) from error
            what = str(error) or type(error).__name__
            raise PoolerUnreachable(
                f"The agent at {self.url} does not answer ({what.rstrip('.')}): see that it runs, "
                "and that our certificate is valid and of its `client_ca`: its log says why it "
                "refused one."
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

    def point_to(
        self,
        source: str,
        endpoint: Endpoint,
        epoch: int,
        *,
        entry: str = "live",
        seconds: float = CALL_SECONDS,
    ) -> bytes:
        """Move an entry."""
        body: dict[str, object] = {
            "epoch": epoch,
            "host": endpoint.host,
            "port": endpoint.port,
            "entry": entry,
        }
        return self.call("POST", f"{source}/point_to", body, seconds=seconds)

    def open_validation(self, source: str, endpoint: Endpoint, epoch: int) -> Entry:
        """Move the validation entry."""
        content = self.point_to(source, endpoint, epoch, entry="validation")
        answer = self._read(wire.EntryAnswer, content)
        return Entry(answer.host, answer.port, answer.dbname, answer.user)

    def pause(
        self, source: str, epoch: int, timeout: float, resume_after: float, *, renew: bool = False
    ) -> None:
        """Hold traffic, or go on holding it."""
        body: dict[str, object] = {
            "epoch": epoch,
            "timeout_seconds": timeout,
            "resume_after_seconds": resume_after,
            "renew": renew,
        }
        self.call("POST", f"{source}/pause", body, seconds=timeout + UNDO_SECONDS)

    def resume(self, source: str, epoch: int) -> None:
        """Let traffic go."""
        self.call("POST", f"{source}/resume", {"epoch": epoch}, seconds=CALL_SECONDS)

    def lead_to(self, source: str, endpoint: Endpoint, epoch: int) -> None:
        """Move the entries, and let go what leads to the right place."""
        self.point_to(source, endpoint, epoch)
        self.resume(source, epoch)

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
        for agent in self._agents:
            agent.close()

    def prepare(self, source: str, journal: Journal) -> bool:  # noqa: ARG002 - see there
        """Poolers need no preparation: a move is in force when it is answered."""
        return False

    def release(self, source: str, journal: Journal) -> bool:  # noqa: ARG002 - see there
        """Nothing was prepared."""
        return False

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
            lambda agent: agent.pause(source, epoch, timeout_seconds, resume_after_seconds),
            timeout_seconds + UNDO_SECONDS,
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
        worst = min(errors, key=_how_harmless)
        message = " ".join(dict.fromkeys([*(str(error) for error in errors), *still]))
        if isinstance(worst, PauseTimedOut):
            raise PauseTimedOut(message, sessions) from worst
        raise type(worst)(message) from worst

    def renew(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Put the pause's end off in every pooler; one that fails costs the others nothing."""
        self._all(
            lambda agent: agent.pause(
                source, epoch, timeout_seconds, resume_after_seconds, renew=True
            ),
            timeout_seconds + UNDO_SECONDS,
        )

    def point_to(
        self,
        source: str,
        endpoint: Endpoint,
        *,
        epoch: int,
        timeout_seconds: float = MOVE_SECONDS,
    ) -> None:
        """Lead the source's traffic to the endpoint, in every pooler."""
        seconds = max(min(timeout_seconds, MOVE_SECONDS), LEAST_SECONDS)
        self._all(lambda agent: agent.point_to(source, endpoint, epoch, seconds=seconds), seconds)

    def resume(self, source: str, *, epoch: int) -> None:
        """Let traffic go: one pooler that cannot is no reason for the others to wait."""
        self._all(lambda agent: agent.resume(source, epoch))

    def lead_to(self, source: str, endpoint: Endpoint, *, epoch: int) -> None:
        """Point each pooler to the endpoint and let it go, whatever the others do."""
        self._all(lambda agent: agent.lead_to(source, endpoint, epoch), 2 * CALL_SECONDS)

    def validation_entries(
        self, source: str, endpoint: Endpoint, *, epoch: int
    ) -> tuple[Entry, ...]:
        """Open the second way in every pooler."""
        return tuple(self._all(lambda agent: agent.open_validation(source, endpoint, epoch)))

    def _all(self, call: Callable[[_Agent], Result], seconds: float = CALL_SECONDS) -> list[Result]:
        """Every agent's answer; all are called, then the errors are raised as one."""
        outcomes = self._outcomes(call, seconds)
        if errors := _errors(outcomes):
            worst = min(errors, key=_how_harmless)
            message = " ".join(dict.fromkeys(str(error) for error in errors))
            raise type(worst)(message) from worst
        return [outcome for outcome in outcomes if not isinstance(outcome, DaybreakError)]

    def _outcomes(
        self, call: Callable[[_Agent], Result], seconds: float = CALL_SECONDS
    ) -> list[Result | DaybreakError]:
        """All are called at the same time; one that hangs is given up, and costs nobody else's."""
        until = time.monotonic() + seconds + DRIP_SECONDS
        calls = [(agent, agent.threads.submit(call, agent)) for agent in self._agents]
        outcomes: list[Result | DaybreakError] = []
        for agent, future in calls:
            outcome = _outcome(agent, future, until)
            outcomes.append(outcome)
        return outcomes


def _wrong_certificate(error: BaseException | None) -> str:
    """What is wrong with the certificate that the other side has shown, if that was it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def _outcome(agent: _Agent, future: Future[Result], until: float) -> Result | DaybreakError:
    try:
        return future.result(max(until - time.monotonic(), 0))
    except DaybreakError as error:
        return error
    except TimeoutError:
        return PoolerUnreachable(f"The agent at {agent.url} has not answered in time.")


def _how_harmless(error: DaybreakError) -> int:
    """Of several errors the one that counts: a later attempt, then what is broken, then delay."""
    return 0 if isinstance(error, OlderEpoch) else 2 if isinstance(error, PauseTimedOut) else 1


def _errors(outcomes: Sequence[object]) -> list[DaybreakError]:
    return [outcome for outcome in outcomes if isinstance(outcome, DaybreakError)]
