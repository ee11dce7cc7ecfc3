"""Writes docs/settings.md from the settings' own classes; `--check` says whether it is current."""

import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from bot.settings import BotSettings, SlackSettings
from migration.adapters.settings import RedisSettings
from workers.settings import WorkerSettings
from workers.traffic.settings import AgentSettings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

PARTS: tuple[tuple[str, str, type[BaseSettings]], ...] = (
    ("Every process but the poolers' agent", "", RedisSettings),
    ("The bot: `python -m bot` and `python -m bot channel`", "", SlackSettings),
    ("The bot's listening process: `python -m bot`", "On top of those above.", BotSettings),
    (
        "The workers: `python -m workers worker` and `python -m workers reconciler`",
        "",
        WorkerSettings,
    ),
    ("The poolers' agent: `python -m workers.traffic`", "", AgentSettings),
)

HEAD = """# Settings

Every process reads its settings from the environment, once, at its start, and says which one is
missing or wrong. Credentials of AWS and `AWS_ENDPOINT_URL` are read by boto3 itself.

This page is written by `scripts/settings_page.py` from the code.
"""


def name_of(model: type[BaseSettings], field: str) -> str:
    """The environment variable of a field."""
    alias = model.model_fields[field].validation_alias
    prefix = str(model.model_config.get("env_prefix", ""))
    return str(alias) if alias else f"{prefix}{field}".upper()


def default_of(model: type[BaseSettings], field: str) -> str:
    """Its default, in words."""
    default = model.model_fields[field].default
    if default is PydanticUndefined:
        return "required"
    shown = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"`{shown}`" if shown not in {"", None, ()} else "empty"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, words, model in PARTS:
        inherited = set(SlackSettings.model_fields) if model is BotSettings else set()
        parts.append(f"\n## {title}\n")
        if words:
            parts.append(f"{words}\n")
        parts.append("| variable | default | what it is |\n|---|---|---|")
        for field, info in model.model_fields.items():
            if field not in inherited:
                name, default = name_of(model, field), default_of(model, field)
                parts.append(f"| `{name}` | {default} | {info.description} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run {sys.argv[0]}")
    PAGE.write_text(page())
