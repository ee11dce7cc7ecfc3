"""The file of the approval policy: what it may say, and how it is told that it is wrong."""

from datetime import date, time
from pathlib import Path

import pytest

from bot.policy_file import PolicyWrong, parse, policy_of
from bot.settings import SlackSettings
from bot.toml_lines import line_of
from migration.policy import Policy, Rule
from migration.windows import ChangeFreeze, Window

ADAM = frozenset({"U0ADAM"})
DOCS = Path(__file__).parents[2] / "docs" / "approvals.md"

WHOLE = """
time_zone = "Europe/Berlin"

[[freezes]]
from = 2026-12-20
to = 2027-01-03
reason = "end of the year"

[[rules]]
name = "production"
sources = ["orders*"]
tags = { env = ["prod*", "live"], tier = "1" }
approvers = ["S0DBAONCALL", "U0LEA"]
approvals = 2
requester_may_approve = true
reason = "required"
ticket = "required"
ticket_pattern = "OPS-[0-9]+"
expires_minutes = 30
break_glass = ["S0LEADS"]
rehearsed_on = ["*-staging"]

[[rules.windows]]
days = ["sat", "sun"]
from = "22:00"
to = 04:30:00

[[rules.windows]]
from = "12:00"
to = "13:00"
time_zone = "UTC"

[[rules.freezes]]
from = 2026-06-01
to = 2026-06-01

[[rules]]
name = "all others"
"""


def test_everything_that_can_be_said_is_read() -> None:
    """Zones are handed down, what is not said has the default, times with or without seconds."""
    policy = parse(WHOLE, ADAM, "policy.toml")
    weekend = Window(frozenset({5, 6}), time(22), time(4, 30), "Europe/Berlin")
    noon = Window(frozenset(range(7)), time(12), time(13), "UTC")
    production = Rule(
        approvers=frozenset({"S0DBAONCALL", "U0LEA"}),
        name="production",
        sources=("orders*",),
        tags={"env": ("prod*", "live"), "tier": ("1",)},
        approvals=2,
        requester_may_approve=True,
        reason_required=True,
        ticket_required=True,
        ticket_pattern="OPS-[0-9]+",
        expires_seconds=1800.0,
        break_glass=frozenset({"S0LEADS"}),
        windows=(weekend, noon),
        freezes=(ChangeFreeze(date(2026, 6, 1), date(2026, 6, 1), "Europe/Berlin"),),
        rehearsed_on=("*-staging",),
    )
    year = ChangeFreeze(date(2026, 12, 20), date(2027, 1, 3), "Europe/Berlin", "end of the year")

    assert policy == Policy(ADAM, (production, Rule(ADAM, "all others")), (year,))
    assert parse("", ADAM, "policy.toml") == Policy(ADAM)


