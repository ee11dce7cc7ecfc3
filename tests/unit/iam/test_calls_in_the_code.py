"""The documents allow what the code calls, and no more: a call without its line is found here."""

import ast
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ACTION = re.compile(r"(cloudwatch|ec2|iam|kms|rds|route53|s3|secretsmanager|sns|sts):[A-Z]\w+")
#: AWS asks no permission for these, and no policy can deny them.
FREE = {"sts:GetCallerIdentity"}
#: No code of ours names these; a call of ours needs them.
IMPLIED = {
    "kms:CreateGrant": "RDS makes a grant in our name where a cluster is encrypted",
    "s3:PutObjectRetention": "an object that is held from its writing on needs it",
}


def in_the_code() -> set[str]:
    """Every text in workers/ that is the name of an action, as `asking` gets it."""
    return {
        node.value
        for path in (ROOT / "workers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ACTION.fullmatch(node.value)
    }


def in_the_documents() -> set[str]:
    """Every action that some document allows."""
    found: set[str] = set()
    for path in (ROOT / "docs" / "iam").glob("*.json"):
        for statement in json.loads(path.read_text())["Statement"]:
            if statement["Effect"] == "Allow":
                action = statement["Action"]
                found |= {action} if isinstance(action, str) else set(action)
    return found


def test_each_call_has_a_line_and_each_line_a_call() -> None:
    """Who adds a call adds it to the document whose holder makes it, and who drops one takes it."""
    code, lines = in_the_code() - FREE, in_the_documents() - set(IMPLIED)
    assert code - lines == set(), (
        "These are called, and no document of docs/iam allows them: docs/iam/README.md says how to "
        "add a call."
    )
    assert lines - code == set(), "These are allowed, and nothing calls them: take them out."


def test_every_document_is_explained() -> None:
    """The page says who gets which."""
    page = (ROOT / "docs" / "iam" / "README.md").read_text()
    for path in (ROOT / "docs" / "iam").glob("*.json"):
        assert f"[{path.name}]({path.name})" in page, path.name
