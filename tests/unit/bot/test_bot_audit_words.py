"""The audit's words: its head for one person, and what the thread says of the copy in S3."""

from dataclasses import replace

import pytest
from block_limits import assert_fits
from shown import ADAM, APPROVERS, GOOD, HARM, NOW, RITA, a_migration

from bot.messages import audit
from bot.messages.readers import Readers
from bot.messages.thread import Entry, entries
from migration.adapters.json_codec import EVENT
from migration.audit.chain import chained
from migration.audit.story import Story
from migration.events import (
    ActDone,
    ActIntended,
    ApprovalRefused,
    Approved,
    AuditKept,
    AuditNotKept,
    Event,
    MigrationCompleted,
    MigrationStarted,
)
from migration.model import Options
from migration.ports import Recorded

STARTED = MigrationStarted(NOW, RITA, "orders", "orders-aurora")


def story(*events: Event, **changes: object) -> Story:
    """One of these events."""
    migration = a_migration(requester=RITA, **changes)
    stored = [EVENT.dump_json(event).decode() for event in events]
    history = tuple(Recorded(number, event) for number, event in enumerate(events, 1))
    return Story(migration, history, chained(migration, stored))


def told(*events: Event) -> list[Entry]:
    """The thread's entries."""
    history = [Recorded(number, event) for number, event in enumerate(events, 1)]
    return entries(a_migration(requester=RITA), history, 0, Readers(APPROVERS, {}))


def test_the_head_says_who_decided_what() -> None:
    """And how much was called, with what has no answer."""
    told_story = story(
        STARTED,
        ActIntended(NOW, "create_replica", "rds:CreateDBCluster", {}),
        ActDone(NOW, "create_replica", "rds:CreateDBCluster", {}),
        ActIntended(NOW, "create_replica", "rds:CreateDBInstance", {}),
        Approved(NOW, "promote", ADAM, GOOD),
    )
    said = audit.head(told_story).text
    assert "5 events, 2 calls, 1 of them without an answer on record. Decisions:" in said
    assert f"migration started, <@{RITA}>" in said
    assert f"approved `promote`, <@{ADAM}>" in said
    assert f"last hash of the JSON Lines is `{told_story.chain.last}`" in said
    assert "not sealed" in said
    assert "sealed: completed" in audit.head(story(STARTED, MigrationCompleted(NOW))).text


def test_only_the_latest_decisions_stand_in_the_head() -> None:
    """It fits one paragraph; all of them are in the files."""
    refused = ApprovalRefused(NOW, "promote", ADAM, "stale")
    message = audit.head(story(STARTED, *([refused] * 40)))
    assert_fits(message)
    assert "• 31 earlier ones" in message.text
    assert message.text.count("approval refused") == 10
    assert message.text in str(message.blocks[0]["text"]["text"])
    assert "• none yet" in audit.head(story(MigrationCompleted(NOW))).text


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """In the head and in the thread; the files are files."""
    refused = ApprovalRefused(NOW, harm, ADAM, harm)
    harmed = story(refused, source=harm, options=Options(target=harm))
    messages = [audit.head(harmed)]
    messages += [one.message for one in told(AuditNotKept(NOW, harm), AuditKept(NOW, harm, harm))]
    for message in messages:
        assert_fits(message)
        assert "<!channel>" not in message.text
        assert "<https" not in message.text
    assert "<!channel>" not in audit.refused(harmed.migration, harm)


def test_the_thread_says_where_it_is_kept_and_until_when() -> None:
    """For whoever looks years later."""
    (plain, held) = told(
        AuditKept(NOW, "s3://b/daybreak/o/audit.jsonl", "abc"),
        AuditKept(NOW, "s3://b/daybreak/o/audit.jsonl", "abc", NOW + 60),
    )
    assert "kept*: `s3://b/daybreak/o/audit.jsonl`, last hash `abc`." in plain.message.text
    assert "Nobody can delete it there before <!date^" in held.message.text
    assert "delete" not in plain.message.text
    assert not plain.broadcast


def test_the_channel_hears_that_it_is_not_kept() -> None:
    """The migration's end stands, and it is said what is safe."""
    (entry,) = told(AuditNotKept(NOW, "The bucket is <gone>."))
    assert entry.broadcast
    assert "The bucket is &lt;gone&gt;. It is tried again by itself." in entry.message.text
    assert "The migration is over all the same" in entry.message.text


def test_the_entry_that_ends_it_has_the_audit_below() -> None:
    """And no other one."""
    late = AuditKept(NOW, "s3://b/k", "abc")
    assert [entry.ends for entry in told(STARTED, MigrationCompleted(NOW), late)] == [
        False,
        True,
        False,
    ]


def test_the_files_bear_the_hash_in_their_title() -> None:
    """It is what a copy is held against."""
    ended = story(STARTED, MigrationCompleted(NOW))
    report, lines = audit.files(ended, {RITA: "rita"})
    assert (report.name, lines.name) == (
        f"{ended.migration.id}-audit.txt",
        f"{ended.migration.id}-audit.jsonl",
    )
    assert lines.title == f"Audit as JSON Lines, sealed (completed), last hash {ended.chain.last}"
    assert lines.content == ended.chain.text
    assert f"rita ({RITA})" in report.content
    other = replace(ended, chain=story(STARTED).chain)
    assert "not sealed yet" in audit.files(other, {})[1].title
