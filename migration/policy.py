"""Who approves what, and when: rules for sources by their names and tags; pure.

Rules are read from the top and the first that fits a source counts, so the strictest stands first.
A source fits by the tags that it had when its migration was begun or by those that it has now:
taking a tag away relaxes nothing. Where nobody knows its tags it is taken to have any.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from migration.model import Facts
from migration.windows import ChangeFreeze, Shut, Window, closes_at, shut_at

DEFAULT = "default"
#: An approval counts for so long unless a rule says otherwise.
EXPIRES_SECONDS = 15 * 60.0

Tags = Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """Who asks: an id, the groups they are in, and whether they are a full member of ours.

    `checked_at` is when that was looked up, in unix seconds; 0 where nobody says.
    """

    id: str
    groups: frozenset[str] = frozenset()
    member: bool = True
    checked_at: float = 0.0

    def is_among(self, named: frozenset[str]) -> bool:
        """Whether they, or a group that they are in, are named there."""
        return self.id in named or bool(self.groups & named)


@dataclass(frozen=True)
class Rule:
    """What an approval of a source asks for; with no more than approvers it is the default."""

    #: Ids of people and of groups.
    approvers: frozenset[str]
    #: Stands in the audit.
    name: str = DEFAULT
    #: Patterns of names, and of tags' values by their keys; empty: any. All of them have to fit.
    sources: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: So many people have to approve before a cut-over begins.
    approvals: int = 1
    requester_may_approve: bool = False
    reason_required: bool = False
    ticket_required: bool = False
    #: A regular expression that the whole of a ticket has to match; empty: anything.
    ticket_pattern: str = ""
    expires_seconds: float = EXPIRES_SECONDS
    #: Who may break the glass; empty: the approvers.
    break_glass: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    freezes: tuple[ChangeFreeze, ...] = ()
    #: Patterns of other sources' names: one of those has to be moved first, by the same steps.
    rehearsed_on: tuple[str, ...] = ()

    def fits(self, source: str, known_tags: Sequence[Tags]) -> bool:
        """Whether it is for this source, by any of these sets of tags; none: it may have any."""
        if self.sources and not any(_like(source, one) for one in self.sources):
            return False
        return not self.tags or not known_tags or any(map(self._is_tagged, known_tags))

    def _is_tagged(self, tags: Tags) -> bool:
        by_key = {key.casefold(): value for key, value in tags.items()}
        return all(
            key.casefold() in by_key and any(_like(by_key[key.casefold()], one) for one in values)
            for key, values in self.tags.items()
        )

    @property
    def may_break_glass(self) -> frozenset[str]:
        """Who may."""
        return self.break_glass or self.approvers

    def may_be_rehearsed_on(self, source: str) -> bool:
        """Whether a migration of that source would do."""
        return any(_like(source, one) for one in self.rehearsed_on)

    def shut_at(self, now: float) -> Shut | None:
        """What holds a cut-over up at this moment."""
        return shut_at(self.windows, self.freezes, now)

    def closes_at(self, now: float) -> float | None:
        """When one that may begin now may not any more."""
        return closes_at(self.windows, self.freezes, now)

    def told(self) -> Facts:
        """All of it, as JSON: what an approval was given under."""
        return {
            "name": self.name,
            "sources": list(self.sources),
            "tags": {key: list(values) for key, values in sorted(self.tags.items())},
            "approvers": sorted(self.approvers),
            "approvals": self.approvals,
            "requester_may_approve": self.requester_may_approve,
            "reason_required": self.reason_required,
            "ticket_required": self.ticket_required,
            "ticket_pattern": self.ticket_pattern,
            "expires_seconds": self.expires_seconds,
            "break_glass": sorted(self.break_glass),
            "windows": [str(one) for one in self.windows],
            "freezes": [str(one) for one in self.freezes],
            "rehearsed_on": list(self.rehearsed_on),
        }

    @property
    def mark(self) -> str:
        """Another one as soon as anything of it is another: approvals are bound to it."""
        told = json.dumps(self.told(), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Policy:
    """The approvers of whatever no rule fits, the rules, and freezes that hold for all."""

    approvers: frozenset[str]
    rules: tuple[Rule, ...] = ()
    freezes: tuple[ChangeFreeze, ...] = ()

    def rule_for(self, source: str, known_tags: Sequence[Tags] = ()) -> Rule:
        """The rule that counts for this source."""
        default = Rule(self.approvers)
        rule = next((one for one in self.rules if one.fits(source, known_tags)), default)
        return replace(rule, freezes=(*rule.freezes, *self.freezes))

    @property
    def asks_for_tags(self) -> bool:
        """Whether it makes a difference how a source is tagged."""
        return any(rule.tags for rule in self.rules)

    @property
    def everybody(self) -> frozenset[str]:
        """All who are named anywhere."""
        named = (one for rule in self.rules for one in (rule.approvers, rule.break_glass))
        return self.approvers.union(*named)


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.casefold(), pattern.casefold())
