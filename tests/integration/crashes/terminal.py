"""A terminal: AWS's command line, the pooler's machine and its console; nothing of ours."""

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import jmespath
import psycopg
from botocore import xform_name
from crash_ground import CrashGround


class Terminal:
    """Runs commands as they stand in the documentation."""

    def __init__(self, ground: CrashGround) -> None:
        self._ground = ground

    def aws(self, line: str) -> Any:
        """What AWS's command line would answer."""
        program, service, operation, *words = shlex.split(line)
        assert program == "aws"
        client = boto3.client(
            service,
            endpoint_url=self._ground.cloud.endpoint_url,
            region_name=self._ground.cloud.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )
        given = _options(words)
        (query,) = given.pop("--query", ["@"])
        method = operation.replace("-", "_")
        shape = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[method]
        ).input_shape
        members = {xform_name(name, "-"): (name, kind) for name, kind in shape.members.items()}
        arguments = {}
        for option, values in given.items():
            wanted = option.removeprefix("--")
            name, kind = members.get(wanted) or members[wanted.removeprefix("no-")]
            arguments[name] = _value(kind, values, switched_on=wanted in members)
        return jmespath.search(query, getattr(client, method)(**arguments))

    def lead(self, command: str, ends: Mapping[str, tuple[str, int]], epoch: int) -> None:
        """On the pooler's machine; `ends` are host and port of source and target.

        The epoch is the source's, as it is now.
        """
        known = {
            "/opt/daybreak/.venv/bin/python": sys.executable,
            "/etc/daybreak/agent.toml": str(self._ground.folder / "agent.toml"),
            "--epoch N": f"--epoch {epoch + 2}",
        }
        for side, (host, port) in ends.items():
            known |= {f"{side.upper()}_HOST": host, f"{side.upper()}_PORT": str(port)}
        for words, meant in known.items():
            command = command.replace(words, meant)
        subprocess.run(["/bin/sh", "-c", command], check=True)

    def on_console(self, commands: str) -> None:
        """Of the pooler; an entry that is not paused is as well."""
        with psycopg.connect(self._ground.admin_dsn, autocommit=True) as console:
            for command in commands.splitlines():
                try:
                    console.execute(command.encode())
                except psycopg.Error as error:
                    if "is not paused" not in str(error):
                        raise


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            given[word] = []
        else:
            given[list(given)[-1]].append(word)
    return given


def _value(kind: Any, values: list[str], *, switched_on: bool) -> Any:
    if kind.type_name == "boolean":
        assert values == []
        return switched_on
    if kind.type_name != "list":
        (value,) = values
        return value
    if kind.member.type_name == "structure":
        return [dict(part.split("=", 1) for part in value.split(",")) for value in values]
    return values
