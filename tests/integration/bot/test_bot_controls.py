"""Pause, resume and retry: by the message's buttons and by commands, refused with the reason."""

import pytest
from bot_ground import CHANNEL, CHANNEL_ID, Ground, wait_until

from migration.control_rules import Control
from migration.controls import why_not_in
from migration.errors import Conflict
from migration.events import MigrationPaused, MigrationResumed
from migration.model import Migration, Options, Status
from migration.ports import Source
from migration.situation import Situation
from migration.steps import Done
from sandbox.slack.people.reading import buttons, visible_text


def status_of(ground: Ground, migration: Migration) -> Status:
    """As the store has it."""
    return ground.store.load(migration.id).status


def test_it_is_paused_and_resumed_by_its_buttons(ground: Ground) -> None:
    """The dialog says what will not be undone; the message and the thread say who did what."""
    migration = ground.started(ground.a_source())
    root = ground.root(migration, "Under way")
    ground.adam.click(root, "Pause", confirm="Go on")
    assert status_of(ground, migration) is Status.ACTIVE
    ground.adam.click(root, "Pause", confirm="Pause it")
    paused = ground.root(migration, "*Paused by")
    assert buttons(paused) == ["Resume", "Cancel"]
    assert "nothing is undone" in visible_text(paused)
    held = ground.store.load(migration.id)
    assert held.paused is not None
    assert held.paused.by == ground.adam.user
    # A step that was at work answers too late: it moves nothing on.
    with pytest.raises(Conflict):
        ground.recorder.record(migration, Done())
    ground.rita.click(paused, "Resume")
    going_on = ground.root(migration, "Under way")
    assert "Pause" in buttons(going_on)
    assert ground.store.load(migration.id).position == migration.position
    ground.rita.click_stale(paused, "Resume")
    ground.rita.wait_for_ephemeral(CHANNEL, "This migration is not paused. Nothing was changed.")
    wait_until(lambda: ground.up_to_date(migration), "the thread to have it all")
    said = "\n".join(ground.entries(migration))
    assert "*Paused* by adam" in said
    assert "*Resumed* by rita" in said


def test_it_is_paused_and_resumed_by_commands(ground: Ground) -> None:
    """At once, by the source's name as well; whoever has no part in it reads who has."""
    migration = ground.started(ground.a_source())
    ground.oscar.type(CHANNEL, f"/migrate pause {migration.id}")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"You can't pause `{migration.id}`")
    ground.rita.type(CHANNEL, "/migrate pause")
    ground.rita.wait_for_ephemeral(CHANNEL, "Which one? `/migrate pause &lt;id&gt;`")
    assert status_of(ground, migration) is Status.ACTIVE
    ground.rita.type(CHANNEL, f"/migrate pause {migration.source}")
    ground.rita.wait_for_ephemeral(CHANNEL, f"`{migration.id}` is paused. Nothing on AWS is undone")
    assert status_of(ground, migration) is Status.PAUSED
    ground.adam.type(CHANNEL, f"/migrate pause {migration.id}")
    ground.adam.wait_for_ephemeral(CHANNEL, "It is paused already. Nothing was changed.")
    ground.adam.type(CHANNEL, f"/migrate retry {migration.id}")
    ground.adam.wait_for_ephemeral(CHANNEL, "Resume has it go on")
    ground.adam.type(CHANNEL, f"/migrate resume {migration.id}")
    ground.adam.wait_for_ephemeral(CHANNEL, f"`{migration.id}` goes on. Nothing is made twice")
    events = [entry.event for entry in ground.store.events(migration.id)]
    assert [(type(event), event.by) for event in events[1:]] == [
        (MigrationPaused, ground.rita.user),
        (MigrationResumed, ground.adam.user),
    ]


@pytest.mark.parametrize(
    ("situation", "changes"),
    [
        (Situation.AT_PROMOTE, {}),
        (Situation.CUTTING_OVER, {"status": Status.CUTTING_OVER, "cut_over_began": 1.0}),
        (
            Situation.PROMOTING,
            {"status": Status.CUTTING_OVER, "cut_over_began": 1.0, "promoting_since": 2.0},
        ),
        (Situation.FROZEN, {"status": Status.FROZEN}),
        (Situation.ROLLING_BACK, {"status": Status.ROLLING_BACK}),
        (Situation.COMPLETED, {"status": Status.COMPLETED}),
    ],
    ids=lambda value: value.name if isinstance(value, Situation) else "",
)
def test_where_a_pause_makes_no_sense_the_reason_is_said(
    socket_ground: Ground, situation: Situation, changes: dict[str, object]
) -> None:
    """And nothing is changed."""
    ground = socket_ground
    migration = ground.at_the_gate()
    if changes:
        migration = ground.commits(migration, **changes)
    # A command of an ended one takes its id.
    ground.adam.type(CHANNEL, f"/migrate pause {migration.id}")
    reason = why_not_in(Control.PAUSE, situation)
    answer = ground.adam.wait_for_ephemeral(CHANNEL, f"{reason} Nothing was changed.")
    assert buttons(answer) == []
    assert ground.store.load(migration.id) == migration


def test_what_stopped_is_tried_again_by_a_command(ground: Ground) -> None:
    """The one who asked for it may; it goes on once."""
    migration = ground.started(ground.a_source())
    ground.rita.type(CHANNEL, f"/migrate retry {migration.id}")
    ground.rita.wait_for_ephemeral(CHANNEL, "does not stand still")
    ground.recorder.halt(migration, "No <subnet> group.")
    ground.rita.type(CHANNEL, f"/migrate resume {migration.id}")
    ground.rita.wait_for_ephemeral(CHANNEL, "It is stopped and not paused: Retry has it go on.")
    ground.rita.type(CHANNEL, f"/migrate retry {migration.source}")
    ground.rita.wait_for_ephemeral(CHANNEL, f"`{migration.id}` is tried again.")
    assert status_of(ground, migration) is Status.ACTIVE


def test_a_slip_of_the_pen_leads_to_the_control(socket_ground: Ground) -> None:
    """The nearest command is named, with what was typed behind it."""
    socket_ground.oscar.type(CHANNEL, "/migrate puase orders-1")
    socket_ground.oscar.wait_for_ephemeral(CHANNEL, "Did you mean `/migrate pause orders-1`?")


def test_with_the_longest_names_slack_takes_every_dialog(socket_ground: Ground) -> None:
    """One that is too long would have it refuse the whole message."""
    ground = socket_ground
    source = ground.a_source().ljust(63, "x")
    ground.lists(Source(source, "postgres", "15.4", "available", "db.r6g.large", 7))
    migration = ground.service.start(source, ground.rita.user, CHANNEL_ID, Options("t" * 63))
    step = [one.name for one in migration.plan.steps].index("watch_lag")
    ground.commits(migration, position=step)
    wait_until(
        lambda: (
            buttons(ground.root(migration, "Under way")) == ["Pause", "Drop the replica", "Cancel"]
        ),
        "its buttons",
    )
