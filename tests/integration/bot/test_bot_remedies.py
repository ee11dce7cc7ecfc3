"""Remedies by button: who may press one, what is said first, once only, and how it ended."""

from dataclasses import replace
from typing import Any

from bot_ground import CHANNEL, CHANNEL_ID, Ground
from rq import Queue
from rq.serializers import JSONSerializer

from migration.adapters.redis_remedies import RedisRemedies
from migration.adapters.rq_engine import REMEDY, STEPS
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import (
    DROP_SLOTS,
    ENLARGE_STORAGE,
    REBOOT_IN_WINDOW,
    REPLICA_IDENTITY,
    SET_LOGGED,
    Change,
    Offer,
    RemedyRun,
    RunState,
)
from sandbox.slack.people.reading import buttons, visible_text

OFFER = Offer(REPLICA_IDENTITY, ("app: public.<heap> (FULL)",), {"tables": []})
RED = Result(
    "replica-identity",
    "Every table has a primary key or another replica identity",
    Level.WARNING,
    State.FOUND,
    ("1 table of `app` has none: `<heap>`.",),
    "What is updated or deleted in it can't be replicated back from Aurora.",
    ("Give it a primary key.",),
    offers=(OFFER,),
)
GREEN = replace(RED, state=State.PASSED, found=(), remedies=(), offers=())
CAPTION = "Give replica identities"


def looked(ground: Ground, source: str, result: Result = RED) -> CheckRun:
    """A look that Oscar asked for, as a worker answered it; its report has a button."""
    now = ground.clock.now()
    run = CheckRun(
        f"check-{source}-1", source, f"{source}-aurora", True, ground.oscar.user, CHANNEL_ID, now
    )
    ground.checks.ask(run)
    answer = replace(run, report=Report(source, ground.clock.now(), True, (result,)))
    ground.checks.answer(answer)
    return answer


def report(ground: Ground, look: CheckRun, saying: str = "") -> dict[str, Any]:
    """Its one message in the channel, once it says this."""

    def found() -> dict[str, Any] | None:
        ours = [one for one in ground.rita.messages(CHANNEL) if ground.mark(one) == (look.id, 0)]
        assert len(ours) <= 1
        return ours[0] if ours and saying in visible_text(ours[0]) else None

    return dict(ground.rita.wait_until(found, 30.0, f"a report saying {saying!r}"))


def remedies(ground: Ground) -> RedisRemedies:
    """Those of this ground."""
    return RedisRemedies(ground.redis, ground.engine, ground.clock)


def asked(ground: Ground, source: str) -> RemedyRun:
    """The one that was asked for."""
    (run,) = ground.rita.wait_until(
        lambda: remedies(ground).of_source(source), 30.0, f"a remedy of {source}"
    )
    return run


def jobs(ground: Ground, run: RemedyRun) -> int:
    """How many workers were asked."""
    queue = Queue(STEPS, connection=ground.redis, serializer=JSONSerializer)
    return len([one for one in queue.jobs if one.func_name == REMEDY and one.args == [run.id]])


def test_a_button_says_what_will_happen_asks_and_is_done_once(ground: Ground) -> None:
    """The report names the tables; an approver's press asks a worker, a second one does not."""
    source = ground.a_source()
    look = looked(ground, source)
    message = report(ground, look, "app: public.&lt;heap&gt; (FULL)")
    assert "Each is locked for a moment" in visible_text(message)
    ground.adam.click(message, CAPTION, confirm="Leave it")
    assert remedies(ground).of_source(source) == []
    ground.adam.click(message, CAPTION, confirm="Do it")
    ground.adam.wait_for_ephemeral(CHANNEL, "it is being done")
    ground.anna.click_stale(message, CAPTION, confirm="Do it")
    ground.anna.wait_for_ephemeral(CHANNEL, "is under way already")
    busy = report(ground, look, "is under way, asked for by")

    run = asked(ground, source)
    assert (run.by, run.offer, run.check_run) == (ground.adam.user, OFFER, look.id)
    assert jobs(ground, run) == 1
    assert CAPTION not in buttons(busy)


