"""`/migrate audit <id>`: a migration's whole story, from the store, before one pair of eyes."""

from slack_sdk.errors import SlackApiError

from bot import thread_files
from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers
from bot.messages import audit as words
from bot.messages.thread import actors
from migration.audit.story import story_of


def audit(edge: Edge, request: Request) -> None:
    """Its head at once, and the files into the messages that this person has with Daybreak."""
    named = named_in(request)
    if not named:
        request.answer(answers.which_one("audit"))
        return
    migration = migration_named(edge, named, "audit")
    story = story_of(edge.store, migration.id)
    request.answer(words.head(story))
    # Slack is asked for names only now: the answer waits for nobody.
    people = actors(story.history) | {migration.requester}
    files = words.files(story, {user: edge.people.name(user) for user in people})
    try:
        opened = edge.client.chat_postMessage(
            channel=request.user, text=words.in_private(migration)
        )
        for upload in files:
            thread_files.send(edge.client, str(opened["channel"]), upload)
    except SlackApiError as error:
        reason = str(error.response.get("error"))
        request.answer(answers.told(words.refused(migration, reason)))
