"""The audit in a migration's thread: two files below the entry that says how it ended."""

from bot.messages import audit
from bot.messages.text import Upload
from bot.messages.thread import actors
from bot.people import People
from migration.audit.story import sealed_story
from migration.model import Migration
from migration.ports import Store


def at_the_end(
    store: Store, people: People, migration: Migration, number: int
) -> tuple[Upload, ...]:
    """Both, if the event of this number ended the migration: the sealed story, and no more."""
    if not migration.final:
        return ()
    story = sealed_story(store, migration.id)
    if story is None or len(story.history) != number:
        return ()
    wanted = actors(story.history) | {migration.requester}
    return audit.files(story, {user: people.name(user) for user in sorted(wanted)})