def test_whoever_only_looked_may_not_press(ground: Ground) -> None:
    """Anybody may look at any source; that gives no right over it. They read who can."""
    source = ground.a_source()
    look = looked(ground, source)
    message = report(ground, look, CAPTION)
    for person in (ground.oscar, ground.rita):
        person.click(message, CAPTION, confirm="Do it")
        person.wait_for_ephemeral(CHANNEL, f"You can't have `{source}` mended")
    ground.guest.click(message, CAPTION, confirm="Do it")
    ground.guest.wait_for_ephemeral(CHANNEL, "guests")

    assert remedies(ground).of_source(source) == []


def test_whoever_moves_it_may_press_and_the_thread_tells(ground: Ground) -> None:
    """The requester of the migration under way; its thread says who asked, and for what."""
    source = ground.a_source()
    migration = ground.started(source)
    look = looked(ground, source)
    ground.rita.click(report(ground, look, CAPTION), CAPTION, confirm="Do it")
    ground.rita.wait_for_ephemeral(CHANNEL, "it is being done")
    ground.rita.wait_until(
        lambda: any("app: public.&lt;heap&gt; (FULL)" in one for one in ground.entries(migration)),
        30.0,
        "an entry of the thread",
    )

    run = asked(ground, source)
    assert (run.by, run.migration) == (ground.rita.user, migration.id)


FOR_APPROVERS = {
    "Drop unread slots": DROP_SLOTS,
    "Set tables logged": SET_LOGGED,
    "Enlarge the storage": ENLARGE_STORAGE,
}


def test_what_can_t_be_had_back_is_not_for_whoever_moves_it(ground: Ground) -> None:
    """Neither by its button nor typed; they read who can, and an approver's press is taken."""
    source = ground.a_source()
    ground.started(source)
    offers = tuple(Offer(name, (f"a thing of {source}",), {}) for name in FOR_APPROVERS.values())
    look = looked(ground, source, replace(RED, offers=offers))
    message = report(ground, look, "For approvers only.")
    for caption, name in FOR_APPROVERS.items():
        ground.rita.click(message, caption, confirm="Do it")
        said = f"`{name}` takes away what can't be had back"
        ground.rita.wait_for_ephemeral(CHANNEL, said)
    ground.rita.type(CHANNEL, f"/migrate remedy {source} drop-slots")
    ground.rita.wait_until(
        lambda: [
            one
            for one in ground.rita.ephemerals(CHANNEL)
            if f"`{DROP_SLOTS}` takes away" in visible_text(one)
        ][1:],
        30.0,
        "a second refusal",
    )
    assert remedies(ground).of_source(source) == []
    ground.adam.click(message, "Drop unread slots", confirm="Do it")
    ground.adam.wait_for_ephemeral(CHANNEL, "it is being done")

    assert asked(ground, source).offer.remedy == DROP_SLOTS


def test_the_report_is_refreshed_and_its_thread_says_how_it_ended(ground: Ground) -> None:
    """What was before, what is after, and what the check says now; without a button."""
    source = ground.a_source()
    look = looked(ground, source)
    ground.adam.click(report(ground, look, CAPTION), CAPTION, confirm="Do it")
    ground.adam.wait_for_ephemeral(CHANNEL, "it is being done")
    run = asked(ground, source)
    change = Change("app: public.<heap>", "DEFAULT", "FULL", run.asked_at, done=True)
    now = ground.clock.now()
    remedies(ground).save(replace(run, state=RunState.DONE, changes=(change,), ended_at=now))
    after = Report(source, ground.clock.now(), True, (GREEN,))
    ground.checks.answer(replace(look, report=after))
    remedies(ground).close(run.id)
    message = report(ground, look, "Nothing that was looked at stands against moving it")
    said = ground.rita.wait_until(
        lambda: [visible_text(one) for one in ground.rita.thread(CHANNEL, message["ts"])],
        30.0,
        "an entry below the report",
    )

    assert buttons(message) == []
    assert len(said) == 1
    assert "app: public.&lt;heap&gt;: DEFAULT → FULL" in said[0]
    assert "passes now" in said[0]


def test_a_failure_is_said_with_its_reason(ground: Ground) -> None:
    """And the button is there again."""
    source = ground.a_source()
    look = looked(ground, source)
    ground.adam.click(report(ground, look, CAPTION), CAPTION, confirm="Do it")
    ground.adam.wait_for_ephemeral(CHANNEL, "it is being done")
    run = asked(ground, source)
    now = ground.clock.now()
    failed = replace(run, state=RunState.FAILED, problem="The lock was <not> had.", ended_at=now)
    remedies(ground).save(failed)
    ground.checks.answer(replace(look, report=Report(source, ground.clock.now(), True, (RED,))))
    remedies(ground).close(run.id)
    message = report(ground, look, CAPTION)
    said = ground.rita.wait_until(
        lambda: [visible_text(one) for one in ground.rita.thread(CHANNEL, message["ts"])],
        30.0,
        "an entry below the report",
    )

    assert "The lock was &lt;not&gt; had." in said[0]
    assert "Nothing was done" in said[0]


