"""A whole migration through Slack by a team that goes back after its applications have written."""

from small_sandbox import small_sandbox, whole_story

from sandbox.settings import SOURCE
from sandbox.slack.people import buttons, visible_text
from sandbox.story import ROOM, WAY_BACK, Story
from sandbox.workload.ledger import account, only_in_first
from sandbox.workload.records import Outcome, read

TARGET_INSTANCE = f"{SOURCE}-aurora-1"
# Of two writers, on each of the databases.
WRITTEN = 100


@whole_story
def test_a_whole_migration_there_and_back() -> None:
    """Asked for, promoted, used, rolled back, used again: one ledger over all of it is clean."""
    said: list[str] = []
    with small_sandbox("socket") as sandbox:
        assert sandbox.workspace is not None
        assert sandbox.cloud is not None
        assert sandbox.writers is not None

        def acknowledged() -> int:
            return sum(one.outcome is Outcome.ACKNOWLEDGED for one in read([sandbox.records]))

        def write_on(story: Story) -> None:
            wanted = acknowledged() + WRITTEN
            story.rita.wait_until(lambda: acknowledged() >= wanted, 60.0, "the writers to go on")

        story = Story(sandbox.workspace, said.append)
        story.ask(WAY_BACK)
        story.promote()
        write_on(story)
        story.roll_back()
        write_on(story)
        sandbox.writers.stop()
        source, target = map(sandbox.cloud.superuser_dsn, (SOURCE, TARGET_INSTANCE))
        found, strays = account([sandbox.records], source), only_in_first(target, source)
        new_on_source = only_in_first(source, target)
        root = story.rita.message(ROOM, story.root["ts"])
        thread = "\n".join(visible_text(m) for m in story.rita.thread(ROOM, story.root["ts"]))

    assert found.clean, found
    assert strays == 0
    assert new_on_source > 0
    assert buttons(root) == []
    for words in ("applications use `orders` again", "The roll back", "Left for you to do"):
        assert words in visible_text(root)
    for words in ("Roll back approved", "The roll back began", "Done: rolled back"):
        assert words in thread, thread
    assert (
        thread.count("The cut-over began")
        == sum(line.startswith("The cut-over went back") for line in said) + 1
    )
