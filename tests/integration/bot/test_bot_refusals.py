"""Everyone who is refused reads why, and who can or what to do; they alone, and nothing changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from bot_ground import CHANNEL, OTHERS, Ground, wait_until

from bot.cursor import Cursors
from migration.events import ApprovalRefused
from migration.model import Migration, Status
from migration.plan import PROMOTE
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text

GROUP = "<!subteam^S0DBAONCALL>"
RITA = "<@U0RITA00001>"

NO_MEMBER = (
    "Only full members of this workspace can do this: no guests, no bots, nobody from outside. "
    f"Nothing was changed. {GROUP} can help."
)
NO_MEMBER_DECIDES = (
    "You can't decide here: only full members of this workspace can, no guests, no bots, nobody "
    f"from outside. {GROUP} can. Nothing was changed. {{live}}"
)
NO_APPROVER = (
    f"You can't decide here: you are not among the approvers. {GROUP} can. Nothing was changed. "
    "{live}"
)
NOWHERE = (
    "A migration has to be shown where its approvers see it, and Daybreak can't post here.\n\n"
    "Nothing was started. Type `/migrate start` in a channel that Daybreak is in; every member of "
    "a\nchannel can invite it there with `/invite @daybreak`. Whoever runs Daybreak can name a "
    "channel\nthat stands in (`DAYBREAK_CHANNEL`)."
)


def not_yours(act: str) -> str:
    """Who asked for it, and who approves."""
    return (
        f"You can't {act} `{{id}}`: you did not ask for it, and you are not among the approvers. "
        f"{RITA}, who asked for it, can, and so can {GROUP}. Nothing was changed. {{live}}"
    )


@dataclass(frozen=True)
class Scene:
    """Who tries, with what before them: the root as their screen shows it."""

    ground: Ground
    person: Person
    migration: Migration
    root: dict[str, Any]
    new_source: str

    def names(self) -> dict[str, str]:
        """What the words of a row may refer to."""
        migration = self.migration
        live = f"<{Cursors(self.ground.redis).load(migration.id).link}|The live message>"
        names = {"id": migration.id, "source": migration.source, "new": self.new_source}
        return {**names, "live": live}


Act = Callable[[Scene], object]


def pressed(caption: str, confirm: str | None = None) -> Act:
    """A button of the root, as it is now."""
    return lambda scene: scene.person.click(scene.root, caption, confirm)


def pressed_late(caption: str, confirm: str | None = None) -> Act:
    """A button of the root as it was."""
    return lambda scene: scene.person.click_stale(scene.root, caption, confirm)


def typed(text: str, place: str = CHANNEL) -> Act:
    """A command."""
    return lambda scene: scene.person.type(place, text.format(**scene.names()))


@dataclass(frozen=True)
class Row:
    """One refusal: where it is read is `ephemeral` or `modal`."""

    who: str
    act: Act
    words: str
    where: str = "ephemeral"
    state: str = "open"
    #: What becomes of the migration while the person's screen still shows the root as it was.
    then: Mapping[str, Any] | None = None


PROMOTING = {
    "status": Status.CUTTING_OVER,
    "cut_over_began": 1_799_999_999.0,
    "promoting_since": 1_800_000_000.0,
}
TOO_LATE = (
    "Too late: promotion was sent at <!date^1800000000^{{time_secs}}|08:00:00 UTC>; the cut-over "
    "goes forward. Should it fail, it goes back by itself, and you can cancel then."
)

ROWS = {
    "promote, an outsider": Row("oscar", pressed("Promote"), NO_APPROVER),
    "promote, the requester": Row(
        "adam",
        pressed("Promote"),
        f"You asked for `{{id}}`, so somebody else has to decide. {GROUP} can. Nothing was "
        "changed. {live}",
        state="asked by adam",
    ),
    "promote, a guest": Row("guest", pressed("Promote"), NO_MEMBER_DECIDES),
    "promote, a bot": Row("bot", pressed("Promote"), NO_MEMBER_DECIDES),
    "promote, somebody who left": Row("gone", pressed("Promote"), NO_MEMBER_DECIDES),
    "promote, somebody of another team": Row("stranger", pressed("Promote"), NO_MEMBER_DECIDES),
    "promote, too late": Row(
        "anna",
        pressed_late("Promote"),
        "There is nothing to decide any more: this migration is active. Nothing was changed. "
        "{live}",
        then={"status": Status.ACTIVE},
    ),
    "promote, an old button": Row(
        "anna",
        pressed_late("Promote"),
        "This button is out of date; the live message has the one that counts. Nothing was "
        "changed. {live}",
        then={},
    ),
    "check again, a guest": Row("guest", pressed("Check again"), NO_MEMBER, state="shut"),
    "check again, too late": Row(
        "oscar",
        pressed_late("Check again"),
        "There is nothing to check. There is nothing to decide any more: this migration is active. "
        "Nothing was changed. {live}",
        state="shut",
        then={"status": Status.ACTIVE},
    ),
    "cancel, an outsider": Row("oscar", pressed("Cancel", "Cancel it"), not_yours("cancel")),
    "cancel, a guest": Row("guest", pressed("Cancel", "Cancel it"), NO_MEMBER),
    "cancel typed, an outsider": Row("oscar", typed("/migrate cancel {id}"), not_yours("cancel")),
    "cancel typed, over": Row(
        "rita",
        typed("/migrate cancel {id}"),
        "This migration is completed already. Nothing was changed. {live}",
        state="over",
    ),
    "cancel, after the promotion was sent": Row(
        "rita", pressed_late("Cancel", "Cancel it"), TOO_LATE + " {live}", then=PROMOTING
    ),
    "cancel typed, after the promotion was sent": Row(
        "rita", typed("/migrate cancel {id}"), TOO_LATE + " {live}", then=PROMOTING
    ),
    "cancel typed, unknown": Row(
        "rita",
        typed("/migrate cancel nothing-0000"),
        "There is no migration `nothing-0000`. `/migrate list` shows those there are.",
    ),
    "drop, an outsider": Row(
        "oscar", pressed("Drop the replica", "Drop it"), not_yours("drop the replica of")
    ),
    "drop, a guest": Row("guest", pressed("Drop the replica", "Drop it"), NO_MEMBER),
    "drop, too late": Row(
        "rita",
        pressed_late("Drop the replica", "Drop it"),
        "It is being cut over. Cancel goes back first, and then takes the replica down; once the "
        "promotion is decided it is too late for it. Nothing was changed. {live}",
        then=PROMOTING,
    ),
    "drop typed, an outsider": Row(
        "oscar", typed("/migrate drop-replica {id}"), not_yours("drop the replica of")
    ),
    "drop typed, over": Row(
        "rita",
        typed("/migrate drop-replica {id}"),
        "This migration is completed already. Nothing was changed. {live}",
        state="over",
    ),
    "drop typed, unknown": Row(
        "rita",
        typed("/migrate drop-replica nothing-0000"),
        "There is no migration `nothing-0000`. `/migrate list` shows those there are.",
    ),
    "status, unknown": Row(
        "oscar",
        typed("/migrate status <!channel>"),
        "There is no migration `&lt;!channel&gt;`. `/migrate list` shows those there are.",
    ),
    "status, a slip of the pen": Row(
        "oscar",
        typed("/migrate status {id}x"),
        "There is no migration `{id}x`. Did you mean `/migrate status {id}`? `/migrate list` shows "
        "those there are.",
    ),
    "retry, an outsider": Row("oscar", pressed("Retry"), not_yours("retry"), state="halted"),
    "retry, too late": Row(
        "rita",
        pressed_late("Retry"),
        "This migration does not stand still: there is nothing to try again. Nothing was changed. "
        "{live}",
        state="halted",
        then={"status": Status.ACTIVE, "problem": None},
    ),
    "pause typed, a guest": Row("guest", typed("/migrate pause {id}"), NO_MEMBER),
    "pause typed, an outsider": Row("oscar", typed("/migrate pause {id}"), not_yours("pause")),
    "resume typed, an outsider": Row("oscar", typed("/migrate resume {id}"), not_yours("resume")),
    "retry typed, an outsider": Row("oscar", typed("/migrate retry {id}"), not_yours("retry")),
    "start, a guest": Row("guest", typed("/migrate start {new}"), NO_MEMBER, "modal"),
    "start, a channel without the bot": Row(
        "rita", typed("/migrate start {new}", "#general"), NOWHERE, "modal"
    ),
    "start, alone with the bot": Row(
        "rita", typed("/migrate start {new}", "@daybreak"), NOWHERE, "modal"
    ),
    "start, one that is being moved": Row(
        "oscar",
        typed("/migrate start {source}"),
        ":no_entry: `{source}` is being moved already, by `{id}`. One at a time. {live}",
        "modal",
    ),
}


def a_scene(ground: Ground, row: Row) -> Scene:
    """A migration in the row's state, and all of it shown in its channel."""
    if row.state == "halted":
        migration = ground.recorder.halt(ground.started(ground.a_source()), "The disk is full.")
    else:
        requester = ground.adam.user if row.state == "asked by adam" else ground.rita.user
        migration = ground.at_the_gate(holds=row.state != "shut", requester=requester)
    if row.state == "over":
        migration = ground.commits(migration, status=Status.COMPLETED)
    root = shown(ground, migration)
    if row.then is not None:
        migration = ground.commits(migration, **row.then)
        shown(ground, migration)
    other = OTHERS.get(row.who)
    base = ground.workspace.base_url
    person = Person(base, other.id) if other else getattr(ground, row.who)
    return Scene(ground, person, migration, root, ground.a_source())