def test_a_remedy_can_be_typed(ground: Ground) -> None:
    """By instance and check; the answer asks, for the one who typed alone, and its button acts."""
    source = ground.a_source()
    look = looked(ground, source)
    report(ground, look, CAPTION)
    ground.adam.type(CHANNEL, f"/migrate remedy {source} replica-identity")
    question = ground.adam.wait_for_ephemeral(CHANNEL, "If you don't mean it, do nothing")
    assert "Each is locked for a moment" in visible_text(question)
    assert remedies(ground).of_source(source) == []
    ground.adam.click(question, CAPTION)
    ground.adam.wait_for_ephemeral(CHANNEL, "it is being done")

    run = asked(ground, source)
    assert run.by == ground.adam.user


def test_what_can_t_be_typed_is_answered(ground: Ground) -> None:
    """Nothing named, no such name, nothing to mend, not theirs; nobody looked yet: that is done."""
    source = ground.a_source()
    ground.adam.type(CHANNEL, "/migrate remedy")
    ground.adam.wait_for_ephemeral(CHANNEL, "Which one? `/migrate remedy")
    ground.adam.type(CHANNEL, "/migrate remedy <!channel> backups")
    ground.adam.wait_for_ephemeral(CHANNEL, "is no name that RDS gives an instance")
    ground.oscar.type(CHANNEL, f"/migrate remedy {source} replica-identity")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"You can't have `{source}` mended")
    ground.adam.type(CHANNEL, f"/migrate remedy {source} replica-identity")
    ground.adam.wait_for_ephemeral(CHANNEL, f"Nobody has looked at `{source}` lately")
    assert ground.asked_to_check(source).login
    looked(ground, source)
    ground.adam.type(CHANNEL, f"/migrate remedy {source} backups")
    ground.adam.wait_for_ephemeral(CHANNEL, "has nothing to mend there")

    assert remedies(ground).of_source(source) == []


def test_a_migration_that_was_refused_leads_to_its_remedies(ground: Ground) -> None:
    """Its message has a button that has the source looked at; the report has the others."""
    source = ground.a_source()
    migration = ground.started(source)
    ground.recorder.halt(migration, f"`{source}` can't be moved to Aurora as it is.")
    root = ground.root(migration, "can't be moved")
    ground.oscar.click(root, "Look for remedies")
    ground.oscar.wait_for_ephemeral(CHANNEL, "You can't look for remedies of")
    ground.rita.click(root, "Look for remedies")
    run = ground.asked_to_check(source)

    assert (run.requester, run.channel, run.login) == (ground.rita.user, CHANNEL_ID, True)


def test_a_reboot_that_waits_can_be_called_off(ground: Ground) -> None:
    """By whoever could ask for it; nothing was done, and its thread says so."""
    source = ground.a_source()
    offer = Offer(REBOOT_IN_WINDOW, (f"{source}, in its window sun:03:00-sun:03:30 (UTC)",), {})
    look = looked(ground, source, replace(RED, offers=(offer,)))
    ground.adam.click(report(ground, look, "in its window"), "Reboot in its window", "Do it")
    run = asked(ground, source)
    busy = report(ground, look, "is under way, asked for by")
    ground.oscar.click(busy, "Call it off")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"You can't have `{source}` mended")
    ground.anna.click(busy, "Call it off")
    ground.anna.wait_for_ephemeral(CHANNEL, "It is called off")
    off = asked(ground, source)
    ground.checks.answer(replace(look, report=Report(source, ground.clock.now(), True, (RED,))))
    said = ground.rita.wait_until(
        lambda: [visible_text(one) for one in ground.rita.thread(CHANNEL, busy["ts"])],
        30.0,
        "an entry below the report",
    )

    assert (off.state, off.called_off_by) == (RunState.CALLED_OFF, ground.anna.user)
    assert jobs(ground, run) == 2
    assert "was called off by" in said[0]
