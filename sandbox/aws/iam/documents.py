"""The policy documents of docs/iam, read strictly, with an operator's values for their words."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.aws.iam.conditions import Conditions, NotUnderstood, hold, parsed
from sandbox.aws.iam.need import Need
from sandbox.aws.iam.patterns import like

FOLDER = Path(__file__).parents[3] / "docs" / "iam"
VERSION = "2012-10-17"
_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}
# What an operator replaces: `REGION`, `KEY_ID`, ...
_WORD = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9_]{2,}(?![A-Za-z0-9_])")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")

#: What stands for a word of the documents; several values stand side by side.
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Statement:
    """One statement, as far as it is evaluated; all of it is."""

    document: str
    sid: str
    denies: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.document}.{self.sid}"

    def speaks_of(self, need: Need) -> bool:
        """Whether its effect is meant for this."""
        return (
            need.action in self.actions
            and any(like(one, need.resource) for one in self.resources)
            and hold(self.conditions, need)
        )

    def without(self, action: str) -> "Statement":
        """The same without one of its actions."""
        return replace(self, actions=tuple(one for one in self.actions if one != action))


def names() -> tuple[str, ...]:
    """The documents that there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load(name: str, values: Values) -> tuple[Statement, ...]:
    """One document of docs/iam.

    Raises:
        NotUnderstood: it says something that nothing here evaluates, or a word has no value.
    """
    path = FOLDER / f"{name}.json"
    return parse(name, json.loads(path.read_text()), values)


def parse(name: str, raw: Mapping[str, Any], values: Values) -> tuple[Statement, ...]:
    """A document's statements; raises as `load` does."""
    if set(raw) != {"Version", "Statement"} or raw["Version"] != VERSION:
        raise NotUnderstood(f"{name}: it has to have a Version ({VERSION}) and a Statement.")
    found = tuple(_statement(name, one, values) for one in raw["Statement"])
    if len({one.sid for one in found}) < len(found):
        raise NotUnderstood(f"{name}: two statements have the same Sid.")
    return found


def _statement(document: str, raw: Mapping[str, Any], values: Values) -> Statement:
    where = f"{document}.{raw.get('Sid', '?')}"
    if not set(raw) <= _ELEMENTS or not _ELEMENTS - {"Condition"} <= set(raw):
        odd = sorted(set(raw) ^ (_ELEMENTS - {"Condition"}))
        raise NotUnderstood(f"{where}: {', '.join(odd)} is missing, or is not evaluated.")
    if raw["Effect"] not in {"Allow", "Deny"}:
        raise NotUnderstood(f"{where}: an Effect is Allow or Deny.")
    actions = _listed(raw["Action"])
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise NotUnderstood(f"{where}: `{action}` has to be one action, by its full name.")
    try:
        conditions = parsed(raw.get("Condition", {}))
        return Statement(
            document,
            raw["Sid"],
            raw["Effect"] == "Deny",
            actions,
            _filled(_listed(raw["Resource"]), values),
            tuple((operator, key, _filled(wanted, values)) for operator, key, wanted in conditions),
        )
    except NotUnderstood as error:
        raise NotUnderstood(f"{where}: {error}") from error


def _listed(raw: Any) -> tuple[str, ...]:
    return (raw,) if isinstance(raw, str) else tuple(raw)


def _filled(texts: Sequence[str], values: Values) -> tuple[str, ...]:
    return tuple(filled for text in texts for filled in _fill(text, values))


def _fill(text: str, values: Values) -> Iterator[str]:
    """Each value of each word in it."""
    if "${" in text:
        raise NotUnderstood(f"`{text}`: policy variables are not evaluated.")
    words = sorted(set(_WORD.findall(text)))
    unknown = [word for word in words if word not in values]
    if unknown:
        raise NotUnderstood(f"`{text}`: nothing is given for {', '.join(unknown)}.")
    for chosen in itertools.product(*(values[word] for word in words)):
        said = dict(zip(words, chosen, strict=True))
        yield _WORD.sub(lambda found, said=said: said[found.group()], text)
