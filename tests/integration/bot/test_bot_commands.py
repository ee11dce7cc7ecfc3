"""The other sub-commands: answers that only the one who typed sees, and cancelling."""

import pytest
from bot_ground import CHANNEL, CHANNEL_ID, Ground, wait_until
from filling_in import SECOND, chosen, following, sent

from migration.model import Migration, Status
from migration.steps import Done
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import buttons, visible_text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("help", "What Daybreak can do"),
        ("HELP", "*What Daybreak can do*"),
        ("--help", "*What Daybreak can do*"),
        ("?", "*What Daybreak can do*"),
        (
            "cancle orders-1",
            "There is no `/migrate cancle`. Did you mean `/migrate cancel orders-1`?",
        ),
        ("strat  Orders ", "There is no `/migrate strat`. Did you mean `/migrate start Orders`?"),
        ("xyzzy", "There is no `/migrate xyzzy`.\n•"),
        ("cancle <!here>", "Did you mean `/migrate cancel &lt;!here&gt;`?"),
        ("cancel", "Which one?"),
        ("<!channel> & co", "There is no `/migrate &lt;!channel&gt;`"),
    ],
)
def test_what_was_typed_is_answered_to_one_person(ground: Ground, typed: str, said: str) -> None:
    """Every answer is for the one who asked, and help comes with what is unknown."""
    ground.oscar.type(CHANNEL, f"/migrate {typed}")
    answer = ground.oscar.wait_for_ephemeral(CHANNEL, said)
    assert answer["ts"] not in {message["ts"] for message in ground.rita.messages(CHANNEL)}


def test_a_name_typed_as_a_command_is_understood(ground: Ground) -> None:
    """An instance: how to move it, or how its migration stands; also with a slip of the pen."""
    source, moving = ground.a_source(), ground.started(ground.a_source())
    slip = source.replace("orders", "odrers")
    for typed, meant in (
        (source, f"start {source}"),
        (f" {source.upper()} ", f"start {source}"),
        (f"`{moving.source}`", f"status {moving.id}"),
        (moving.id, f"status {moving.id}"),
    ):
        ground.oscar.type(CHANNEL, f"/migrate {typed}")
        shown = typed.strip().strip("`")
        answer = ground.oscar.wait_for_ephemeral(CHANNEL, f"{shown}`. Did you mean")
        assert f"Did you mean `/migrate {meant}`?" in visible_text(answer)
    ground.oscar.type(CHANNEL, f"/migrate {slip}")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"`/migrate {slip}`. Did you mean `/migrate start ")


def test_status_takes_a_source_for_its_migration(ground: Ground) -> None:
    """In capitals too."""
    migration = ground.started(ground.a_source())
    ground.oscar.type(CHANNEL, f"/migrate Status {migration.source.upper()}")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"{migration.source} → {migration.target}")


def test_status_and_list_tell_from_the_store(ground: Ground) -> None:
    """They show what the root shows, without its buttons and with the way to it."""
    migration = ground.at_the_gate()
    ground.promotable(migration)
    ground.oscar.type(CHANNEL, f"/migrate status {migration.id}")
    answer = ground.oscar.wait_for_ephemeral(CHANNEL, migration.id)
    assert "Ready to promote" in visible_text(answer)
    assert "The live message" in visible_text(answer)
    assert buttons(answer) == []
    ground.oscar.type(CHANNEL, "/migrate list")
    listed = ground.oscar.wait_for_ephemeral(CHANNEL, f"`{migration.id}` {migration.source}")
    assert "waiting for approval" in visible_text(listed)


def cancelling(ground: Ground, migration: Migration) -> bool:
    """Whether the store says that it is being cancelled."""
    return ground.store.load(migration.id).status is Status.CANCELLING


def ask_to_cancel(person: Person, migration: Migration) -> dict[str, object]:
    """The question that `/migrate cancel` asks back."""
    person.type(CHANNEL, f"/migrate cancel {migration.id}")
    return person.wait_for_ephemeral(CHANNEL, f"Cancel `{migration.id}`?")


def test_the_requester_cancels_after_a_question(ground: Ground) -> None:
    """Typing alone ends nothing; the button that answers the question does."""
    migration = ground.started(ground.a_source())
    question = ask_to_cancel(ground.rita, migration)
    assert ground.store.load(migration.id).status is Status.ACTIVE
    ground.rita.click(question, f"Cancel {migration.id}")
    ground.rita.wait_for_ephemeral(CHANNEL, f"`{migration.id}` is being cancelled")
    assert ground.store.load(migration.id).cancelled_by == ground.rita.user
    ground.root(migration, "Being cancelled")


def test_the_roots_own_cancel_asks_back(ground: Ground) -> None:
    """An approver may end it too; the dialog's other button changes nothing."""
    migration = ground.at_the_gate()
    root = ground.promotable(migration)
    ground.adam.click(root, "Cancel", confirm="Keep it")
    assert ground.store.load(migration.id).version == migration.version
    ground.adam.click(root, "Cancel", confirm="Cancel it")
    wait_until(lambda: cancelling(ground, migration), "the cancellation")
    assert "Promote" not in buttons(ground.root(migration, "Being cancelled"))


