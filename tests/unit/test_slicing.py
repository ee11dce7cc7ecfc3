"""Of a large table a commit runs its own slice, and over the commits every row is reached."""

import subprocess

import pytest
from slicing import head_commit, in_slice

TABLE = """
import pytest

@pytest.mark.table("failures")
@pytest.mark.parametrize("row", range(40))
def test_row(row):
    assert row >= 0

def test_outside_of_tables():
    pass
"""
COMMIT = "0123abcd" * 5
OTHER_COMMIT = "fedc9876" * 5


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of one table with forty rows and one test outside of it."""
    monkeypatch.delenv("DAYBREAK_TABLES", raising=False)
    pytester.makeconftest('pytest_plugins = ["slicing"]')
    pytester.makeini("[pytest]\nmarkers =\n    table(name): a row\naddopts = --strict-markers")
    pytester.makepyfile(test_table=TABLE)
    return pytester


def rows_run(result: pytest.RunResult) -> set[str]:
    """The rows that passed in a verbose run."""
    return {line.split()[0] for line in result.outlines if "test_row[" in line and "PASSED" in line}


def commit_something(project: pytest.Pytester, content: str) -> None:
    """Make a new commit in the project."""
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for command in (
        ["init", "-q"],
        ["add", "."],
        [*author, "commit", "-q", "--allow-empty", "-m", content],
    ):
        subprocess.run(["git", *command], cwd=project.path, check=True)


def test_every_row_runs_when_all_are_asked_for(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DAYBREAK_TABLES=all leaves nothing out."""
    monkeypatch.setenv("DAYBREAK_TABLES", "all")

    result = project.runpytest("-v")

    result.assert_outcomes(passed=41)
    result.stdout.fnmatch_lines(["tables: every row", "table failures: 40 of 40 rows"])


def test_a_commit_runs_its_slice_and_says_which(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of the rows runs, with all that is in no table, and the header names the commit."""
    monkeypatch.setenv("DAYBREAK_TABLES", COMMIT)

    result = project.runpytest("-v")

    result.assert_outcomes(passed=5, deselected=36)
    result.stdout.fnmatch_lines(
        [f"tables: the slice of commit {COMMIT[:12]} *", "table failures: 4 of 40 rows"]
    )


def test_a_commit_runs_the_same_slice_in_any_order(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slice does not hang on the order that tests are shuffled into."""
    monkeypatch.setenv("DAYBREAK_TABLES", COMMIT)

    first = rows_run(project.runpytest("-v", "-p", "randomly", "-p", "no:cacheprovider"))
    second = rows_run(project.runpytest("-v", "-p", "no:randomly", "-p", "no:cacheprovider"))

    assert first == second


def test_a_table_of_long_rows_has_more_slices(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as it says."""
    monkeypatch.setenv("DAYBREAK_TABLES", COMMIT)
    project.makeini("[pytest]\nmarkers =\n    table(name, slices): a row")
    project.makepyfile(test_table=TABLE.replace('("failures")', '("failures", slices=20)'))

    project.runpytest("-v").assert_outcomes(passed=3, deselected=38)


def test_over_the_commits_every_row_is_reached() -> None:
    """No row waits for ever: a hundred commits reach all forty."""
    commits = [f"{number:040x}" for number in range(100)]

    reached = {row for row in range(40) for commit in commits if in_slice(commit, "t", row, 40)}

    assert reached == set(range(40))


@pytest.mark.parametrize("rows", range(1, 25))
def test_every_slice_of_a_small_table_has_a_row(rows: int) -> None:
    """A table with fewer rows than slices is not left out for most commits."""
    for number in range(50):
        assert any(in_slice(f"{number:040x}", "t", position, rows) for position in range(rows))


def test_the_commit_is_the_one_checked_out(project: pytest.Pytester) -> None:
    """Without a setting the slice follows the repository, and moves on with its commits."""
    commit_something(project, "one")
    commit = head_commit(project.path)

    result = project.runpytest("-v")

    assert commit is not None
    result.assert_outcomes(passed=5, deselected=36)
    result.stdout.fnmatch_lines([f"tables: the slice of commit {commit[:12]} *"])
    commit_something(project, "two")
    assert head_commit(project.path) != commit


def test_outside_of_a_repository_every_row_runs(project: pytest.Pytester) -> None:
    """Without a commit nothing selects, and nothing is left out silently."""
    project.runpytest("-v").assert_outcomes(passed=41)


@pytest.mark.parametrize("arguments", [["test_table.py::test_row[7]"], ["-k", "test_row[7]"]])
def test_rows_that_are_named_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Who names a row gets it, whichever slice it is in."""
    for commit in (COMMIT, OTHER_COMMIT):
        monkeypatch.setenv("DAYBREAK_TABLES", commit)

        assert rows_run(project.runpytest("-v", *arguments)) == {"test_table.py::test_row[7]"}


def test_a_setting_that_means_nothing_is_refused(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelled setting ends the run instead of choosing some slice."""
    monkeypatch.setenv("DAYBREAK_TABLES", "everything")

    result = project.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*DAYBREAK_TABLES is 'all', or a commit's hash*not 'everything'*"])


WAYS = """
import pytest

WAY = pytest.mark.one_of("ways", "way")

@pytest.fixture(params=[pytest.param(way, marks=WAY) for way in ("left", "right")])
def way(request):
    return request.param

@pytest.mark.parametrize("case", range(20))
def test_row(way, case):
    pass

@pytest.mark.table("failures")
@pytest.mark.parametrize("case", range(10))
def test_row_of_a_table(way, case):
    pass
"""


@pytest.fixture
def ways(project: pytest.Pytester) -> pytest.Pytester:
    """A project of twenty tests that run in one of two ways, beside a table."""
    project.makeini(
        "[pytest]\nmarkers =\n    table(name): a row\n    one_of(name, fixture): a way\n"
        "addopts = --strict-markers"
    )
    project.makepyfile(test_table=WAYS)
    return project


def test_each_test_runs_in_one_of_its_ways(
    ways: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways are seen; another commit chooses otherwise; all means all."""
    monkeypatch.setenv("DAYBREAK_TABLES", COMMIT)
    result = ways.runpytest("-v")
    result.assert_outcomes(passed=22, deselected=38)
    result.stdout.fnmatch_lines(["table failures: 2 of 20 rows", "table ways: 20 of 40 rows"])
    ran = rows_run(result)
    assert len({row.replace("left", "").replace("right", "") for row in ran}) == 20
    assert {"left" in row for row in ran} == {True, False}

    monkeypatch.setenv("DAYBREAK_TABLES", OTHER_COMMIT)
    assert rows_run(ways.runpytest("-v")) != ran
    monkeypatch.setenv("DAYBREAK_TABLES", "all")
    ways.runpytest("-v").assert_outcomes(passed=60)
