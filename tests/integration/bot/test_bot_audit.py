"""The audit: asked for by one person, and in the thread of what has ended; once, come what may."""

from typing import Any

import httpx
import pytest
from bot_ground import CHANNEL, Ground, wait_until

from bot import slack_clients
from bot.app import build_channel
from bot.relay import Relay
from migration.audit.story import sealed_story, story_of
from migration.audit.verify import Verdict, verify
from migration.events import (
    ActDone,
    ActIntended,
    ApprovalRefused,
    MigrationCompleted,
    MigrationHalted,
    StepDone,
)
from migration.model import Migration, Status
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text

MESSAGES = "@daybreak"
EVIL = "<!channel> no\n  `rds` & co"


def files_of(messages: list[dict[str, Any]]) -> dict[str, str]:
    """The files in these messages, by their names."""
    return {
        file["name"]: httpx.get(file["permalink"]).text
        for message in messages
        for file in message.get("files", ())
    }


def judged(text: str) -> Verdict:
    """What the lines of a file are worth."""
    return verify(text.removesuffix("\n").split("\n"))


def under_way(ground: Ground) -> Migration:
    """A migration with a call that was answered and one that was not."""
    migration = ground.started(ground.a_source())
    now = ground.clock.now()
    events = [
        ActIntended(now, "create_replica", "rds:CreateDBCluster", {"cluster": "one"}),
        ActDone(now + 0.5, "create_replica", "rds:CreateDBCluster", {"status": "creating"}),
        ActIntended(now + 1, "create_replica", "rds:CreateDBInstance", {}),
        ApprovalRefused(now + 2, "promote", ground.oscar.user, "not an approver"),
        MigrationHalted(now + 3, "create_replica", EVIL),
    ]
    ground.store.append(migration.id, events)
    return migration


def asked(person: Person, migration: Migration) -> str:
    """What the command answers at once."""
    person.type(CHANNEL, f"/migrate audit {migration.id}")
    return visible_text(person.wait_for_ephemeral(CHANNEL, f"Audit of `{migration.id}`"))


def test_one_person_reads_the_audit(ground: Ground) -> None:
    """The head where it was asked for, the files in their own messages, and nobody else either."""
    migration = under_way(ground)
    said = asked(ground.oscar, migration)
    last = story_of(ground.store, migration.id).chain.last
    assert "6 events, 2 calls, 1 of them without an answer on record" in said
    assert f"approval refused `promote`, <@{ground.oscar.user}>" in said
    assert last in said
    assert "not sealed, for it is under way" in said

    def both() -> dict[str, str]:
        found = files_of(ground.oscar.messages(MESSAGES))
        return {name: text for name, text in found.items() if migration.id in name}

    wait_until(lambda: len(both()) == 2, "the files")
    report, lines = both()[f"{migration.id}-audit.txt"], both()[f"{migration.id}-audit.jsonl"]
    assert (judged(lines).broken, judged(lines).last, judged(lines).ended) == (None, last, "")
    assert f"oscar ({ground.oscar.user})" in report
    assert "rds:CreateDBCluster answered after 0.500 s (status creating)" in report
    assert "<!channel> no `rds` & co" in report
    assert migration.id not in "".join(files_of(ground.rita.messages(CHANNEL)))
    assert migration.id not in "".join(files_of(ground.rita.messages(MESSAGES)))


def test_an_audit_without_a_name_or_of_nothing(ground: Ground) -> None:
    """The answer says what to type."""
    ground.oscar.type(CHANNEL, "/migrate audit")
    ground.oscar.wait_for_ephemeral(CHANNEL, "Which one? `/migrate audit &lt;id&gt;`")
    migration = ground.started(ground.a_source())
    ground.oscar.type(CHANNEL, f"/migrate audit {migration.id}x")
    ground.oscar.wait_for_ephemeral(CHANNEL, f"Did you mean `/migrate audit {migration.id}`?")


@pytest.fixture
def relay(quiet_ground: Ground) -> Relay:
    """What a channel worker runs, in the test's own process."""
    settings = quiet_ground.settings()
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(quiet_ground.redis, settings, identity).relay


def in_thread(ground: Ground, relay: Relay, migration: Migration) -> list[dict[str, Any]]:
    """The messages with files there once nothing is due any more, and asked once more."""

    def up_to_date() -> bool:
        relay.refresh(migration.id)
        return ground.up_to_date(migration)

    wait_until(up_to_date, "the channel to be up to date")
    relay.refresh(migration.id)
    root = ground.roots(migration)[0]
    return [one for one in ground.rita.thread(CHANNEL, root["ts"]) if one.get("files")]


def ended(ground: Ground) -> Migration:
    """A migration that is over, and a click that came too late."""
    migration = ground.started(ground.a_source())
    now = ground.clock.now()
    done = StepDone(now, "protect_target", {})
    over = ground.commits(migration, [done, MigrationCompleted(now)], status=Status.COMPLETED)
    late = ApprovalRefused(now + 1, "promote", ground.adam.user, "stale")
    ground.store.append(over.id, [late])
    return over


@pytest.mark.parametrize(
    ("how", "method", "done"),
    [
        ("", "", False),
        ("cut", "files.completeUploadExternal", False),
        ("cut", "files.completeUploadExternal", True),
        ("cut", "upload", False),
        ("cut", "chat.postMessage", True),
    ],
)
def test_the_thread_of_what_has_ended_gets_it_once(
    quiet_ground: Ground, relay: Relay, how: str, method: str, *, done: bool
) -> None:
    """Sealed, and with its last hash in words beside it, whatever Slack does meanwhile."""
    migration = ended(quiet_ground)
    if how:
        fault = quiet_ground.trouble.fault(how, method, done=done)
    messages = in_thread(quiet_ground, relay, migration)
    found = files_of(messages)
    assert [file["name"] for one in messages for file in one["files"]] == list(found)
    assert sorted(found) == [f"{migration.id}-audit.jsonl", f"{migration.id}-audit.txt"]
    verdict = judged(found[f"{migration.id}-audit.jsonl"])
    assert (verdict.broken, verdict.ended, verdict.after_seal) == (None, "completed", 0)
    sealed = sealed_story(quiet_ground.store, migration.id)
    assert sealed is not None
    assert found[f"{migration.id}-audit.jsonl"] == sealed.chain.text
    assert f"last hash {verdict.last}" in " ".join(str(one["text"]) for one in messages)
    assert not how or fault.hits == 1


def test_what_is_under_way_has_none_in_its_thread(quiet_ground: Ground, relay: Relay) -> None:
    """It comes at the end."""
    assert in_thread(quiet_ground, relay, under_way(quiet_ground)) == []