def test_the_example_of_the_page_is_one() -> None:
    """What people copy works."""
    example = DOCS.read_text().split("```toml\n")[1].split("```")[0]

    assert [rule.name for rule in parse(example, ADAM, "docs").rules] == ["production", "billing"]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("approvals = 2", "approvals = 0", "line 14, rules[1].approvals: "),
        ("approvals = 2", "approvals = 11", "line 14, rules[1].approvals: "),
        ("approvals = 2", 'approvals = "2"', "line 14, rules[1].approvals: "),
        ("approvals = 2", "approvals = ", "is no TOML: Invalid value (at line 14"),
        ("approvals = 2", "aprovals = 2", "line 14, rules[1].aprovals: no such key is known here"),
        ('name = "production"', "", "line 9, rules[1].name: Field required"),
        ('"U0LEA"', '"@lea"', "line 13, rules[1].approvers[2]: `@lea` is no Slack id"),
        ('["S0LEADS"]', '["leads"]', "line 20, rules[1].break_glass[1]: `leads` is no Slack id"),
        ('tier = "1"', "tier = 1", "line 12, rules[1].tags.tier: "),
        ("[0-9]+", "[0-9", "line 18, rules[1].ticket_pattern: is no regular expression"),
        ('reason = "required"', 'reason = "yes"', "line 16, rules[1].reason: "),
        ("= 30", "= 0", "line 19, rules[1].expires_minutes: "),
        ("= 30", "= 1441", "line 19, rules[1].expires_minutes: "),
        ('"sun"', '"sunday"', "line 24, rules[1].windows[1].days[2]: "),
        ('["sat", "sun"]', "[]", "line 24, rules[1].windows[1].days: "),
        ('"12:00"', '"24:00"', "line 29, rules[1].windows[2].from: is no time of day"),
        ('to = "13:00"', "", "line 28, rules[1].windows[2].to: Field required"),
        ('"UTC"', '"Mars/Olympus"', "line 31, rules[1].windows[2].time_zone: `Mars/Olympus` is no"),
        ('["*-staging"]', '[""]', "line 21, rules[1].rehearsed_on[1]: "),
        ("Europe/Berlin", "Berlin", "line 2, time_zone: `Berlin` is no time zone"),
        ("2027-01-03", "2026-12-19", "line 4, freezes[1]: `to` is before `from`"),
        ("2027-01-03", '"2027-01-03"', "line 6, freezes[1].to: is no date"),
        ("2027-01-03", "2027-01-03T10:00:00", "line 6, freezes[1].to: is no date"),
        ("2027-01-03", "9999-12-31", "line 6, freezes[1].to: is after the year"),
        ('"all others"', '"production"', "rule 2 is called `production`, as another one is"),
        ('"all others"', '"default"', "rule 2 is called `default`"),
        (
            'sources = ["orders*"]\ntags = { env = ["prod*", "live"], tier = "1" }',
            "",
            "never count",
        ),
        ('["S0DBAONCALL", "U0LEA"]', '["U0LEA"]', "wants 2 approvals and names 1 who could"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(was: str, now: str, said: str) -> None:
    """One word of a good file is changed."""
    assert WHOLE.count(was) >= 1
    with pytest.raises(PolicyWrong, match="DAYBREAK_APPROVAL_POLICY") as wrong:
        parse(WHOLE.replace(was, now, 1), ADAM, "policy.toml")

    assert said in str(wrong.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """Nobody has to start it once for each."""
    text = WHOLE.replace("approvals = 2", "approvals = 0").replace('"22:00"', '"22"')
    with pytest.raises(PolicyWrong) as wrong:
        parse(text, ADAM, "policy.toml")

    assert "rules[1].approvals" in str(wrong.value)
    assert "rules[1].windows[1].from" in str(wrong.value)


def settings(**more: str) -> SlackSettings:
    """As the environment has them."""
    return SlackSettings.model_validate(
        {"SLACK_BOT_TOKEN": "xoxb-1", "DAYBREAK_APPROVERS": "U0ADAM", **more}
    )


def test_a_file_is_read_where_one_is_named(tmp_path: Path) -> None:
    """Without one the approvers decide; one that can't be read is no policy at all."""
    path = tmp_path / "policy.toml"
    assert policy_of(settings()) == Policy(ADAM)
    with pytest.raises(PolicyWrong, match="can't be read: No such file"):
        policy_of(settings(DAYBREAK_APPROVAL_POLICY=str(path)))
    path.write_bytes(b"\xff")
    with pytest.raises(PolicyWrong, match="no text in UTF-8"):
        policy_of(settings(DAYBREAK_APPROVAL_POLICY=str(path)))
    path.write_text(WHOLE)
    assert len(policy_of(settings(DAYBREAK_APPROVAL_POLICY=str(path))).rules) == 2


def test_a_line_is_found_by_headers_and_keys() -> None:
    """In tables of tables too; what is nowhere has the line of what stands above it."""
    text = '[a]\nb = 1\n[[c]]\n[[c]]\nd.e = 2\n[[c.f]]\n[c.f.g]\n"h" = 3 # a comment\n'
    lines = {
        ("a",): 1,
        ("a", "b"): 2,
        ("c", 0): 3,
        ("c", 1, "d", "e"): 5,
        ("c", 1, "f", 0): 6,
        ("c", 1, "f", 0, "g", "h"): 8,
        ("c", 1, "nowhere"): 4,
        ("nowhere",): 1,
    }

    assert {path: line_of(text, path) for path in lines} == lines
