"""What somebody has chosen so far in the form of `/migrate start`, and what is known meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from bot.messages.modals import Field, View, fields
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.model import Method, WayBack
from migration.ports import Inventory, Source

# A field is called what the core calls the option (`InvalidOptions.field`).
SOURCE = "source"
TARGET = "target"
INSTANCE_CLASS = "instance_class"
LAG = "lag_threshold_seconds"
PAUSE = "max_write_pause_seconds"
ACCEPT = "accept_backup_interruption"
LOGIN = "login"
WAY_BACK = "way_back"
HOURS = "way_back_hours"
SLOTS = "recreate_slots"
METHOD = "method"
#: In minutes.
OUTAGE = "longest_outage_seconds"
#: What the choice of `LOGIN` says.
WITH, WITHOUT = "with", "without"
#: What the choice of `SLOTS` says.
LEAVE, RECREATE = "leave", "recreate"

METHODS = {method.value: method for method in Method}
WAYS_BACK = {way.value: way for way in WayBack}
SUFFIX = "-aurora"


class Step(StrEnum):
    """What is asked in one view of the form; they come in this order."""

    SOURCE = "source"
    METHOD = "method"
    CHECKS = "checks"
    LIMITS = "limits"
    SUMMARY = "summary"

    @property
    def following(self) -> Self:
        """The next one; the last one's is itself."""
        steps = list(type(self))
        return steps[min(steps.index(self) + 1, len(steps) - 1)]

    @property
    def preceding(self) -> Self:
        """The one before; the first one's is itself."""
        steps = list(type(self))
        return steps[max(steps.index(self) - 1, 0)]


#: Which step asks for what.
ASKS: Mapping[Step, tuple[str, ...]] = {
    Step.SOURCE: (SOURCE,),
    Step.METHOD: (METHOD, LOGIN, TARGET, INSTANCE_CLASS, ACCEPT),
    Step.CHECKS: (),
    Step.LIMITS: (LAG, PAUSE, OUTAGE, WAY_BACK, HOURS, SLOTS),
    Step.SUMMARY: (),
}


def step_of(name: str) -> Step:
    """Where a field is asked for; of one that nobody is asked for, the first step."""
    return next((step for step, names in ASKS.items() if name in names), Step.SOURCE)


def default_target(source: str) -> str:
    """The cluster's name when nobody chose one, within what RDS takes."""
    return source[: LONGEST_IDENTIFIER - len(SUFFIX)].rstrip("-") + SUFFIX if source else ""


@dataclass(frozen=True)
class Draft:
    """A form that is being filled in, kept in Redis under its id; times are unix seconds.

    Slack's view carries the id alone: what is chosen has to outlive it.
    """

    id: str
    user: str
    channel: str
    step: Step = Step.SOURCE
    #: What was chosen or typed, by field; where nothing is, what is proposed holds.
    values: Mapping[str, str] = field(default_factory=dict)
    #: How often a step was gone to: names of blocks carry it, because Slack keeps what was typed
    #: into a block as long as its name stays.
    visit: int = 0
    #: The migration that came of it.
    started: str = ""
    saved_at: float = 0.0

    def value(self, name: str) -> str:
        """What was chosen or typed; empty for nothing."""
        return self.values.get(name, "")

    @property
    def source(self) -> str:
        """The source that is chosen, if it can be one."""
        return self.value(SOURCE) if is_identifier(self.value(SOURCE)) else ""

    @property
    def method(self) -> Method:
        """How the data gets there."""
        return METHODS.get(self.value(METHOD), Method.READ_REPLICA)

    @property
    def by_snapshot(self) -> bool:
        """Whether it is one copy, made while nobody writes."""
        return self.method is Method.SNAPSHOT

    @property
    def login(self) -> bool:
        """Whether Daybreak is to log in."""
        return self.value(LOGIN) != WITHOUT

    @property
    def way_back(self) -> WayBack:
        """How going back is kept possible."""
        return WAYS_BACK.get(self.value(WAY_BACK), WayBack.NONE)

    @property
    def slots(self) -> bool:
        """Whether consumers' slots are made anew."""
        return self.value(SLOTS) == RECREATE

    @property
    def by_sql(self) -> bool:
        """Whether a way back and slots can be asked for: both are made beside a replica, by SQL."""
        return self.login and not self.by_snapshot

    @property
    def worth_keeping(self) -> bool:
        """Whether something would be lost with it that is more than a name."""
        more = any(name != SOURCE for name in self.values)
        return bool(self.source) and (more or self.step not in {Step.SOURCE, Step.METHOD})

    def at(self, step: Step) -> Self:
        """The same at another step, as it is to be shown next."""
        return replace(self, step=step, visit=self.visit + 1)

    def with_values(self, filled: Mapping[str, str], proposed: Mapping[str, str]) -> Self:
        """With what stands in fields; what is only proposed goes on following the source.

        What was accepted for one source is not accepted for another.
        """
        values = dict(self.values)
        for name, value in filled.items():
            if value and value != proposed.get(name, ""):
                values[name] = value
            else:
                values.pop(name, None)
        if values.get(SOURCE) != self.values.get(SOURCE) and ACCEPT not in filled:
            values.pop(ACCEPT, None)
        return replace(self, values=values)


@dataclass(frozen=True)
class Waiting:
    """Which view of a draft waits for which look at its source.

    It is kept apart from the draft: somebody may go back while it is written down.
    """

    #: `CheckRun.id`, and `Draft.visit` as it was then.
    look: str = ""
    visit: int = -1
    #: Slack's id of the view, and its hash as far as that is known.
    view: str = ""
    hash: str = ""


@dataclass(frozen=True)
class Form:
    """What Slack gives back of a view: whose draft and step it shows, and what is filled in."""

    draft: str
    step: Step
    #: The look whose findings it shows, and the hash of the plan that it shows; empty for none.
    look: str
    plan: str
    filled: Mapping[str, Field]
    #: Slack's id of the view; empty before it is shown.
    view: str = ""

    @classmethod
    def of(cls, view: View) -> Self:
        """The form in that view."""
        kept: dict[str, Any] = json.loads(view["private_metadata"])
        return cls(
            view=str(view.get("id", "")),
            draft=str(kept["d"]),
            step=Step(kept["s"]),
            look=str(kept.get("l", "")),
            plan=str(kept.get("p", "")),
            filled=fields(view),
        )

    @property
    def values(self) -> Mapping[str, str]:
        """What stands in its fields, by their names."""
        return {name: entry.value for name, entry in self.filled.items()}


@dataclass(frozen=True)
class Busy:
    """The migration that a source is in already, and where its message is."""

    migration: str
    link: str = ""


@dataclass(frozen=True)
class Known:
    """What the store and the settings say, at one moment (unix seconds)."""

    inventory: Inventory | None
    #: By source.
    busy: Mapping[str, Busy]
    approvers: frozenset[str]
    now: float

    def source(self, name: str) -> Source | None:
        """What the list says of an instance."""
        return self.inventory.source(name) if self.inventory else None
