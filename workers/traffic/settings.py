"""What the poolers' agent is told: one environment variable, and the TOML file it names."""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from migration.errors import Permanent
from workers.traffic.port import Endpoint

# What an entry may be called: it stands in PgBouncer's file and console without further ado.
EntryName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=63)]
Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$", max_length=255)]


class InvalidAgentConfig(Permanent):
    """The agent's configuration cannot be used."""


class AgentSettings(BaseSettings):
    """The agent's environment (boto3 reads its own: credentials, AWS_ENDPOINT_URL)."""

    model_config = SettingsConfigDict(populate_by_name=True)

    agent_config: Path = Field(
        validation_alias="DAYBREAK_AGENT_CONFIG", description="The agent's TOML file."
    )
    aws_region: str | None = Field(
        default=None,
        validation_alias="AWS_REGION",
        description="Region of the secrets; boto3's own default when unset.",
    )


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PoolerSection(_Section):
    """The pooler beside which the agent runs."""

    admin_dsn: str
    public_host: Host
    public_port: Port
    databases_file: Path
    users_file: Path


class EntrySection(_Section):
    """A name applications connect to, and the source it leads to until told otherwise."""

    name: EntryName
    source: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    host: Host
    port: Port = 5432
    validation: EntryName | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where the entry leads before anybody moved it."""
        return Endpoint(self.host, self.port)


class AgentConfig(_Section):
    """The whole file."""

    listen: str = Field(pattern=r"^.+:\d+$")
    certificate: Path
    key: Path
    client_ca: Path
    callers: list[str] = Field(min_length=1)
    state_file: Path
    secret_refresh_seconds: float = Field(default=300.0, gt=0)
    pooler: PoolerSection
    entries: list[EntrySection] = Field(min_length=1)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def validation_entries(self) -> frozenset[str]:
        """The names of the second ways, which only callers of the agent use."""
        return frozenset(entry.validation for entry in self.entries if entry.validation)

    def of(self, source: str) -> list[EntrySection]:
        """The entries of a source."""
        return [entry for entry in self.entries if entry.source == source]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [entry.name for entry in self.entries]
        names += [entry.validation for entry in self.entries if entry.validation]
        if len(set(names)) < len(names):
            raise ValueError("two entries have the same name")
        return self


def load(path: Path) -> AgentConfig:
    """Read the file; raises `InvalidAgentConfig` with every line that is wrong."""
    try:
        return AgentConfig.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise InvalidAgentConfig(f"{path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidAgentConfig(f"{path} is not TOML: {error}.") from error
    except ValidationError as error:
        raise InvalidAgentConfig(f"{path} is not right: {explain(error)}.") from error


def explain(error: ValidationError) -> str:
    """Each complaint with its place, without the values (one of them may be a secret)."""
    return "; ".join(
        f"{'.'.join(str(part) for part in complaint['loc']) or 'the whole'}: {complaint['msg']}"
        for complaint in error.errors(include_url=False, include_input=False)
    )
