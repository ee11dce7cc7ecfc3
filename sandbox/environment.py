"""The environments: what the product's processes get, and what people source."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

#: What `.sandbox/env` holds, in this order.
SHOWN = (
    "SLACK_API_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "REDIS_URL",
    "DAYBREAK_APP_DSN",
    "DAYBREAK_SOURCE_DSN",
    "DAYBREAK_PGBOUNCER_ADMIN_DSN",
)
# The caller's libpq settings would steer our connections.
LIBPQ = "PG"
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def inherited(caller: Mapping[str, str], *, own_slack: bool, own_aws: bool) -> dict[str, str]:
    """What of the caller's environment reaches the product.

    With an AWS of our own nothing of the caller's account does, neither variables nor files: a
    sandbox never touches a real account. With a Slack of our own no proxy does either.
    """
    kept = {
        name: value
        for name, value in caller.items()
        if not name.startswith(LIBPQ)
        and not (own_aws and name.startswith("AWS_"))
        and not (own_slack and name.lower() in PROXIES)
    }
    if own_aws:
        kept["AWS_CONFIG_FILE"] = kept["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    # `python` of the Procfile is the one that runs the sandbox
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


def write(path: Path, values: Mapping[str, str]) -> None:
    """Write the file that people source; it holds passwords, so it is theirs alone."""
    lines = [f"export {name}={shlex.quote(values[name])}" for name in SHOWN if values.get(name)]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join([*lines, ""]))
