"""The readable report: who, when, what was shown, called and answered, how long."""

from dataclasses import replace

from audit_story import END, EVENTS, LATE, NOW, a_store, a_story
from builders import ADAM, RITA, good_evidence

from migration.audit.report import report, utc
from migration.audit.story import calls
from migration.audit.verify import verify
from migration.events import (
    ActDone,
    ActIntended,
    ApprovalsVoided,
    Approved,
    MigrationHalted,
    MigrationStarted,
    ScheduledBegan,
    StepDone,
)
from workers.reports import audit_text

NAMES = {RITA: "Rita", ADAM: "Adam"}


def lines(text: str, saying: str) -> list[str]:
    """Those that say it."""
    return [line for line in text.splitlines() if saying in line]


def test_it_tells_who_when_what_and_how_long() -> None:
    """Each in its line."""
    text = report(a_story(END), NAMES)
    assert f"    1  {utc(NOW)}  Rita (U-RITA) started it: orders -> orders-aurora" in text
    assert "take_safety_snapshot calls rds:CreateDBSnapshot (snapshot one)" in text
    assert "rds:CreateDBSnapshot answered after 0.250 s (status creating)" in text
    assert "take_safety_snapshot is done after 60.000 s (snapshot one)" in text
    assert "cut_over is done after 10.000 s" in text
    assert len(lines(text, "Adam (U-ADAM) approved <promote>")) == 2
    assert lines(text, "shown to them, as seen at " + utc(NOW + 69))
    assert lines(text, ": holds: ")
    assert "max_write_pause_seconds 300.0" in lines(text, "Options: ")[0]
    assert lines(report(a_story(), {}), "Plan: ")[0].split()[-1] == a_story().chain.plan_hash
    assert lines(text, "Sealed: completed.")
    assert a_story(END).chain.last in text
    assert text.count("(none)") == 1


def test_an_approval_tells_its_rule_and_its_count_and_an_emergency_stands_out() -> None:
    """With the plan, the reason and the ticket; what counts no more is told as well."""
    event = Approved(
        NOW + 71,
        "promote",
        ADAM,
        good_evidence(NOW + 70),
        number=1,
        wanted=2,
        expires_at=NOW + 971,
        plan_hash="0123",
        rule={"name": "production", "approvals": 2},
        reason="planned\nand said",
        ticket="OPS-1",
    )
    void = ApprovalsVoided(NOW + 72, "promote", (ADAM,), "It was good for 15 min.")
    began = ScheduledBegan(NOW + 73, "promote", (ADAM, RITA), good_evidence(NOW + 72))
    text = report(a_story(event, replace(event, break_glass=True), void, began), NAMES)
    told = (
        f"Adam (U-ADAM) approved <promote>, 1 of 2 (rule production; plan 0123; until "
        f"{utc(NOW + 971)}; reason planned and said; ticket OPS-1)"
    )

    assert len(lines(text, f" UTC  {told}")) == 2
    assert len(lines(text, f" UTC  BREAK GLASS: {told}")) == 2
    assert lines(text, "<promote> begins as scheduled, approved by Adam (U-ADAM) and Rita (U-RITA)")
    assert lines(text, "shown to them, as seen at " + utc(NOW + 72))
    assert lines(text, 'approvals voided (gate promote; people ["U-ADAM"]; reason It was good')


def test_a_refused_click_begins_no_step() -> None:
    """How long a step took is counted from a decision that was taken."""
    text = report(a_story(LATE, StepDone(NOW + 100, "protect_target", {})), {})
    assert "protect_target is done after 20.000 s" in text


def test_it_can_be_had_without_slack() -> None:
    """As lines for a file, and to be read with ids in place of names."""
    store, migration = a_store(*EVENTS, END)
    text = audit_text(store, migration.id, to_be_read=False)
    assert verify(text.splitlines()).ended == "completed"
    assert text == a_story(END).chain.text
    told = audit_text(store, migration.id, to_be_read=True)
    assert told == report(a_story(END), {})
    assert "U-ADAM approved <promote>" in told


def test_a_call_without_an_answer_is_told() -> None:
    """A crash came in between, say; the next one is answered on its own."""
    again = ActIntended(NOW + 82, "protect_target", "rds:ModifyDBCluster", {})
    done = ActDone(NOW + 83, "protect_target", "rds:ModifyDBCluster", {})
    story = a_story(again, again, done)
    found = calls(story.history)
    assert [(call.number, call.answered) for call in found] == [(2, 3), (8, 0), (9, 10)]
    told = report(story, {}).partition("Calls without an answer")[2]
    assert lines(told, "rds:ModifyDBCluster in protect_target")[0].strip().startswith("8 ")


def test_foreign_words_pass_for_no_line_of_it() -> None:
    """Nor turn the direction of reading."""
    evil = MigrationHalted(NOW, "one", "no\n    9  2027-01-15 08:00:00.000 UTC  \u202elie")
    text = report(a_story(evil), {ADAM: "A\ndam"})
    assert lines(text, "lie")[0].startswith("    8  ")
    assert "\u202e" not in text
    evil_start = MigrationStarted(NOW, "U\n    9  x", "o\n    9  x", "t")
    assert not lines(report(a_story(evil_start), {}), "    9  x")
    assert "A dam (U-ADAM)" in text
