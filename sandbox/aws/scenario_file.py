"""Scenarios as files that people can read: which switches are turned when the account starts."""

import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from sandbox.aws.scenario import Scenario

FOLDER = Path(__file__).resolve().parent.parent / "scenarios"
# Its keys are pairs, which such a file can't say; a test turns it.
_NOT_IN_FILES = {"metrics_said"}


class ScenarioError(Exception):
    """A file that can't be used as it is; says which, and what could be."""


def names() -> list[str]:
    """The scenarios that come with the sandbox."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Scenario:
    """By its name, or by the path of a file of one's own.

    Raises:
        ScenarioError: there is none, or it says what no scenario knows.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        raw = tomllib.loads(path.read_text())
    except OSError as error:
        known = ", ".join(names())
        raise ScenarioError(
            f"There is no scenario {name}. There are: {known}; or name a file of your own."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path} is no TOML: {error}.") from error
    known_switches = {f.name: f for f in fields(Scenario) if f.name not in _NOT_IN_FILES}
    unknown = sorted(set(raw) - set(known_switches))
    if unknown:
        raise ScenarioError(
            f"{path} turns {', '.join(unknown)}, and there is no such switch. There are: "
            f"{', '.join(known_switches)} (sandbox/aws/scenario.py says what each does)."
        )
    return Scenario(**{name: _value(path, known_switches[name], raw[name]) for name in raw})


def _value(path: Path, switch: Field[Any], value: Any) -> Any:
    """As the switch is used: whole numbers do for others, and lists for sets."""
    default = getattr(Scenario(), switch.name)
    if isinstance(default, set) and isinstance(value, list):
        return set(value)
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(value) is not type(default):
        raise ScenarioError(
            f"{path}: {switch.name} is {value!r}, and should be a {type(default).__name__}, "
            f"like {default!r}."
        )
    return value
