"""The line to the control API, and what networks and attackers do with it."""

from typing import Any

import httpx

from sandbox.slack.people.errors import Refused

Json = dict[str, Any]

# longer than any act takes: the app's three seconds, and a change waited for
SECONDS = 60.0


class Wire:
    """Requests to the workspace, each on a connection of its own: there is nothing to close."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def get(self, path: str, **query: Any) -> Json:
        """What is there."""
        return self._call("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Json:
        """Do something."""
        return self._call("POST", path, json=body)

    def _call(self, method: str, path: str, **more: Any) -> Json:
        url = f"{self.base_url}/_control/{path}"
        with httpx.Client(trust_env=False, verify=False, timeout=SECONDS) as client:  # noqa: S501 - it is plain HTTP on the loopback
            response = client.request(method, url, **more)
        answer: Json = response.json()
        if response.status_code != httpx.codes.OK:
            raise Refused(answer["error"], str(answer.get("response_metadata", "")))
        return answer

    def requests(self, user: str | None = None) -> list[Json]:
        """What was sent to the app, oldest first: `id`, `kind`, `payload`."""
        query = {"user": user} if user else {}
        found: list[Json] = self.get("requests", **query)["requests"]
        return found

    def repeat(self, request_id: str, signature: str = "same") -> Json:
        """Send an earlier request again; `signature`: `same`, or over HTTP `bad`, `missing`, `old`.

        Returns what the app answered: `error` or None, the HTTP `status`, the `payload`.
        """
        return self.post(f"requests/{request_id}/repeat", signature=signature)

    def traffic(self, after: int = 0) -> list[Json]:
        """The log: everything that passed between workspace and app, payloads included."""
        found: list[Json] = self.get("traffic", after=after)["entries"]
        return found

    def counts(self) -> dict[str, int]:
        """How many messages were posted, updated, ephemeral."""
        found: dict[str, int] = self.get("traffic", after=10**9)["counts"]
        return found

    def sockets(self) -> list[int]:
        """The numbers of the sockets that the app has open."""
        found: list[int] = self.get("sockets")["sockets"]
        return found

    def refresh_sockets(self) -> None:
        """Replace every socket the way Slack does from time to time."""
        self.post("sockets/refresh")

    def drop_sockets(self) -> None:
        """Cut every socket."""
        self.post("sockets/drop")

    def reset(self) -> None:
        """Empty the channels and close the modals."""
        self.post("reset")
