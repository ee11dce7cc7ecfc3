"""The calls that stories made of AWS, in files: what each needed, to be judged again without AWS.

A file has a line a call, without what differs from run to run. `DAYBREAK_RECORD_CALLS=1` has the
stories (tests/integration/iam) write them anew.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.aws.iam.gate import Asked
from sandbox.aws.iam.need import Need

FOLDER = Path(__file__).parent / "calls"
SETTING = "DAYBREAK_RECORD_CALLS"
#: What the documents' words stand for in the files.
VALUES: Mapping[str, tuple[str, ...]] = {
    "ACCOUNT": ("123456789012",),
    "AUDIT_BUCKET": ("the-bucket",),
    "KEY_ID": ("the-key",),
    "RECORD": ("orders.db.example.com",),
    "REGION": ("eu-west-1",),
    "ROLE": ("daybreak-worker",),
    "SOURCE": ("orders",),
    "ZONE_ID": ("the-zone",),
}
_DIFFERS = (
    (re.compile(r"key/[0-9a-f-]{36}"), "key/the-key"),
    (re.compile(r"hostedzone/\w+"), "hostedzone/the-zone"),
    (re.compile(r"change/\w+"), "change/the-change"),
    (re.compile(r"orders-[0-9a-f]{4}\b"), "orders-0001"),
    (re.compile(r"-frozen-\d+"), "-frozen-N"),
    (re.compile(r"(postgres(?:ql-)?)\d+"), r"\1NN"),
    (re.compile(r"(secret:\w+/\w+)-\w{6}$"), r"\1-suffix"),
)
# The values of tags differ, and nothing goes by them.
_TAG = ("aws:RequestTag/", "aws:ResourceTag/")
# Of the tags that a resource has only whose it is: the others come and go.
_RESOURCE_TAG, _MARK = "aws:ResourceTag/", "aws:ResourceTag/daybreak:migration"
_READING = re.compile(r"\w+:(Describe|Get|List)")
# Which of RDS's databases, groups and snapshots is looked at changes often, and all of them may be.
_LOOKED_AT = re.compile(r"(arn:aws:rds:[^:]*:[^:]*:[a-z-]+):.*")


def recorded(story: str) -> list[Asked]:
    """What is in a story's file."""
    return [_read(line) for line in (FOLDER / f"{story}.jsonl").read_text().splitlines()]


def stories() -> list[str]:
    """Those that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def compare(story: str, asked: Iterable[Asked]) -> None:
    """The file says what was called, and nothing else; or it is written."""
    now = sorted({json.dumps(_plain(one)) for one in asked})
    path = FOLDER / f"{story}.jsonl"
    if os.environ.get(SETTING):
        path.write_text("".join(f"{line}\n" for line in now))
        return
    kept = set(path.read_text().splitlines())
    told = f"Where that is meant, record anew: {SETTING}=1 pytest tests/integration/iam"
    assert set(now) - kept == set(), f"New calls. {told}"
    assert kept - set(now) == set(), f"Calls that are made no more. {told}"


def _plain(asked: Asked) -> dict[str, Any]:
    return {
        "role": asked.role,
        "call": asked.call,
        "needs": [
            {"action": need.action, "resource": _same(need), **_context(need)}
            for need in asked.needs
        ],
    }


def _context(need: Need) -> dict[str, Any]:
    """What a condition can go by; nobody who may read may read some of it only."""
    kept = {
        key: ["..."] if key.startswith(_TAG) else list(values)
        for key, values in need.context
        if key == _MARK or not key.startswith(_RESOURCE_TAG)
    }
    return {"context": kept} if kept and not _READING.match(need.action) else {}


def _same(need: Need) -> str:
    resource = need.resource
    if _READING.match(need.action):
        resource = _LOOKED_AT.sub(r"\1:*", resource)
    for pattern, instead in _DIFFERS:
        resource = pattern.sub(instead, resource)
    return resource


def _read(line: str) -> Asked:
    raw = json.loads(line)
    needs = tuple(
        Need.of(
            one["action"],
            one["resource"],
            {key: tuple(values) for key, values in one.get("context", {}).items()},
        )
        for one in raw["needs"]
    )
    return Asked(raw["role"], raw["call"], needs)
