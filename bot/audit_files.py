"""The audit in a migration's thread: two files below the entry that says how it ended."""

from bot.messages import audit
from bot.messages.text import Upload
from bot.messages.thread import Entry, actors
from bot.people import People
from migration.audit.story import sealed_story
from migration.model import Migration
from migration.ports import Store


def beside(store: Store, people: People, migration: Migration, entry: Entry) -> tuple[Upload, ...]:
    """Both, below the entry that ends the migration: the sealed story, and no more."""
    story = sealed_story(store, migration.id) if entry.ends else None
    if story is None:
        return ()
    wanted = actors(story.history) | {migration.requester}
    return audit.files(story, {user: people.name(user) for user in sorted(wanted)})
