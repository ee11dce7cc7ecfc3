"""What to say of a call that AWS denied: which action, on what, and which line allows it.

The lines are those of docs/iam, which this reads when it is needed: what people are told to add
is what they were told to give in the first place.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.aws.resources import MIGRATION_TAG

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthFailure",
        "OptInRequired",
        "NotAuthorized",
    }
)
FOLDER = Path(__file__).parents[2] / "docs" / "iam"
TAGGING = "rds:AddTagsToResource"
# AWS's words; an action that has no resources is denied without `on resource`, and S3 quotes it.
_WORDS = re.compile(
    r"(?:User: (?P<who>\S+) is )?not authorized to perform: (?P<action>[\w-]+:\w+)"
    r'(?: on resource: "?(?P<resource>[^\s"]+)"?)?(?: (?P<why>(?:because|with) [^.]*))?',
    re.IGNORECASE,
)
_REQUEST_TAG = "aws:RequestTag/"
_EMPTY = {"Sid": "", "Effect": "", "Action": (), "Resource": ()}
_NO_LINE = "no identity-based policy"
# What an operator replaces in a document, and wildcards.
WORD = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9_]{2,}(?![A-Za-z0-9_])|\*")


@dataclass(frozen=True)
class Denied:
    """What AWS says was missing: perhaps another action than the one that was called."""

    action: str
    #: Empty where AWS names none; so are the others.
    resource: str = ""
    who: str = ""
    #: AWS's reason, where it is another one than that no policy of the role's allows it.
    why: str = ""


@dataclass(frozen=True)
class Line:
    """A statement of docs/iam that allows an action."""

    document: str
    sid: str
    #: The condition keys that it goes by.
    keys: tuple[str, ...]


def denied(words: str) -> Denied | None:
    """What AWS's words say; None where they are others."""
    found = _WORDS.search(words)
    if found is None:
        return None
    why = found["why"] or _NO_LINE
    return Denied(
        found["action"],
        found["resource"] or "",
        found["who"] or "",
        "" if _NO_LINE in why else why.removeprefix("because ").replace("with an", "there is an"),
    )


def told(called: str, code: str, words: str, tags: Collection[str] = ()) -> str:
    """The whole of it for people: what was denied, and what to do.

    `tags` are the names of those that the call set: statements on tagging differ by them.
    """
    said = denied(words)
    if said is None:
        remedy = _remedy(Denied(called), list(lines(called, Denied(called), tags)))
        return f"AWS refused `{called}`: {words} ({code}). {remedy}"
    on = f" on `{said.resource}`" if said.resource else ""
    by = f" to `{said.who}`" if said.who else ""
    within = f", which `{called}` needs" if said.action != called else ""
    head = f"AWS refused `{said.action}`{on}{by}{within}"
    if said.why:
        return f"{head}: {said.why} ({code}). See whether that is meant; mend it, then retry."
    missing = _remedy(said, list(lines(called, said, tags)))
    return f"{head}: no policy of that role allows it ({code}). {missing}"


def lines(
    called: str, said: Denied, tags: Collection[str] = (), folder: Path = FOLDER
) -> Iterator[Line]:
    """The statements of docs/iam that are meant to allow it.

    A document that can't be read has none: a denial must not become another error.
    """
    if said.action != called:
        # what is tagged while it is made gets the mark of its migration
        tags = [MIGRATION_TAG]
    for path in sorted(folder.glob("*.json")):
        for statement in statements(path):
            if statement["Effect"] == "Allow" and _speaks_of(statement, said, tags):
                keys = (key for tests in statement.get("Condition", {}).values() for key in tests)
                yield Line(path.name, statement["Sid"], tuple(dict.fromkeys(keys)))


def statements(path: Path) -> list[dict[str, Any]]:
    """Those of one document, each with every element but `Condition`; none of an unreadable one."""
    try:
        found = json.loads(path.read_text())["Statement"]
        return [{**_EMPTY, **one} for one in found]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _remedy(said: Denied, found: list[Line]) -> str:
    if not found:
        return f"Allow it `{said.action}` (docs/iam/README.md), then retry."
    places = " or ".join(f"statement `{line.sid}` of docs/iam/{line.document}" for line in found)
    remedy = f'Missing is the line `"{said.action}"` in {places}: add it to the role, then retry.'
    keys = tuple(dict.fromkeys(key for line in found for key in line.keys))
    if keys:
        named = ", ".join(f"`{key}`" for key in keys)
        remedy += f" If it is there, its condition does not hold: it goes by {named}."
    return remedy


def _speaks_of(statement: dict[str, Any], said: Denied, tags: Collection[str]) -> bool:
    if said.action not in listed(statement["Action"]):
        return False
    if said.action == TAGGING and tags and not _takes(statement.get("Condition", {}), tags):
        return False
    return not said.resource or any(
        _pattern(one, whole=said.resource.startswith("arn:")).fullmatch(said.resource)
        for one in listed(statement["Resource"])
    )


def _takes(conditions: dict[str, dict[str, Any]], tags: Collection[str]) -> bool:
    """Whether it is meant for setting these tags."""
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            if operator == "ForAllValues:StringEquals" and key == "aws:TagKeys":
                if not set(tags) <= set(listed(wanted)):
                    return False
            elif key.startswith(_REQUEST_TAG) and key.removeprefix(_REQUEST_TAG) not in tags:
                return False
    return True


def listed(raw: Any) -> list[str]:
    """A text or a list of them, as policies have either."""
    return [raw] if isinstance(raw, str) else list(raw)


def _pattern(resource: str, *, whole: bool) -> re.Pattern[str]:
    """A resource of a document, with anything for what operators put in.

    Secrets Manager names a secret by what it was asked for: then the end of an ARN is compared.
    """
    resource = resource if whole else resource.rpartition(":")[2]
    return re.compile(".*".join(re.escape(part) for part in WORD.split(resource)))