def test_the_replica_is_dropped_by_the_root_or_by_a_command(ground: Ground) -> None:
    """Each asks first, saying what will happen; an approver may, and the root says who did."""
    migration = ground.at_the_gate()
    root = ground.promotable(migration)
    ground.adam.click(root, "Drop the replica", confirm="Keep it")
    ground.rita.type(CHANNEL, "/migrate drop-replica")
    ground.rita.wait_for_ephemeral(CHANNEL, "Which one?")
    ground.rita.type(CHANNEL, f"/migrate drop-replica {migration.id}")
    question = ground.rita.wait_for_ephemeral(CHANNEL, f"Drop the replica of `{migration.id}`?")
    assert "writers go on" in visible_text(question)
    assert ground.store.load(migration.id).version == migration.version
    ground.adam.click(root, "Drop the replica", confirm="Drop it")
    dropping = ground.root(migration, "The replica is being dropped")
    assert ground.store.load(migration.id).dropping_by == ground.adam.user
    assert "Promote" not in buttons(dropping)
    ground.rita.click(question, f"Drop the replica of {migration.id}")
    ground.rita.wait_for_ephemeral(CHANNEL, "being dropped already")


def test_what_is_over_can_not_be_cancelled(ground: Ground) -> None:
    """The answer says how it stands."""
    migration = ground.at_the_gate()
    question = ask_to_cancel(ground.rita, migration)
    over = ground.commits(migration, status=Status.COMPLETED)
    ground.rita.click(question, f"Cancel {migration.id}")
    ground.rita.wait_for_ephemeral(CHANNEL, "This migration is completed already")
    assert ground.store.load(migration.id) == over


def test_a_halted_migration_is_tried_again_by_its_button(ground: Ground) -> None:
    """Retry appears with the reason; pressed twice it goes on once."""
    migration = ground.started(ground.a_source())
    halted = ground.recorder.halt(migration, "The subnet group <databases> is gone & lost.")
    root = ground.root(halted, "The subnet group &lt;databases&gt; is gone &amp; lost.")
    ground.rita.click(root, "Retry")
    wait_until(
        lambda: ground.store.load(migration.id).status is Status.ACTIVE, "the migration to go on"
    )
    going_on = ground.store.load(migration.id)
    ground.rita.click_stale(root, "Retry")
    ground.rita.wait_for_ephemeral(CHANNEL, "This migration does not stand still")
    assert ground.store.load(migration.id) == going_on


def test_warnings_are_acknowledged_by_their_button(ground: Ground) -> None:
    """By whoever asked for the migration or may approve it; the thread says who, and of which."""
    migration = ground.started(ground.a_source())
    facts = {"warnings": {"encrypted": ["It is not encrypted <yet>."]}}
    ground.recorder.record(migration, Done(facts))
    root = ground.root(migration, "acknowledge the warnings")
    ground.oscar.click(root, "Acknowledge 1 warning", confirm="I know them")
    ground.oscar.wait_for_ephemeral(CHANNEL, "You can't acknowledge the warnings of")
    ground.rita.click(root, "Acknowledge 1 warning", confirm="I know them")
    wait_until(
        lambda: any("Warnings acknowledged" in entry for entry in ground.entries(migration)),
        "the thread to say who",
    )
    said = "\n".join(ground.entries(migration))
    assert "encrypted: It is not encrypted <yet>." in said.replace("`", "").replace(
        "&lt;", "<"
    ).replace("&gt;", ">")
    assert "Nothing is wanted of anybody" in visible_text(ground.root(migration, "Nothing is"))


def test_home_shows_migrations(ground: Ground) -> None:
    """Opening the app's tab lists them, those under way and the latest."""
    migration = ground.started(ground.a_source())
    ground.oscar.open_home()
    ground.oscar.wait_until(
        lambda: (home := ground.oscar.home()) and migration.id in visible_text(home), what="home"
    )


def test_home_opens_the_wizard(quiet_ground: Ground) -> None:
    """What is started there is shown in the channel that stands in."""
    ground = quiet_ground
    source = ground.a_source()
    bot = ground.bot("Listening to Slack", DAYBREAK_CHANNEL=CHANNEL_ID)
    bot.start()
    try:
        ground.rita.open_home()
        ground.rita.wait_until(ground.rita.home, what="home")
        assert ground.rita.press_at_home("Move a database to Aurora").error is None
        ground.rita.wait_for_modal(saying=f"Shown in <#{CHANNEL_ID}>")
        chosen(ground.rita, source)
        following(ground.rita, SECOND)
        assert sent(ground.rita).closed
        (begun,) = [one for one in ground.store.under_way() if one.source == source]
        assert begun.channel == CHANNEL_ID
    finally:
        assert bot.stop() == 0
