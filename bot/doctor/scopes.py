"""The scopes that the app was installed with, against those of manifest.yaml."""

from collections.abc import Iterator
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # PyYAML has no types of its own
from slack_sdk import WebClient

from bot.doctor.asking import patiently
from migration.examination import Finding, failure, good, warning

NAME = "scopes"
MANIFEST = Path(__file__).parents[2] / "manifest.yaml"
# Slack names the scopes of the token in this header of every answer.
HEADER = "x-oauth-scopes"
_ANEW = "Install the app anew from manifest.yaml."


def scopes(client: WebClient, manifest: Path = MANIFEST) -> Iterator[Finding]:
    """A missing one is a failure; one too many is a right that nobody needs."""
    answer = patiently(client.auth_test)
    headers = {name.lower(): value for name, value in dict(answer.headers).items()}
    said = headers.get(HEADER)
    if said is None:
        yield warning(
            NAME,
            f"not looked at: Slack's answer has no `{HEADER}`",
            "See what stands between this machine and Slack, and takes headers away.",
        )
        return
    granted = {scope.strip() for scope in str(said).split(",") if scope.strip()}
    try:
        wanted = wanted_scopes(manifest)
    except OSError as error:
        yield warning(NAME, f"not looked at: {error}", "Run it from a clone, beside manifest.yaml.")
        return
    missing, more = sorted(wanted - granted), sorted(granted - wanted)
    if missing:
        yield failure(NAME, f"missing: {', '.join(missing)}", _ANEW)
    if more:
        yield warning(
            NAME, f"more than manifest.yaml asks for: {', '.join(more)}", f"Not needed. {_ANEW}"
        )
    if not missing and not more:
        yield good(NAME, f"the {len(wanted)} of manifest.yaml")


def wanted_scopes(manifest: Path) -> set[str]:
    """Those that the manifest asks for; raises OSError where it is not there."""
    content = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    return set(content["oauth_config"]["scopes"]["bot"])
