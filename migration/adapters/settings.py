"""The settings of the store, shared by every process."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisSettings(BaseSettings):
    """Where Redis is."""

    model_config = SettingsConfigDict(extra="ignore")

    redis_url: SecretStr = Field(
        validation_alias="REDIS_URL",
        description="Redis, like `redis://:password@host:6379/0`. It must keep what it is told: "
        "append-only file, `appendfsync always`, `maxmemory-policy noeviction`.",
    )
