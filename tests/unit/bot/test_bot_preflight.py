"""What a look at a source found, as a message: within Slack's limits, the worst first, escaped."""

from dataclasses import replace

from block_limits import assert_fits

from bot.messages import preflight
from migration.preflight import CheckRun, Level, Report, Result, State
from workers.preflight.registry import CHECKS

RUN = CheckRun(
    id="check-orders-1a2b3c",
    source="orders",
    target="orders-aurora",
    login=True,
    requester="U0RITA",
    channel="C0MIGRATION",
    asked_at=1_800_000_000.0,
)
HOSTILE = "<!channel> & `x` \u202e" + "long " * 400


def result(check: str, level: Level, state: State, *found: str) -> Result:
    """What one check said."""
    return Result(check, "It holds", level, state, found, "Because.", ("Mend it.",))


def said(*results: Result, login: bool = True) -> CheckRun:
    """An answered look."""
    return replace(RUN, report=Report("orders", 1_800_000_005.0, login, results))


def cells(run: CheckRun) -> list[list[str]]:
    """The table's rows, without its head."""
    blocks = preflight.report(run, "Rita").blocks
    (table,) = [block for block in blocks if block["type"] == "table"]
    return [[cell["text"] for cell in row] for row in table["rows"][1:]]


def test_the_worst_comes_first() -> None:
    """Blockers, what could not be done, warnings, information; what passed is only named."""
    run = said(
        result("tags", Level.INFORMATION, State.FOUND, "It has tags."),
        result("status", Level.BLOCKER, State.PASSED),
        result("encrypted", Level.WARNING, State.FOUND, "It is not encrypted."),
        result("quota-clusters", Level.BLOCKER, State.NOT_DONE, "AccessDenied."),
        result("backups", Level.BLOCKER, State.FOUND, "They are off."),
    )
    rows = cells(run)
    message = preflight.report(run, "Rita")

    assert [row[:2] for row in rows] == [
        ["backups", "blocker"],
        ["quota-clusters", "not done"],
        ["encrypted", "warning"],
        ["tags", "information"],
    ]
    assert "can't be moved as it is" in message.text
    assert "Passed: status." in str(message.blocks[-1])
    assert_fits(message)


def test_what_nobody_could_look_at_is_no_pass() -> None:
    """Without a login the checks inside are named as not done, whatever else passed."""
    run = said(
        result("status", Level.BLOCKER, State.PASSED),
        result("unlogged-tables", Level.BLOCKER, State.NO_LOGIN),
        login=False,
    )
    message = preflight.report(run, "Rita")

    assert "1 not done without a login, 1 passed" in message.text
    assert "Nothing that was looked at stands against" in message.text
    named = next(block for block in message.blocks if "for want of a login" in str(block))
    assert "unlogged-tables" in str(named)
    assert "unlogged-tables" not in str(message.blocks[-1])
    assert_fits(message)


def test_every_check_at_once_fits() -> None:
    """Words of AWS and SQL are cut and escaped, and what no table holds is counted."""
    red = said(*(result(one.name, one.level, State.FOUND, HOSTILE) for one in CHECKS))
    green = said(*(result(one.name, one.level, State.PASSED) for one in CHECKS))
    rows = cells(red)

    for message in (preflight.report(red, HOSTILE), preflight.report(green, "Rita")):
        assert_fits(message)
    assert 0 < len(rows) < len(CHECKS)
    assert f"and {len(CHECKS) - len(rows)} more" in str(preflight.report(red, "Rita").blocks)


def test_a_look_that_could_not_be_done_says_why() -> None:
    """There is no table then, and nobody takes it for an answer."""
    message = preflight.report(replace(RUN, problem="AWS gave no answer <now>."), "Rita")

    assert "It could not be done: AWS gave no answer &lt;now&gt;." in message.text
    assert_fits(message)
