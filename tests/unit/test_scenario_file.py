"""Scenario files: each that comes with the sandbox can be used, and a slip is named."""

from pathlib import Path

import pytest

from sandbox.aws import scenario_file
from sandbox.aws.scenario import Scenario
from sandbox.settings import Options, UsageError


@pytest.mark.parametrize("name", scenario_file.names())
def test_every_scenario_can_be_used_and_turns_something(name: str) -> None:
    """And says in words what it is about."""
    assert scenario_file.load(name) != Scenario()
    assert (scenario_file.FOLDER / f"{name}.toml").read_text().startswith("# ")


def test_a_file_of_ones_own_turns_what_it_says(tmp_path: Path) -> None:
    """Whole numbers, lists and tables are taken as the switch has them."""
    path = tmp_path / "mine.toml"
    path.write_text('promote_seconds = 3\ndenied = ["CreateDBCluster"]\n[quotas]\nDBClusters = 1\n')
    found = scenario_file.load(str(path))
    assert (found.promote_seconds, found.denied) == (3.0, {"CreateDBCluster"})
    assert found.quotas == {"DBClusters": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("promote_secnds = 3\n", "turns promote_secnds, and there is no such switch"),
        ('promote_seconds = "3"\n', "should be a float, like 0.0"),
        ("replica_stalled = 1\n", "should be a bool"),
        ("metrics_said = {}\n", "no such switch"),
        ("promote\n", "is no TOML"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, words: str) -> None:
    """Before anything is started."""
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(scenario_file.ScenarioError, match=words):
        scenario_file.load(str(path))


def test_an_unknown_name_is_told_those_there_are() -> None:
    """As every other wrong setting is."""
    options = Options.from_environment({"SCENARIO": "disk-fils"})
    with pytest.raises(UsageError, match="There are: disk-fills"):
        options.check()
