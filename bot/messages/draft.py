"""The wizard's form as it stands before somebody, and what is known while it is drawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bot.messages.modals import Field, View, fields
from migration.identifiers import LONGEST_IDENTIFIER
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
SLOTS = "recreate_slots"
METHOD = "method"
#: In minutes.
OUTAGE = "longest_outage_seconds"
#: What the choice of `LOGIN` says.
WITH, WITHOUT = "with", "without"
#: What the choice of `SLOTS` says.
LEAVE, RECREATE = "leave", "recreate"

METHODS = {method.value: method for method in Method}
SUFFIX = "-aurora"


def default_target(source: str) -> str:
    """The cluster's name when nobody chose one, within what RDS takes."""
    return source[: LONGEST_IDENTIFIER - len(SUFFIX)].rstrip("-") + SUFFIX if source else ""


@dataclass(frozen=True)
class Draft:
    """The form as it stands before somebody: for which source, and what is filled in."""

    channel: str
    source: str = ""
    #: With a login or without, as what will happen has been said.
    login: bool = True
    #: How going back is kept possible, as it was typed; the form's own field says it from then on.
    way_back: WayBack = WayBack.NONE
    #: How the data gets there, as what will happen has been said.
    method: Method = Method.READ_REPLICA
    #: Whether consumers' slots are made anew, as it was typed; as above.
    recreate_slots: bool = False
    #: Whether what will happen to that source has been said.
    told: bool = False
    #: How often it was drawn for another source: the names of blocks that follow it carry that.
    drawn: int = 0
    #: What was proposed when it was drawn; a field that still says so follows the source.
    proposed: Mapping[str, str] = field(default_factory=dict)
    filled: Mapping[str, Field] = field(default_factory=dict)

    @classmethod
    def of(cls, view: View) -> Self:
        """The form that Slack gave back."""
        kept: dict[str, Any] = json.loads(view["private_metadata"])
        return cls(
            channel=kept["c"],
            source=kept["s"],
            login=kept["l"],
            method=METHODS.get(kept.get("m", ""), Method.READ_REPLICA),
            told=kept["t"],
            drawn=kept["n"],
            proposed=kept["d"],
            filled=fields(view),
        )

    @property
    def chosen(self) -> str:
        """The source that is chosen now, which it may not have been drawn for yet."""
        return self.value(SOURCE)

    def value(self, name: str) -> str:
        """What stands in a field; empty for nothing."""
        return self.filled.get(name, Field("", "")).value

    @property
    def chosen_login(self) -> bool:
        """Whether Daybreak is to log in, as chosen now."""
        return self.value(LOGIN) != WITHOUT if self.value(LOGIN) else self.login

    @property
    def chosen_way_back(self) -> WayBack:
        """How going back is kept possible, as chosen now."""
        return {way.value: way for way in WayBack}.get(self.value(WAY_BACK), self.way_back)

    @property
    def chosen_method(self) -> Method:
        """How the data gets there, as chosen now."""
        return METHODS.get(self.value(METHOD), self.method)

    @property
    def chosen_slots(self) -> bool:
        """Whether consumers' slots are made anew, as chosen now."""
        return {LEAVE: False, RECREATE: True}.get(self.value(SLOTS), self.recreate_slots)

    def drawn_for(self, source: str, *, login: bool, method: Method | None = None) -> Self:
        """The same for another source or way, as long as it is not drawn: `form` does that."""
        method = method or self.method
        other = (source, login, method) != (self.source, self.login, self.method)
        drawn = self.drawn + other
        return replace(self, source=source, login=login, method=method, drawn=drawn)


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
