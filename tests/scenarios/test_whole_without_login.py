"""A whole migration through Slack by a team that gives Daybreak no login."""

import boto3
from small_sandbox import small_sandbox, whole_story

from sandbox.settings import SOURCE
from sandbox.slack.people import visible_text
from sandbox.story import ROOM, Story
from sandbox.supervisor import Sandbox
from sandbox.workload.ledger import account, only_in_first

TARGET_INSTANCE = f"{SOURCE}-aurora-1"
SEGMENT_MB = 64
# No secret may be read, and no source mended.
POLICIES = ("observer", "builder", "cut-over", "without-login", "guard")


def take_login_away(sandbox: Sandbox) -> None:
    """There is no secret of Daybreak's, and so no login."""
    values = sandbox.environment
    boto3.client(
        "secretsmanager",
        endpoint_url=values["AWS_ENDPOINT_URL"],
        region_name=values["AWS_REGION"],
        aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
    ).delete_secret(SecretId=f"daybreak/{SOURCE}", ForceDeleteWithoutRecovery=True)


@whole_story
def test_a_whole_migration_without_a_login() -> None:
    """Asked for, approved and carried out in the channel, with RDS's 64 MB segments."""
    said: list[str] = []
    with small_sandbox("socket", wal_segment_mb=SEGMENT_MB, policies=POLICIES) as sandbox:
        assert sandbox.workspace is not None
        assert sandbox.cloud is not None
        assert sandbox.writers is not None
        take_login_away(sandbox)
        story = Story(sandbox.workspace, said.append)
        story.ask("without-login")
        story.wait_for_promote()
        waiting = visible_text(story.root)
        story.promote()
        sandbox.writers.stop()
        source, target = map(sandbox.cloud.superuser_dsn, (SOURCE, TARGET_INSTANCE))
        found, strays = account([sandbox.records], target), only_in_first(source, target)
        done = visible_text(story.rita.message(ROOM, story.root["ts"]))
        thread = "\n".join(visible_text(m) for m in story.rita.thread(ROOM, story.root["ts"]))

    assert "without a login" in waiting
    # The longer pause, by phase; what clients waited is not known, and that is said.
    for words in ("Without a login", "What a client waited was not measured", "catch up", "reboot"):
        assert words in done, done
    assert f"wal segment bytes {SEGMENT_MB * 1024 * 1024}" in done
    assert "not looked at" in thread
    assert (found.lost, found.duplicated, found.phantom, strays) == (0, 0, 0, 0)
