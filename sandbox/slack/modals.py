"""Views: each person's stack of at most three modals, and the home tab."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.blocks.naming import all_blocks, elements_of, named
from sandbox.slack.cast import TEAM_ID, Cast
from sandbox.slack.errors import SlackError
from sandbox.slack.identifiers import new_hash, new_id
from sandbox.slack.inputs import initial_entry

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]

STACK = 3
# a person's form shows this when the app's answer to it was missing or of no use
TROUBLE = "We had some trouble connecting. Try again?"


@dataclass
class View:
    """A modal or a home tab in front of one person, with what they have filled in."""

    user: str
    content: Json
    id: str = field(default_factory=lambda: new_id("V"))
    hash: str = field(default_factory=new_hash)
    root_id: str = ""
    previous_id: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    suggestions: dict[str, list[Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root_id = self.root_id or self.id
        self.show(self.content)

    def show(self, content: Json) -> None:
        """Take new content; what was filled in stays in inputs that kept their names."""
        self.content = {**content, "blocks": named(content["blocks"])}
        before, self.values = self.values, {}
        for block, element in self.elements():
            entry = initial_entry(element)
            kept = before.get(block["block_id"], {}).get(element["action_id"])
            if entry is None:
                continue
            if kept is not None and kept["type"] == entry["type"]:
                entry = kept
            self.values.setdefault(block["block_id"], {})[element["action_id"]] = entry
        self.hash = new_hash()
        self.errors, self.notice = {}, ""

    def elements(self) -> list[tuple[Json, Json]]:
        """Each element that people can act on, with its block."""
        blocks = all_blocks(self.content["blocks"])
        return [(block, element) for block in blocks for element in elements_of(block)]

    def element(self, block_id: str, action_id: str) -> tuple[Json, Json]:
        """The element with these names, with its block."""
        for block, element in self.elements():
            if block["block_id"] == block_id and element["action_id"] == action_id:
                return block, element
        raise SlackError("no_such_element")

    def object(self, cast: Cast) -> Json:
        """The view as Slack hands it to an app."""
        kind = self.content["type"]
        told: Json = {
            "id": self.id,
            "team_id": TEAM_ID,
            "type": kind,
            "blocks": self.content["blocks"],
            "private_metadata": self.content.get("private_metadata") or "",
            "callback_id": self.content.get("callback_id") or "",
            "state": {"values": self.values},
            "hash": self.hash,
            "title": self.content.get("title")
            or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": bool(self.content.get("clear_on_close")),
            "notify_on_close": bool(self.content.get("notify_on_close")),
            "close": self.content.get("close"),
            "submit": self.content.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": cast.app_id,
            "external_id": self.content.get("external_id") or "",
            "app_installed_team_id": TEAM_ID,
            "bot_id": cast.bot_id,
        }
        return told


class Modals:
    """Who has which modals open."""

    def __init__(self) -> None:
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def top(self, user: str) -> View | None:
        """The modal that a person sees."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def stack(self, user: str) -> list[View]:
        """All modals that a person has open, the one in front last."""
        return list(self._stacks.get(user, ()))

    def open(self, user: str, content: Json) -> View:
        """Show a first modal; one that was open is gone."""
        self._refuse_known_name(content)
        view = View(user, content)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, content: Json) -> View:
        """Show a modal on top of the one that is open."""
        stack = self._stacks.get(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        self._refuse_known_name(content)
        view = View(user, content, root_id=stack[0].id, previous_id=stack[-1].id)
        stack.append(view)
        return view

    def find(self, view_id: str | None, external_id: str | None = None) -> View:
        """An open modal or a home tab by its id or by the app's own name for it."""
        for view in (*(v for stack in self._stacks.values() for v in stack), *self._homes.values()):
            if view_id and view.id == view_id:
                return view
            if external_id and view.content.get("external_id") == external_id:
                return view
        raise SlackError("not_found")

    def update(self, view: View, content: Json, known_hash: str | None = None) -> View:
        """Replace what a view shows, unless it changed since the app last saw it."""
        if known_hash and known_hash != view.hash:
            raise SlackError("hash_conflict")
        if content.get("external_id") != view.content.get("external_id"):
            self._refuse_known_name(content)
        view.show(content)
        return view

    def close(self, view: View, *, everything: bool = False) -> list[View]:
        """Take a view away with what stands on top of it, or all; the ones taken, top first."""
        stack = self._stacks.get(view.user, [])
        if view not in stack:
            raise SlackError("not_found")
        keep = 0 if everything else stack.index(view)
        gone = stack[keep:][::-1]
        del stack[keep:]
        return gone

    def publish(self, user: str, content: Json, known_hash: str | None = None) -> View:
        """Show a person's home tab."""
        view = self._homes.get(user)
        if view is None:
            view = self._homes[user] = View(user, content)
            return view
        return self.update(view, content, known_hash)

    def home(self, user: str) -> View | None:
        """A person's home tab, once the app has published one."""
        return self._homes.get(user)

    def _refuse_known_name(self, content: Json) -> None:
        name = content.get("external_id")
        if name:
            try:
                self.find(None, name)
            except SlackError:
                return
            raise SlackError("duplicate_external_id")
