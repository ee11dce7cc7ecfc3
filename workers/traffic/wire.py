"""What travels between agent and callers: bodies, answers and errors, for both of their ends."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from migration.errors import DaybreakError
from workers.traffic.errors import (
    ForeignEntries,
    OlderEpoch,
    PauseTimedOut,
    PoolerUnreachable,
    SecretUnavailable,
    UnknownSource,
)
from workers.traffic.port import Endpoint, Session
from workers.traffic.settings import Host, Port

# An hour is longer than any sane pause, and keeps a slip of a digit from holding traffic for days.
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Epoch = Annotated[int, Field(ge=0)]

ERRORS: dict[str, tuple[int, type[DaybreakError]]] = {
    "older_epoch": (409, OlderEpoch),
    "foreign_entries": (409, ForeignEntries),
    "unknown_source": (404, UnknownSource),
    "pause_timed_out": (504, PauseTimedOut),
    "pooler_unreachable": (502, PoolerUnreachable),
    "secret_unavailable": (502, SecretUnavailable),
}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PauseRequest(_Message):
    """Hold traffic."""

    epoch: Epoch
    timeout_seconds: Seconds
    resume_after_seconds: Seconds
    # put the end of the pause off and hold nothing anew: it may be over by the time this arrives
    renew: bool = False


class PointToRequest(_Message):
    """Lead the live entries, or the validation entry, somewhere."""

    epoch: Epoch
    host: Host
    port: Port
    entry: Literal["live", "validation"] = "live"

    @property
    def endpoint(self) -> Endpoint:
        """Where to."""
        return Endpoint(self.host, self.port)


class ResumeRequest(_Message):
    """Let traffic go."""

    epoch: Epoch


class Answer(BaseModel):
    """Base of the answers: a newer agent may say more than an older caller knows."""

    model_config = ConfigDict(extra="ignore", frozen=True)


AnyAnswer = TypeVar("AnyAnswer", bound=Answer)


class PauseAnswer(Answer):
    """Held; how long running transactions took to end."""

    paused: Literal[True] = True
    milliseconds: float


class EntryAnswer(Answer):
    """A way through the pooler."""

    dbname: str
    user: str
    host: str
    port: int


class WayAnswer(Answer):
    """An entry as the pooler has it."""

    name: str
    host: str | None
    port: int | None
    held: bool
    # the application that the entry is for; None while the secret was never read
    user: str | None = None


class PoolerAnswer(Answer):
    """Settings of the pooler that bear on a cut-over (seconds; 0 is for ever)."""

    version: str
    pool_mode: str
    query_wait_timeout: float
    client_login_timeout: float
    server_login_retry: float


class PublicAnswer(Answer):
    """Where clients reach the pooler."""

    host: str
    port: int


class StateAnswer(Answer):
    """Everything about a source."""

    source: str
    epoch: int
    paused: bool
    endpoint: Endpoint | None
    entries: tuple[WayAnswer, ...]
    # entries that lead to the source's server but are not the agent's to move
    foreign: tuple[str, ...] = ()
    resumes_at: float | None
    pooler: PoolerAnswer
    public: PublicAnswer


class SessionsAnswer(Answer):
    """Who is connected."""

    sessions: tuple[Session, ...]


class ErrorAnswer(Answer):
    """What went wrong; `sessions` are those in the way of a pause."""

    error: str
    message: str
    sessions: tuple[Session, ...] = ()


def error_answer(error: DaybreakError) -> tuple[int, ErrorAnswer] | None:
    """Status and body for an error of this layer; None for any other."""
    for code, (status, kind) in ERRORS.items():
        if isinstance(error, kind):
            sessions = error.sessions if isinstance(error, PauseTimedOut) else ()
            return status, ErrorAnswer(error=code, message=str(error), sessions=sessions)
    return None


def raised(answer: ErrorAnswer, prefix: str) -> DaybreakError:
    """The error that an answer stands for; the prefix says which agent gave it."""
    message = f"{prefix}: {answer.message}"
    if answer.error == "pause_timed_out":
        return PauseTimedOut(message, answer.sessions)
    _, kind = ERRORS.get(answer.error, (502, PoolerUnreachable))
    return kind(message)
