"""Files: uploaded first, attached to a message later, and looked at before they have a type."""

import mimetypes
import time
from dataclasses import dataclass
from typing import Any

from sandbox.slack.cast import TEAM_ID
from sandbox.slack.errors import SlackError
from sandbox.slack.identifiers import new_id


@dataclass
class File:
    """A file, from the announcement of its length to its place in a channel."""

    id: str
    name: str
    length: int
    user: str
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    completed_at: float | None = None


class Files:
    """All files; an upload that nobody completes is never seen."""

    def __init__(self, scan: float) -> None:
        self._scan = scan
        self._files: dict[str, File] = {}

    def announce(self, user: str, name: str, length: int, alt_text: str) -> File:
        """A place to upload to."""
        file = File(new_id("F"), name, length, user, alt_text, name)
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File:
        """The file with this id."""
        if file_id not in self._files:
            raise SlackError("file_not_found")
        return self._files[file_id]

    def complete(self, file_id: str, title: str | None) -> File:
        """Make an uploaded file one that can be seen."""
        file = self.find(file_id)
        if file.content is None:
            raise SlackError("file_not_found")
        file.title = title or file.name
        file.completed_at = file.completed_at or time.monotonic()
        return file

    def is_scanned(self, file: File) -> bool:
        """Whether its type is known, so that a block may show it."""
        done = file.completed_at
        return done is not None and time.monotonic() - done >= self._scan

    def object(self, file: File, base_url: str) -> dict[str, Any]:
        """A file object of Slack's."""
        mimetype = ""
        if self.is_scanned(file):
            mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return {
            "id": file.id,
            "created": int(time.time()),
            "name": file.name,
            "title": file.title,
            "mimetype": mimetype,
            "filetype": file.name.rpartition(".")[2] if mimetype else "",
            "user": file.user,
            "user_team": TEAM_ID,
            "size": len(file.content or b""),
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "alt_txt": file.alt_text,
            "url_private": f"{base_url}/files/{file.id}/{file.name}",
            "permalink": f"{base_url}/files/{file.id}/{file.name}",
        }
