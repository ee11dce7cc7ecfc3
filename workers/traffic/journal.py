"""What the agent must still know after a crash: epochs, where each source leads, what it holds."""

import asyncio
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.traffic import files
from workers.traffic.port import Endpoint
from workers.traffic.settings import InvalidAgentConfig, explain


class Hold(BaseModel):
    """A pause in force, and when it ends by itself."""

    resume_after_seconds: float
    # unix seconds: a monotonic clock would not survive a restart of the machine
    resumes_at: float


class SourceRecord(BaseModel):
    """What was asked for one source."""

    # the highest seen; an older one is refused
    epoch: int = 0
    # None: where the configuration says
    endpoint: Endpoint | None = None
    validation: Endpoint | None = None
    hold: Hold | None = None


class KnownLogin(BaseModel):
    """The open half of a secret: enough to write the entries while Secrets Manager is away."""

    username: str
    dbname: str
    # its entries carry user and password themselves (see logins.py)
    forced: bool = False


class Record(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    sources: dict[str, SourceRecord] = Field(default_factory=dict)
    logins: dict[str, KnownLogin] = Field(default_factory=dict)


class Journal:
    """The record in memory and on disk."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a file that cannot be read stops the agent, for epochs are in it."""
        self._path = path
        self._writing = asyncio.Lock()
        self.record = self._read()

    def of(self, source: str) -> SourceRecord:
        """The source's part, to be changed in place and then saved."""
        return self.record.sources.setdefault(source, SourceRecord())

    async def save(self, *, durable: bool = True) -> None:
        """Write it; durable means that a power cut cannot undo it."""
        async with self._writing:
            text = self.record.model_dump_json(indent=1)
            await asyncio.to_thread(files.replace, self._path, text, durable=durable)

    def _read(self) -> Record:
        try:
            return Record.model_validate_json(self._path.read_text())
        except FileNotFoundError:
            return Record()
        except OSError as error:
            raise InvalidAgentConfig(
                f"The state file {self._path} cannot be read: {error.strerror}."
            ) from error
        except ValidationError as error:
            raise InvalidAgentConfig(
                f"The state file {self._path} is damaged ({explain(error)}). It holds the epochs "
                "that keep an abandoned attempt from acting: make sure that no migration runs, "
                "then move it away."
            ) from error
