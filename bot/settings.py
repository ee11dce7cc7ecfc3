"""The settings of the Slack edge, each with the words that `docs/settings.md` shows."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import quiet_hours

SLACK_API = "https://slack.com/api/"
# Slack's ids of people (U, W) and of user groups (S).
APPROVER = re.compile(r"[UWS][A-Z0-9]+")
# Slack's ids of channels, private ones of old included.
CHANNEL = re.compile(r"[CG][A-Z0-9]+")


class Transport(StrEnum):
    """How Slack's requests reach the bot."""

    SOCKET = "socket"
    HTTP = "http"


class SlackSettings(BaseSettings):
    """What both of the bot's processes need to speak to Slack."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    slack_api_url: str = Field(
        SLACK_API,
        validation_alias="SLACK_API_URL",
        description="Where Slack's Web API is.",
    )
    slack_bot_token: SecretStr = Field(
        min_length=1,
        validation_alias="SLACK_BOT_TOKEN",
        description="The app's bot token, `xoxb-...`.",
    )
    approvers: Annotated[frozenset[str], NoDecode] = Field(
        min_length=1,
        validation_alias="DAYBREAK_APPROVERS",
        description="Who may approve: Slack ids of people (`U...`) and of user groups (`S...`), "
        "separated by commas. Nobody approves a migration of their own.",
    )
    approval_policy: str = Field(
        "",
        validation_alias="DAYBREAK_APPROVAL_POLICY",
        description="Path of a TOML file with rules for approvals by sources' names and tags "
        "(`docs/approvals.md`); empty: `DAYBREAK_APPROVERS` for all. Both processes need the same.",
    )
    fallback_channel: str = Field(
        "",
        validation_alias="DAYBREAK_CHANNEL",
        description="Id of the channel that a migration is shown in when it can't be shown where "
        "`/migrate` was typed, also once that channel was archived or Daybreak taken out of it; "
        "empty: none, and such a migration goes on unseen, of which log and doctor tell.",
    )

    quiet_hours: str = Field(
        "",
        validation_alias="DAYBREAK_QUIET_HOURS",
        description="Hours in which nobody is called for what can wait, as "
        "`22:00-07:00 Europe/Berlin` (UTC without a zone): they are called at their end. Where "
        "writes are stopped or something failed people are called all the same; empty: none.",
    )
    announce_channels: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias="DAYBREAK_ANNOUNCE_CHANNELS",
        description="Ids of channels (`C...`), separated by commas, that are told of each "
        "maintenance: planned, started, done or put back. Daybreak has to be in them. The channel "
        "that a migration is shown in needs no other word.",
    )

    @field_validator("slack_api_url")
    @classmethod
    def _end_with_a_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"

    @field_validator("approvers", "announce_channels", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        # In their order, each once.
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    @field_validator("quiet_hours")
    @classmethod
    def _look_like_hours(cls, value: str) -> str:
        quiet_hours.read(value)
        return value

    @field_validator("announce_channels")
    @classmethod
    def _look_like_channels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [entry for entry in value if not CHANNEL.fullmatch(entry)]
        if wrong:
            raise ValueError(f"not ids of channels: {', '.join(wrong)}")
        return value

    @field_validator("approvers")
    @classmethod
    def _look_like_ids(cls, value: frozenset[str]) -> frozenset[str]:
        wrong = sorted(entry for entry in value if not APPROVER.fullmatch(entry))
        if wrong:
            raise ValueError(f"not ids of people or of user groups: {', '.join(wrong)}")
        return value


class BotSettings(SlackSettings):
    """What the process that listens to Slack needs on top."""

    transport: Transport = Field(
        Transport.SOCKET,
        validation_alias="DAYBREAK_SLACK_TRANSPORT",
        description="`socket`: Socket Mode, no public address. `http`: signed requests.",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_APP_TOKEN",
        description="The app-level token, `xapp-...`, with `connections:write`; for `socket`.",
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_SIGNING_SECRET",
        description="What Slack signs its requests with; for `http`.",
    )
    http_host: str = Field(
        "127.0.0.1",
        validation_alias="DAYBREAK_HTTP_HOST",
        description="The address that `http` listens on, behind whatever ends TLS.",
    )
    http_port: int = Field(
        3000,
        ge=0,
        le=65535,
        validation_alias="DAYBREAK_HTTP_PORT",
        description="The port that `http` listens on.",
    )

    @model_validator(mode="after")
    def _have_what_the_transport_needs(self) -> Self:
        if self.transport is Transport.SOCKET and not self.slack_app_token.get_secret_value():
            raise ValueError("SLACK_APP_TOKEN is needed for Socket Mode")
        if self.transport is Transport.HTTP and not self.slack_signing_secret.get_secret_value():
            raise ValueError("SLACK_SIGNING_SECRET is needed for DAYBREAK_SLACK_TRANSPORT=http")
        return self
