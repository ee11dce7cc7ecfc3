"""Daybreak's own logins, read from Secrets Manager; a password never shows anywhere."""

import json
from typing import TYPE_CHECKING

from migration.errors import Permanent
from workers.aws.errors import NotFound, asking
from workers.postgres.connect import Login

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsGateway:
    """Reads one secret a source: `daybreak/<instance>`."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        """Over this client."""
        self._client = client

    def login(self, source: str) -> Login:
        """Daybreak's role on a source; its physical copy takes the same.

        Raises:
            Permanent: there is no such secret, or it does not say what it has to.
        """
        name = f"daybreak/{source}"
        try:
            with asking("secretsmanager:GetSecretValue"):
                text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except NotFound as error:
            raise Permanent(
                f"There is no secret `{name}` in Secrets Manager. Create Daybreak's role with "
                "docs/daybreak-role.sql and keep its login there, then retry."
            ) from error
        return _parsed(name, text)


def _parsed(name: str, text: str) -> Login:
    """Errors name what is missing and quote nothing: the text holds a password."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    keys = ("username", "password", "dbname")
    if not isinstance(found, dict) or not all(
        isinstance(found.get(key), str) and found[key] for key in keys
    ):
        raise Permanent(
            f"The secret `{name}` has to be a JSON object with texts for `username`, `password` "
            "and `dbname`. Mend it, then retry."
        )
    return Login(found["username"], found["password"], found["dbname"])
