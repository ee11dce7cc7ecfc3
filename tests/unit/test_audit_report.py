"""The readable report: who, when, what was shown, called and answered, how long."""

from audit_story import END, NOW, a_story
from builders import ADAM, RITA

from migration.audit.report import report, utc
from migration.audit.story import calls
from migration.events import ActDone, ActIntended, MigrationHalted

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
    assert "take_safety_snapshot is done, 60.000 s after" in text
    assert "cut_over is done, 10.000 s after" in text
    assert len(lines(text, "Adam (U-ADAM) approved <promote>")) == 2
    assert lines(text, "shown to them, as seen at " + utc(NOW + 69))
    assert lines(text, ": holds: ")
    assert lines(text, "Sealed: completed.")
    assert a_story(END).chain.last in text
    assert text.count("(none)") == 1


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
    assert "A dam (U-ADAM)" in text
