"""What people read where Daybreak has no login: the longer pause, and what nobody looked at."""

import json
from dataclasses import replace

from shown import APPROVAL, APPROVERS, NOW, a_migration, position_of

from bot.messages.buttons import Press
from bot.messages.evidence import check_lines, failing
from bot.messages.questions import asked
from bot.messages.root import root
from migration.model import Check, Evidence, Migration, Options, Status
from migration.plan import CUT_OVER, plan_for
from migration.service import Snapshot

OPTIONS = Options(target="orders-aurora", max_write_pause_seconds=1200.0, login=False)
EVIDENCE = Evidence(
    (
        Check("Target closed since it was made", ok=True, detail="it is in quarantine"),
        Check("Inside the databases", ok=False, detail="long transactions; rows", looked=False),
    ),
    (),
    NOW - 3,
)
FACTS = {
    CUT_OVER: {
        "mode": "without login",
        "orchestrator_ms": 612_345.6,
        "probe": {"not_measured": "Daybreak has no login, and so no probing clients"},
        "phases_ms": {"close": 4200.0, "reboot": 91_000.0, "catch_up": 372_000.0},
        "checked": {"slot_lag_lowest_bytes": 0.0, "slot_lag_highest_bytes": 67_108_864.0},
        "refused_after_seconds": 120.0,
        "not_looked_at": ["unlogged tables", "<!channel>"],
    }
}


def at_the_gate(**changes: object) -> Migration:
    """A migration in this mode."""
    gate = a_migration(Status.WAITING_FOR_APPROVAL, position=position_of(CUT_OVER), **changes)
    return replace(gate, options=OPTIONS, plan=plan_for("orders", OPTIONS))


def test_what_nobody_looked_at_is_neither_met_nor_missing() -> None:
    """It is said, opens nothing and shuts nothing; alone it is no evidence."""
    assert EVIDENCE.holds
    assert failing(EVIDENCE) == []
    assert check_lines(EVIDENCE.checks)[1].startswith("○ *not looked at*")
    assert not replace(EVIDENCE, checks=EVIDENCE.checks[1:]).holds
    shut = (replace(EVIDENCE.checks[0], ok=False), EVIDENCE.checks[1])
    assert not replace(EVIDENCE, checks=shut).holds


def test_the_root_and_the_gate_say_it() -> None:
    """Before anybody approves: minutes, a reboot, and what going back costs."""
    migration = at_the_gate()
    snapshot = Snapshot(migration, (), EVIDENCE, NOW)
    assert "without a login" in json.dumps(root(snapshot, APPROVERS).blocks)
    shown = json.dumps(asked(snapshot, Press.of(migration)), ensure_ascii=False)
    for words in ("for minutes", "is rebooted", "the replica is deleted first", "not looked at"):
        assert words in shown, words


def test_the_report_tells_the_longer_pause_and_who_was_refused() -> None:
    """By phase; and that no client's wait was measured."""
    done = replace(at_the_gate(), status=Status.COMPLETED, facts=FACTS, approval=APPROVAL)
    told = json.dumps(root(Snapshot(done, (), None, NOW), APPROVERS).blocks, ensure_ascii=False)
    for words in (
        "612346 ms (10 min)",
        "was not measured",
        "waited longer than 2 min were refused",
        "catch up 372000 ms",
        "Not looked at: unlogged tables",
    ):
        assert words in told, words
    assert "<!channel>" not in told
