"""The settings of the store, shared by every process."""

from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from migration.errors import DaybreakError

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class RedisSettings(BaseSettings):
    """Where Redis is."""

    model_config = SettingsConfigDict(extra="ignore")

    redis_url: SecretStr = Field(
        validation_alias="REDIS_URL",
        description="Redis, like `redis://:password@host:6379/0`. It must keep what it is told: "
        "append-only file, `appendfsync always`, `maxmemory-policy noeviction`.",
    )


class SettingsWrong(DaybreakError):
    """A setting is missing or wrong."""


def read_settings(wanted: type[SettingsT]) -> SettingsT:
    """The settings from the environment.

    Raises:
        SettingsWrong: names every variable that is missing or wrong; never shows its value.
    """
    try:
        return wanted()
    except ValidationError as error:
        problems = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            prefix = str(wanted.model_config.get("env_prefix", ""))
            shown = name if name.isupper() else f"{prefix}{name}".upper()
            problems.append(f"  {shown}: {problem['msg']}")
        raise SettingsWrong(
            "Set these in the environment (docs/settings.md lists them all):\n"
            + "\n".join(problems)
        ) from None
