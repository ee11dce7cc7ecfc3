"""Answers the wizard's menus while somebody types: from the store, never from AWS."""

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import Ack, App

from bot.edge import Edge
from bot.messages import choices
from bot.messages.choices import Suggestions
from bot.messages.draft import INSTANCE_CLASS, SOURCE, Form
from bot.search import nearest_sources, search_classes, search_sources
from migration.errors import StoreUnavailable

log = logging.getLogger(__name__)


def register(app: App, edge: Edge) -> None:
    """Listen to what is typed into them."""

    def sources(ack: Ack, payload: dict[str, Any]) -> None:
        typed = str(payload.get("value") or "")
        ack(_or_why_not(lambda: _sources(edge, typed)))

    def classes(ack: Ack, payload: dict[str, Any]) -> None:
        form = Form.of(payload["view"])
        typed = str(payload.get("value") or "")
        ack(_or_why_not(lambda: _classes(edge, form.draft, typed)))

    app.options(SOURCE)(sources)
    app.options(INSTANCE_CLASS)(classes)


def _sources(edge: Edge, typed: str) -> Suggestions:
    inventory = edge.store.inventory()
    busy = {migration.source: migration.id for migration in edge.store.under_way()}
    known = inventory.sources if inventory else ()
    found = search_sources(known, typed, busy)
    near = [] if found else nearest_sources(known, typed)
    return choices.sources(found, near, typed, inventory, busy, edge.clock.now())


def _classes(edge: Edge, draft_id: str, typed: str) -> Suggestions:
    draft, inventory = edge.drafts.load(draft_id), edge.store.inventory()
    offered = inventory.classes_for(draft.source) if draft and inventory else ()
    return choices.classes(search_classes(offered, typed), offered, typed)


def _or_why_not(suggest: Callable[[], Suggestions]) -> Suggestions:
    """A menu has no place for an error but an option that says it."""
    try:
        return suggest()
    except (StoreUnavailable, RedisError) as error:
        log.warning("Nothing could be suggested: %s", type(error).__name__)
        return choices.unavailable("Redis does not answer; try again in a moment")
