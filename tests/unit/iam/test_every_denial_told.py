"""Whatever a migration on record is denied, people are sent to the statement that allows it."""

import pytest
from policies_of_stories import AGENT, WORKERS
from recorded_calls import VALUES, recorded, stories

from sandbox.aws.iam import documents
from sandbox.aws.iam.decision import Denial
from sandbox.aws.iam.need import ANYTHING
from workers.aws import permissions

ME = "arn:aws:sts::123456789012:assumed-role/daybreak-worker/worker"


@pytest.mark.parametrize("story", stories())
def test_people_are_sent_to_the_line_that_is_missing(story: str) -> None:
    """Of what the role is meant to hold those statements are named that allow it, and no other."""
    for asked in recorded(story):
        names = AGENT if asked.role == "pooler" else WORKERS[story]
        held = [one for name in names for one in documents.load(name, VALUES)]
        for need in asked.needs:
            words = Denial(need, explicit=False).words(ME)
            tags = need.values("aws:TagKeys") or ()
            told = permissions.told(asked.call, "AccessDenied", words, tags)
            assert f"AWS refused `{need.action}`" in told
            assert f"on `{need.resource}`" in told or need.resource == ANYTHING
            assert f'the line `"{need.action}"` in statement' in told
            said = permissions.denied(words)
            assert said is not None
            found = {
                f"{line.document.removesuffix('.json')}.{line.sid}"
                for line in permissions.lines(asked.call, said, tags)
            }
            allows = {one.name for one in held if not one.denies and one.speaks_of(need)}
            assert found & {one.name for one in held} == allows, (asked.call, need)
