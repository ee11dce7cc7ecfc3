"""The doctor's lines: one each, the remedy behind, and no secret in them."""

from pydantic import SecretStr

from bot.doctor.report import line, secrets_of
from migration.adapters.settings import RedisSettings
from migration.examination import Level, failure, good, warning, worst


def test_a_line_says_how_bad_what_and_the_remedy() -> None:
    """What is good needs none."""
    assert line(good("Redis", "answers")) == "ok       Redis: answers"
    assert line(warning("scopes", "too many", "Less.")) == "warning  scopes: too many -> Less."
    assert line(failure("Redis", "gone", "Start it.")) == "FAILURE  Redis: gone -> Start it."


def test_what_a_library_says_over_several_lines_is_one() -> None:
    """So that a line stays a finding."""
    assert line(failure("settings", "a\n  b", "c\n")) == "FAILURE  settings: a b -> c"


def test_no_secret_shows() -> None:
    """The URL, and its password by itself: errors quote either."""
    settings = RedisSettings(REDIS_URL=SecretStr("redis://:hush-hush@redis.internal:6379/0"))
    secrets = secrets_of(settings, None)
    said = line(failure("Redis", "redis://:hush-hush@redis.internal:6379/0 hush-hush", ""), secrets)
    assert said == "FAILURE  Redis: *** ***"


def test_the_worst_is_what_counts() -> None:
    """The exit code."""
    assert worst([]) == 0
    assert worst([good("a", "b"), warning("a", "b", "c")]) == 1
    assert worst([failure("a", "b", "c"), good("a", "b")]) == Level.FAILURE == 2
