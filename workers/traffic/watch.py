"""What the agent does unasked: the dead-man's switch, and files and passwords kept up to date."""

import asyncio
import logging

from migration.errors import DaybreakError
from workers.traffic.agent import Agent
from workers.traffic.entries import Entries

log = logging.getLogger(__name__)

# How late a resume may be, and how long a pooler that restarted goes without its pause.
TEND_SECONDS = 0.2
# After a failure: a pooler or Secrets Manager may be back soon.
RETRY_SECONDS = 5.0
# How old a password may be while connections are made anew.
OFTEN_SECONDS = 1.0


class Complaint:
    """Logs what is wrong once, not at every turn, and says when it is over."""

    def __init__(self, what: str) -> None:
        """`what` names the task."""
        self._what = what
        self._said: str | None = None

    def say(self, error: DaybreakError | None) -> None:
        """Tell the outcome of this turn."""
        text = None if error is None else str(error)
        if text == self._said:
            return
        if text is None:
            log.info("%s: all is well again.", self._what)
        else:
            log.warning("%s: %s", self._what, text)
        self._said = text


async def tend_for_ever(agent: Agent, source: str) -> None:
    """Look after the pauses of a source, at once and then all the time."""
    complaint = Complaint(f"Looking after the pause of {source}")
    while True:
        try:
            await agent.tend(source)
            complaint.say(None)
        except DaybreakError as error:
            complaint.say(error)
        await asyncio.sleep(TEND_SECONDS)


async def refresh_once(entries: Entries, complaint: Complaint) -> bool:
    """Bring users and entries up to date; whether that worked."""
    try:
        await entries.refresh()
    except DaybreakError as error:
        complaint.say(error)
        return False
    complaint.say(None)
    return True


async def refresh_for_ever(
    agent: Agent, entries: Entries, complaint: Complaint, seconds: float, *, well: bool
) -> None:
    """The same again and again: passwords are rotated, poolers come back.

    Around a pause it is done all the time, beside what goes on: a password that is changed then is
    needed at once, because no server connection outlasts a pause.
    """
    loop = asyncio.get_running_loop()
    last = loop.time()
    while True:
        await asyncio.sleep(min(OFTEN_SECONDS, seconds))
        due = last + (seconds if well else min(RETRY_SECONDS, seconds))
        if agent.logins_matter or loop.time() >= due:
            well = await refresh_once(entries, complaint)
            last = loop.time()
