"""The steps of `/migrate start`'s form, as people go through them."""

from typing import Any

from bot_ground import CHANNEL, Ground

from migration.model import Migration
from sandbox.slack.people.person import Person, Submission
from sandbox.slack.people.reading import inputs, visible_text

SOURCE = "Source instance"
TARGET = "Target cluster name"
CLASS = "Target instance class"
METHOD = "How the data gets there"
LOGIN = "How Daybreak gets at the database"
ACCEPT = "Accept that enabling backups interrupts the database"
LAG = "Lag threshold (seconds)"
PAUSE = "Longest write pause (seconds)"
OUTAGE = "Longest outage (minutes)"
WAY_BACK = "After the cut-over"
HOURS = "Hours that the way back is kept"
SLOTS = "Logical slots, where consumers read changes from the source"

OFFER = "form that was not sent"
#: What each step's view says, in their order.
FIRST, SECOND, THIRD, FOURTH, LAST = (f"Step {number} of 5" for number in range(1, 6))


def opened(person: Person, typed: str = "", saying: str = "Step ") -> dict[str, Any]:
    """The form of `/migrate start ...`; one that was left before is left for good."""
    assert person.type(CHANNEL, f"/migrate start {typed}").error is None
    left: list[str] = []

    def look() -> dict[str, Any] | None:
        modal = person.modal()
        if modal is None:
            return None
        if OFFER in visible_text(modal):
            if not left:
                left.append(modal["id"])
                person.press_in_modal("Begin anew")
            return None
        return modal if saying in visible_text(modal) else None

    return dict(person.wait_until(look, 30.0, f"a form saying {saying!r}"))


def chosen(person: Person, source: str) -> dict[str, Any]:
    """The first step once it was drawn for this source."""
    person.fill({SOURCE: source})
    return person.wait_for_modal(saying=f"*{source}*: PostgreSQL")


def following(person: Person, saying: str) -> dict[str, Any]:
    """Press Next; the view that comes of it has to say this."""
    outcome = person.submit()
    assert outcome.view is not None, "the form was sent"
    assert (outcome.errors, outcome.error) == ({}, None)
    assert saying in visible_text(outcome.view), visible_text(outcome.view)
    return outcome.view


def preceding(person: Person, saying: str) -> dict[str, Any]:
    """Press Back, and wait for the view that says this."""
    assert person.press_in_modal("Back").error is None
    return person.wait_for_modal(saying=saying)


def to_the_limits(person: Person) -> dict[str, Any]:
    """From the second step to the fourth; nobody waits for what a look finds."""
    following(person, THIRD)
    return following(person, FOURTH)


def to_the_summary(person: Person) -> dict[str, Any]:
    """From the second step to the last."""
    to_the_limits(person)
    return following(person, LAST)


def sent(person: Person) -> Submission:
    """From the second step on, with what stands there."""
    to_the_summary(person)
    return person.submit()


def values(person: Person) -> dict[str, Any]:
    """What stands in the fields of the step, by label."""
    view = person.modal() or {}
    kept = view["state"]["values"]
    found = {}
    for label, block, element in inputs(view):
        entry = kept[block["block_id"]][element["action_id"]]
        option = entry.get("selected_option") or {}
        found[label] = entry.get("value") or option.get("value")
    return found


def under_way(ground: Ground, source: str) -> list[Migration]:
    """The migrations of that source."""
    return [one for one in ground.store.under_way() if one.source == source]
