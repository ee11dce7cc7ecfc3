"""The lines of an examination: one each, with no secret in it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from migration.examination import Finding, Level

WORDS = {Level.GOOD: "ok", Level.WARNING: "warning", Level.FAILURE: "FAILURE"}
HIDDEN = "***"


def line(finding: Finding, secrets: Iterable[str] = ()) -> str:
    """How bad, what, how it is, and the remedy behind an arrow."""
    remedy = f" -> {finding.remedy}" if finding.remedy else ""
    words = " ".join(f"{finding.name}: {finding.detail}{remedy}".split())
    for secret in secrets:
        # errors of libraries may quote what they were given
        words = words.replace(secret, HIDDEN)
    return f"{WORDS[finding.level]:<7}  {words}"


def secrets_of(*settings: BaseSettings | None) -> list[str]:
    """Every secret that these hold, longest first, a URL's password by itself too."""
    found: set[str] = set()
    for one in settings:
        for name in type(one).model_fields if one is not None else ():
            value = getattr(one, name)
            if isinstance(value, SecretStr):
                found |= _parts(value.get_secret_value())
    return sorted(found, key=len, reverse=True)


def _parts(secret: str) -> set[str]:
    try:
        password = urlsplit(secret).password
    except ValueError:
        password = None
    return {part for part in (secret, password) if part}
