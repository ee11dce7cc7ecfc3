"""Who signs calls to AWS, and with which policies of docs/iam: a role for each process."""

from collections.abc import Iterable, Mapping

from sandbox.aws.cloud import Cloud
from sandbox.aws.iam.gate import OWNER

#: Whatever a worker may have to do; which of it a team gives is its own choice.
WORKERS = (
    "observer",
    "login",
    "builder",
    "remedies",
    "cut-over",
    "without-login",
    "way-back",
    "undertaker",
    "auditor",
    "doctor",
    "guard",
)
AGENT = ("pooler-agent",)
#: The reconciler takes cut-overs over, so it needs what the worker needs.
LIKE_WORKERS = ("worker", "reconciler")
POOLER = "pooler"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def keys(key: str) -> dict[str, str]:
    """Credentials as boto3 reads them; the key is also the name."""
    return dict.fromkeys(CREDENTIALS, key)


def owner() -> dict[str, str]:
    """Those of people, who may everything."""
    return keys(OWNER)


def give(cloud: Cloud, workers: Iterable[str] | None = None) -> None:
    """Make the roles, the workers' with these documents; from here on nobody else may call."""
    for name in LIKE_WORKERS:
        cloud.permissions.give(name, name, *(WORKERS if workers is None else workers))
    cloud.permissions.give(POOLER, POOLER, *AGENT)


def of_process(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: with its own keys, or with none when it calls nothing."""
    rest = {key: value for key, value in environment.items() if key not in CREDENTIALS}
    return {**rest, **keys(name)} if name in (*LIKE_WORKERS, POOLER) else rest
