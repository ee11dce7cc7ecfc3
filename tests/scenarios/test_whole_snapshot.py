"""A whole migration by snapshot through Slack, as `METHOD=snapshot make demo` has it."""

from small_sandbox import small_sandbox, whole_story

from sandbox.settings import SOURCE
from sandbox.slack.people import buttons, visible_text
from sandbox.story import FREEZE, ROOM, Story
from sandbox.workload.ledger import account, only_in_first

TARGET_INSTANCE = f"{SOURCE}-aurora-1"
POLICIES = ("observer", "login", "builder", "cut-over", "guard")


@whole_story
def test_a_whole_migration_by_snapshot() -> None:
    """One approval, which says until when; the source closed and copied, and every write there."""
    said: list[str] = []
    with small_sandbox("socket", policies=POLICIES) as sandbox:
        assert sandbox.workspace is not None
        assert sandbox.cloud is not None
        assert sandbox.writers is not None
        story = Story(sandbox.workspace, said.append, FREEZE)
        story.ask("method=snapshot")
        refused = story.be_refused("rita")
        story.promote()
        sandbox.writers.stop()
        source, target = map(sandbox.cloud.superuser_dsn, (SOURCE, TARGET_INSTANCE))
        found, strays = account([sandbox.records], target), only_in_first(source, target)
        root = story.rita.message(ROOM, story.root["ts"])
        thread = "\n".join(visible_text(m) for m in story.rita.thread(ROOM, story.root["ts"]))

    assert "somebody else has to decide" in refused
    assert (found.lost, found.duplicated, found.phantom, strays) == (0, 0, 0, 0)
    assert buttons(root) == []
    for words in ("Outage", "Compared while nobody wrote", "The outage fits"):
        assert words in visible_text(root)
    for words in ("is closed and marked", "it reopens by itself", "Validate the copy: done"):
        assert words in thread.replace("*", ""), thread
