"""What an app wants a message to say, read from its arguments and checked as Slack checks it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blocks.payloads import check_message
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.team import Team

Json = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What a message is to say, checked."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    @property
    def says_something(self) -> bool:
        """Whether anything would be seen."""
        return bool(self.text or self.blocks or self.attachments)


def read_content(team: Team, args: Mapping[str, Any]) -> Content:
    """The content in an app's arguments, refused as Slack refuses it."""
    blocks = as_json(args.get("blocks"), "invalid_blocks_format")
    attachments = as_json(args.get("attachments"), "invalid_attachments")
    metadata = as_json(args.get("metadata"), "invalid_metadata_format")
    check_message(blocks, metadata)
    _check_types(team, blocks or [])
    _check_files(team, blocks or [])
    text = args.get("text")
    return Content(text if text is None else str(text), blocks, attachments, metadata)


def as_json(value: Any, error: str) -> Any:
    """An argument that came as JSON or, in a form, as JSON in a string."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(error) from None


def _check_types(team: Team, blocks: list[Json]) -> None:
    """A workspace refuses the types that have not been rolled out to it."""
    problems = [
        Problem(f"/blocks/{index}/type", f"unsupported type: {block['type']}")
        for index, block in enumerate(blocks)
        if block["type"] in team.refused_blocks
    ]
    if problems:
        raise SlackError("invalid_blocks", problems)


def _check_files(team: Team, blocks: list[Json]) -> None:
    """A block may show a file only once it has been looked at."""
    for index, block in enumerate(blocks):
        wanted = block.get("slack_file") or block.get("accessory", {}).get("slack_file") or {}
        if "id" not in wanted:
            continue
        try:
            ready = team.files.is_scanned(team.files.find(wanted["id"]))
        except SlackError:
            ready = False
        if not ready:
            problem = Problem(f"/blocks/{index}/slack_file", "invalid slack file")
            raise SlackError("invalid_blocks", [problem])
