"""Promote: who is asked, what they are shown, what a click does, and that it does it once."""

from bot_ground import CHANNEL, Ground
from deciding import NAME, approvals, assert_untouched, opened, submitted

from migration.model import Status
from sandbox.slack.people.reading import buttons, visible_text


def test_an_approver_promotes_on_evidence_of_now(ground: Ground) -> None:
    """The modal shows each check and number; the right name starts the cut-over at once."""
    migration = ground.at_the_gate()
    opened(ground, ground.adam, migration, ground.promotable(migration))
    shown = visible_text(ground.adam.modal() or {})
    assert "replication lag" in shown
    assert "0.4 s, from pg_stat_replication" in shown
    assert "not promoted by then (5 min)" in shown
    assert submitted(ground.adam, migration.source).closed
    after = ground.store.load(migration.id)
    assert after.status is Status.CUTTING_OVER
    assert after.approval is not None
    assert after.approval.by == ground.adam.user
    root = ground.root(migration, "Cutting over")
    assert buttons(root) == ["Cancel"]
    assert f"Approved by <@{ground.adam.user}>" in visible_text(root)


def test_a_wrong_name_is_said_at_the_field(ground: Ground) -> None:
    """The modal stays, the gate too; the right name may follow."""
    migration = ground.at_the_gate()
    opened(ground, ground.adam, migration, ground.promotable(migration))
    outcome = submitted(ground.adam, "orders-prod")
    assert outcome.errors == {NAME: "This is not the source's name, as it stands above."}
    assert_untouched(ground, migration)
    assert submitted(ground.adam, f" {migration.source} ").closed
    assert approvals(ground, migration) == 1


def test_the_second_of_two_is_told_who_was_first(ground: Ground) -> None:
    """Two approvers, two open modals: the first click wins, the second names the winner."""
    migration = ground.at_the_gate()
    opened(ground, ground.adam, migration, ground.promotable(migration))
    opened(ground, ground.anna, migration, ground.promotable(migration))
    assert submitted(ground.adam, migration.source).closed
    decided = ground.store.load(migration.id)
    outcome = submitted(ground.anna, migration.source)
    assert "adam approved this at" in outcome.errors[NAME]
    assert ground.store.load(migration.id) == decided
    assert approvals(ground, migration) == 1
    ground.anna.close()


def test_a_double_click_does_no_harm(ground: Ground) -> None:
    """The same button pressed twice asks twice for evidence and decides nothing by itself."""
    migration = ground.at_the_gate()
    root = ground.promotable(migration)
    ground.adam.click(root, "Promote")
    ground.adam.click_stale(root, "Promote")
    ground.answers_observation(migration)
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    assert_untouched(ground, migration)
    assert submitted(ground.adam, migration.source).closed
    assert approvals(ground, migration) == 1


def test_a_stale_button_leads_to_the_live_message(ground: Ground) -> None:
    """A screen that still shows Promote: who decided is said, with a link, and nothing changes."""
    migration = ground.at_the_gate()
    old = ground.promotable(migration)
    opened(ground, ground.adam, migration, ground.promotable(migration))
    assert submitted(ground.adam, migration.source).closed
    decided = ground.store.load(migration.id)
    ground.anna.click_stale(old, "Promote")
    answer = ground.anna.wait_for_ephemeral(CHANNEL, f"<@{ground.adam.user}> approved this")
    assert "The live message" in visible_text(answer)
    assert ground.anna.modal() is None
    assert ground.store.load(migration.id) == decided


def test_conditions_that_fail_meanwhile_keep_the_gate_shut(ground: Ground) -> None:
    """Evidence that came after the modal counts: the check that fails is named."""
    migration = ground.at_the_gate()
    opened(ground, ground.adam, migration, ground.promotable(migration))
    ground.sees(migration, holds=False, lag=12)
    outcome = submitted(ground.adam, migration.source)
    assert "replication lag: 12 s, at most 5 s" in outcome.errors[NAME]
    assert_untouched(ground, migration)
    ground.adam.close()


def test_evidence_that_does_not_hold_asks_nothing(ground: Ground) -> None:
    """What is not so at the click is shown instead of a question."""
    migration = ground.at_the_gate()
    ground.adam.click(ground.promotable(migration), "Promote")
    ground.answers_observation(migration, holds=False, lag=12)
    modal = ground.adam.wait_for_modal(saying="a condition is not met")
    assert modal["submit"] is None
    root = ground.root(migration, "its conditions do not hold yet")
    assert "Promote" not in buttons(root)
    assert "*not met*: replication lag (12 s" in visible_text(root)
    ground.adam.close()


def test_check_again_has_the_conditions_looked_at(ground: Ground) -> None:
    """A shut gate can be asked to look, and opens by what is seen."""
    migration = ground.at_the_gate(holds=False)
    ground.oscar.click(ground.root(migration, "do not hold yet"), "Check again")
    ground.oscar.wait_for_ephemeral(CHANNEL, "The conditions are being looked at")
    assert ground.asked_to_observe(migration) == ""
    ground.sees(migration)
    ground.promotable(migration)
