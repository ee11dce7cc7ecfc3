"""What the caller may say about a sandbox, and what they are told when it makes no sense."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import environment, procfile
from sandbox.settings import ADDRESSES, Options, UsageError


def test_the_defaults_are_the_demo_s() -> None:
    """300 MB, a million rows, 16 writers, nothing left out."""
    options = Options.from_environment({})

    assert (options.data_mb, options.rows, options.writers) == (300, 1_000_000, 16)
    assert options.report == Path("build/demo.json")
    assert not options.without


def test_the_environment_says_otherwise() -> None:
    """DATA_MB, WRITERS, REPORT and WITHOUT are read, empty ones as if unset."""
    options = Options.from_environment(
        {"DATA_MB": "500", "WRITERS": "4", "REPORT": "x.json", "WITHOUT": "workload, redis"}
    )

    assert (options.data_mb, options.writers, options.report) == (500, 4, Path("x.json"))
    assert options.without == {"workload", "redis"}
    assert Options.from_environment({"DATA_MB": "", "WITHOUT": ""}) == Options.from_environment({})


@pytest.mark.parametrize(
    ("value", "goes_back"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_the_demo_goes_back_where_it_is_told_to(value: str | None, *, goes_back: bool) -> None:
    """By a 1, and by nothing else."""
    environment = {} if value is None else {"ROLLBACK": value}

    assert Options.from_environment(environment).rollback is goes_back


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROLLBACK", "yes"),
        ("DATA_MB", "lots"),
        ("DATA_MB", "0"),
        ("WRITERS", "-1"),
        ("WRITERS", "1.5"),
    ],
)
def test_a_value_that_is_none_is_refused(name: str, value: str) -> None:
    """The message names the variable and what it was set to."""
    with pytest.raises(UsageError, match=f"{name}={re.escape(value)}"):
        Options.from_environment({name: value})


def test_an_unknown_part_cannot_be_left_out() -> None:
    """The message names the parts that there are."""
    with pytest.raises(UsageError, match=r"pgpool.*slack, workload, aws, redis, pgbouncer"):
        Options.from_environment({"WITHOUT": "slack,pgpool"})


@pytest.mark.parametrize("part", [part for part, names in ADDRESSES.items() if names])
def test_a_part_left_out_needs_its_address(part: str) -> None:
    """Every missing variable is named at once; with all of them it is fine."""
    names = ADDRESSES[part]
    complete = {"WITHOUT": part} | dict.fromkeys(names, "somewhere")

    with pytest.raises(UsageError) as refused:
        Options.from_environment({"WITHOUT": part}).check()
    Options.from_environment(complete).check()

    assert all(name in str(refused.value) for name in names)


def test_a_real_account_is_out_of_reach() -> None:
    """With an AWS of our own none of the caller's AWS settings reaches the product."""
    caller = {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL_RDS": "https://x", "HOME": "/home/x"}
    own = environment.inherited(caller, own_slack=True, own_aws=True)
    theirs = environment.inherited(caller, own_slack=True, own_aws=False)

    assert {n: v for n, v in own.items() if n.startswith("AWS_")} == {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    assert own["HOME"] == "/home/x"
    assert theirs["AWS_PROFILE"] == "production"


def test_no_proxy_stands_between_local_parts() -> None:
    """slack_sdk does not know NO_PROXY: a proxy must go when Slack is ours, and stay when not."""
    caller = {"HTTPS_PROXY": "http://proxy", "PGHOST": "elsewhere"}

    assert "HTTPS_PROXY" not in environment.inherited(caller, own_slack=True, own_aws=True)
    assert "HTTPS_PROXY" in environment.inherited(caller, own_slack=False, own_aws=True)
    assert "PGHOST" not in environment.inherited(caller, own_slack=False, own_aws=False)


def test_the_file_can_be_sourced(tmp_path: Path) -> None:
    """Values with blanks and quotes arrive whole, and nobody else may read them."""
    file = tmp_path / "env"
    dsn = "host=x password='it''s $HOME' dbname=y"
    environment.write(file, {"DAYBREAK_APP_DSN": dsn, "HOME": "/", "REDIS_URL": "redis://a b"})
    said = subprocess.run(
        ["sh", "-c", f'. {file}; printf "%s|%s" "$DAYBREAK_APP_DSN" "$REDIS_URL"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == f"{dsn}|redis://a b"
    assert "HOME" not in re.findall(r"export (\w+)", file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_procfile_is_read_line_by_line(tmp_path: Path) -> None:
    """A name, a colon, a command; comments and empty lines are nothing."""
    file = tmp_path / "Procfile"
    file.write_text("# all of it\nbot: python -m bot\n\nworker: python -m workers 'a b'\n")

    assert procfile.read(file) == {
        "bot": ["python", "-m", "bot"],
        "worker": ["python", "-m", "workers", "a b"],
    }


def test_a_procfile_line_without_a_command_is_an_error(tmp_path: Path) -> None:
    """It is not left out in silence."""
    file = tmp_path / "Procfile"
    file.write_text("bot\n")

    with pytest.raises(ValueError, match="no command"):
        procfile.read(file)


def test_the_command_line_tells_what_is_wrong() -> None:
    """A usage error is one line and exit status 2, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "up"],
        env={"WITHOUT": "moon", "PATH": "/usr/bin"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("sandbox up: WITHOUT=moon")
    assert len(done.stderr.splitlines()) == 1
