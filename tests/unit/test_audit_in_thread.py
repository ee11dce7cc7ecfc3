"""The audit below the entry that ends a migration, and below no other one."""

from audit_story import END, EVENTS, LATE, a_store, a_story
from builders import FakeClock

from bot import audit_files
from bot.messages import audit
from bot.messages.readers import Readers
from bot.messages.thread import entries
from bot.people import People
from bot.slack_clients import PromptClient
from migration.approvals import Policy
from migration.audit.verify import verify

NOBODY: frozenset[str] = frozenset()


def test_the_files_are_those_of_the_entry_that_ends_it() -> None:
    """Of the story up to there; people whose names Slack does not say have their ids."""
    store, migration = a_store(*EVENTS, END, LATE)
    silent = PromptClient(base_url="http://127.0.0.1:9/", timeout=1)
    people = People(silent, "T1", Policy(NOBODY), FakeClock())
    found = {
        entry.number: audit_files.beside(store, people, migration, entry)
        for entry in entries(migration, store.events(migration.id), 0, Readers(NOBODY, {}))
    }
    report, lines = found.pop(len(EVENTS) + 1)
    assert found
    assert set(found.values()) == {()}
    assert (report, lines) == audit.files(a_story(END), {})
    assert verify(lines.content.splitlines()).ended == "completed"
