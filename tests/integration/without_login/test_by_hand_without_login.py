"""The login-less page for the day on which nothing of ours runs: its commands, as they stand."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cut_over_page import WITHOUT_LOGIN, blocks
from cutover_ground import TARGET, assert_writes_flow, eventually
from detector import detecting
from outside_ground import QUARANTINE, SOURCE, TARGET_INSTANCE, OutsideGround
from terminal import Terminal


class Engineer:
    """Has the page, a terminal and the right to use AWS; nothing else."""

    def __init__(self, ground: OutsideGround) -> None:
        self._terminal = Terminal(ground)
        self._quarantine = ground.group(QUARANTINE)
        (looks,) = (block for block in blocks(WITHOUT_LOGIN) if "F" in block.letters)
        source, cluster = (self._terminal.aws(line) for line in looks.text.splitlines())
        self._arns, self._ends, self._groups = {}, {}, {}
        for side, (arn, end, _, tags, *_) in (("source", source), ("target", cluster)):
            self._arns[side], self._ends[side] = arn, tuple(end)
            self._groups[side] = _tag(tags, "daybreak:groups")
        self._epoch = int(_tag(source[3], "daybreak:epoch"))
        _, _, behind, self._tags, self._replicates = cluster
        self._behind = {group["VpcSecurityGroupId"] for group in behind}

    def letters(self) -> str:
        """What the page tells to do, by what was seen."""
        if _tag(self._tags, "daybreak:fence") == "opened" or self._behind != {self._quarantine}:
            return "PT"
        if self._replicates and not _tag(self._tags, "daybreak:promotion"):
            return "XOS"
        return "GOS"

    def do(self, letter: str) -> None:
        """Everything that the pages say under that letter, each as soon as AWS takes it."""
        for block in (*blocks(WITHOUT_LOGIN), *(blocks() if letter in "ST" else ())):
            if letter not in block.letters:
                continue
            if letter not in "ST":
                for line in block.text.splitlines():
                    self._insist(self._filled(line, "target" if letter == "P" else "source"))
            elif block.language == "sh":
                self._terminal.lead(block.text, self._ends, self._epoch)
            else:
                self._terminal.on_console(block.text)

    def _filled(self, line: str, side: str) -> str:
        line = line.replace("GROUPS", self._groups[side])
        line = line.replace("SOURCE_ARN", self._arns["source"])
        return line.replace("CLUSTER_ARN", self._arns["target"])

    def _insist(self, line: str) -> None:
        def done() -> bool:
            try:
                self._terminal.aws(line)
            except ClientError as error:
                if "State" not in error.response["Error"]["Code"]:
                    raise
                return False
            return True

        eventually(done, line)


def _tag(tags: list[dict[str, Any]], name: str) -> str:
    return next((tag["Value"] for tag in tags if tag["Key"] == name), "")


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize(
    ("point", "letters"), [("closed", "XOS"), ("promoted", "GOS"), ("opened", "PT")]
)
def test_the_page_opens_one_database(ground: OutsideGround, point: str, letters: str) -> None:
    """Writes flow to one side, every acknowledged one is there, and the other side is closed."""
    approved = ground.ready()
    ground.strike(point, "kill")
    ground.host.start("workers worker")
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to(point, approved)
        ground.host.die()
        ground.kill_agent()
        engineer = Engineer(ground)
        told = engineer.letters()
        for letter in told:
            engineer.do(letter)
        assert_writes_flow(clients)

    assert told == letters
    assert detector.both == []
    ground.account_of(clients)
    if letters == "PT":
        assert ground.place() == TARGET_INSTANCE
        assert ground.groups_of(SOURCE) == [QUARANTINE]
    else:
        ground.assert_stayed(clients, has_target=letters == "GOS")
        if letters == "GOS":
            assert ground.target_tags()["daybreak:fence"] == "abandoned", TARGET