def shown(ground: Ground, migration: Migration) -> dict[str, Any]:
    """The root, once the channel has nothing more to show."""

    def up_to_date() -> bool:
        return migration.id not in ground.store.channel_overdue(ground.clock.now())

    wait_until(up_to_date, "the channel to show all")
    return ground.root(migration)


def seen_by_others(scene: Scene) -> list[Any]:
    """What stands before everybody else, and in the channel before everybody."""
    ground = scene.ground
    people = (ground.rita, ground.adam, ground.anna, ground.oscar, ground.guest)
    others = [one for one in people if one.user != scene.person.user]
    return [
        [(one.ephemerals(CHANNEL), one.modal()) for one in others],
        [message["ts"] for message in ground.rita.messages(CHANNEL)],
        visible_text(ground.root(scene.migration)),
        ground.thread(scene.migration),
    ]


def words_seen(scene: Scene, where: str, before: set[str]) -> list[str]:
    """What the one who was refused reads: each paragraph of the modal, or each new message."""
    if where == "modal":
        view = scene.person.modal() or {"blocks": []}
        return [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    place = scene.person.ephemerals(CHANNEL)
    return [visible_text(message) for message in place if message["ts"] not in before]


@pytest.mark.parametrize("name", ROWS)
def test_a_refusal(ground: Ground, name: str) -> None:
    """The exact words, before one pair of eyes; migrations and their channel stay as they were."""
    row = ROWS[name]
    scene = a_scene(ground, row)
    before = {message["ts"] for message in scene.person.ephemerals(CHANNEL)}
    others, stands = seen_by_others(scene), ground.store.recent(1000)

    row.act(scene)

    words = row.words.format(**scene.names())
    try:
        wait_until(lambda: words in words_seen(scene, row.where, before), words)
    except AssertionError as error:
        raise AssertionError(f"{error}; there is {words_seen(scene, row.where, before)}") from None
    shown(ground, scene.migration)
    assert seen_by_others(scene) == others
    assert ground.store.recent(1000) == stands
    if scene.person.modal() is not None:
        scene.person.close(everything=True)


@pytest.mark.parametrize(
    ("who", "reason"), [("oscar", "not an approver"), ("guest", "not a member")]
)
def test_a_refused_decision_is_recorded(ground: Ground, who: str, reason: str) -> None:
    """Who tried, at which gate and why not; the form that opened says no and nothing else."""
    row = Row(who, pressed("Promote"), "")
    scene = a_scene(ground, row)
    row.act(scene)

    def refusals() -> list[ApprovalRefused]:
        events = [recorded.event for recorded in ground.store.events(scene.migration.id)]
        return [event for event in events if isinstance(event, ApprovalRefused)]

    (refused,) = wait_until(refusals, "the refusal to be recorded")
    assert (refused.by, refused.gate, refused.reason) == (scene.person.user, PROMOTE, reason)
    modal = scene.person.wait_for_modal(saying="You can't decide here")
    assert modal["submit"] is None
    scene.person.close()
