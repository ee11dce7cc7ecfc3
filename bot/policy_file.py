"""The file of DAYBREAK_APPROVAL_POLICY: read at the start, refused whole where anything is wrong.

Its keys are those of docs/approvals.md.
"""

import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from bot.settings import APPROVER, SlackSettings
from bot.toml_lines import line_of
from migration.errors import DaybreakError
from migration.policy import DEFAULT, Policy, Rule
from migration.windows import DAYS, ChangeFreeze, Window

MINUTE = 60.0
MOST_APPROVALS = 10
LONGEST_MINUTES = 24 * 60
LATEST_YEAR = 2999


class PolicyWrong(DaybreakError):
    """The approval policy can't be read."""


def policy_of(settings: SlackSettings) -> Policy:
    """What the settings say: the approvers, and the file's rules where one is named.

    Raises:
        PolicyWrong: it can't be read; names each line and key, and what is wrong with it.
    """
    if not settings.approval_policy:
        return Policy(settings.approvers)
    path = Path(settings.approval_policy)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise PolicyWrong(f"DAYBREAK_APPROVAL_POLICY: {path} can't be read: {reason}.") from error
    return parse(text, settings.approvers, str(path))


def parse(text: str, approvers: frozenset[str], name: str) -> Policy:
    """The policy in this text; `name` is the file's, for what is said of it.

    Raises:
        PolicyWrong: see `policy_of`.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyWrong(f"DAYBREAK_APPROVAL_POLICY: {name} is no TOML: {error}.") from error
    try:
        return _File.model_validate(found).policy(approvers)
    except ValidationError as error:
        problems = [
            f"  line {line_of(text, problem['loc'])}, {_where(problem['loc'])}: "
            f"{_said(problem['type'], problem['msg'])}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise PolicyWrong(
            f"DAYBREAK_APPROVAL_POLICY: {name} (docs/approvals.md says what may stand there):\n"
            + "\n".join(problems)
        ) from None


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "no such key is known here"
    return message.removeprefix("Value error, ")


def _where(path: tuple[str | int, ...]) -> str:
    """As people count: from 1."""
    said = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return said.lstrip(".") or "the file"


def _is_named(value: str) -> str:
    if not APPROVER.fullmatch(value):
        raise ValueError(f"`{value}` is no Slack id of a person (`U...`) or a user group (`S...`)")
    return value


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"`{value}` is no time zone that this machine knows, like `Europe/Berlin`"
        ) from error
    return value


def _is_pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return value


def _clock(value: object) -> object:
    """TOML's own times want seconds; people write 22:00."""
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        hour, minute = map(int, value.split(":"))
        return time(hour, minute)
    if isinstance(value, time):
        return value.replace(microsecond=0)
    raise ValueError('is no time of day, like "22:00"')


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        if value.year > LATEST_YEAR:
            raise ValueError(f"is after the year {LATEST_YEAR}")
        return value
    raise ValueError("is no date, like 2026-12-20 (without quotes)")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Id = Annotated[str, AfterValidator(_is_named)]
Zone = Annotated[str, AfterValidator(_is_zone)]
Clock = Annotated[time, BeforeValidator(_clock)]
Day = Annotated[date, BeforeValidator(_day)]
Some = Annotated[str, Field(min_length=1)]
Values = Annotated[list[Some], BeforeValidator(_several), Field(min_length=1)]
Asked = Literal["required", "optional"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Window(_Entry):
    begins: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")
    #: None named: every day.
    days: list[Weekday] = Field(default_factory=list, min_length=1)
    time_zone: Zone = ""

    def window(self, zone: str) -> Window:
        days = frozenset(DAYS.index(day) for day in self.days or DAYS)
        return Window(days, self.begins, self.ends, self.time_zone or zone)


class _Freeze(_Entry):
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    reason: str = Field("", max_length=200)
    time_zone: Zone = ""

    @model_validator(mode="after")
    def _is_forward(self) -> Self:
        if self.last < self.first:
            raise ValueError("`to` is before `from`")
        return self

    def freeze(self, zone: str) -> ChangeFreeze:
        return ChangeFreeze(self.first, self.last, self.time_zone or zone, self.reason)


class _Rule(_Entry):
    name: str = Field(min_length=1, max_length=60)
    sources: list[Some] = Field(default_factory=list)
    tags: dict[str, Values] = Field(default_factory=dict)
    approvers: list[Id] = Field(default_factory=list)
    approvals: int = Field(1, ge=1, le=MOST_APPROVALS)
    requester_may_approve: bool = False
    reason: Asked = "optional"
    ticket: Asked = "optional"
    ticket_pattern: Annotated[str, AfterValidator(_is_pattern)] = ""
    expires_minutes: float = Field(15, ge=1, le=LONGEST_MINUTES)
    break_glass: list[Id] = Field(default_factory=list)
    windows: list[_Window] = Field(default_factory=list)
    freezes: list[_Freeze] = Field(default_factory=list)
    rehearsed_on: list[Some] = Field(default_factory=list)

    def rule(self, approvers: frozenset[str], zone: str) -> Rule:
        return Rule(
            approvers=frozenset(self.approvers) or approvers,
            name=self.name,
            sources=tuple(self.sources),
            tags={key: tuple(values) for key, values in self.tags.items()},
            approvals=self.approvals,
            requester_may_approve=self.requester_may_approve,
            reason_required=self.reason == "required",
            ticket_required=self.ticket == "required",
            ticket_pattern=self.ticket_pattern,
            expires_seconds=self.expires_minutes * MINUTE,
            break_glass=frozenset(self.break_glass),
            windows=tuple(one.window(zone) for one in self.windows),
            freezes=tuple(one.freeze(zone) for one in self.freezes),
            rehearsed_on=tuple(self.rehearsed_on),
        )

    @property
    def fits_everything(self) -> bool:
        return not self.sources and not self.tags


class _File(_Entry):
    time_zone: Zone = "UTC"
    freezes: list[_Freeze] = Field(default_factory=list)
    rules: list[_Rule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _make_sense_together(self) -> Self:
        names = [rule.name for rule in self.rules]
        for at, rule in enumerate(self.rules):
            if rule.name == DEFAULT or names.index(rule.name) < at:
                raise ValueError(f"rule {at + 1} is called `{rule.name}`, as another one is")
            if rule.fits_everything and at < len(names) - 1:
                raise ValueError(
                    f"rule {at + 1}, `{rule.name}`, fits every source: those behind it never count"
                )
            people = [one for one in rule.approvers if not one.startswith("S")]
            if rule.approvers == people and 0 < len(set(people)) < rule.approvals:
                raise ValueError(
                    f"rule {at + 1}, `{rule.name}`, wants {rule.approvals} approvals and names "
                    f"{len(set(people))} who could give one"
                )
        return self

    def policy(self, approvers: frozenset[str]) -> Policy:
        zone = self.time_zone
        return Policy(
            approvers,
            tuple(rule.rule(approvers, zone) for rule in self.rules),
            tuple(one.freeze(zone) for one in self.freezes),
        )
