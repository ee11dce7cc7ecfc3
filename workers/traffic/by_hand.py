"""Leads a source's entries elsewhere in the agent's files, for an engineer, while no agent runs.

What the agent would remember is changed together with what the pooler reads: an agent that is
started afterwards keeps to it, and obeys nobody older.
"""

import logging

from pydantic import TypeAdapter, ValidationError

from workers.traffic import files
from workers.traffic.errors import NoEntry, NoSuchPlace, OlderEpoch, UnknownSource
from workers.traffic.journal import Journal
from workers.traffic.port import Endpoint
from workers.traffic.settings import AgentConfig, Host, Port

log = logging.getLogger(__name__)


def place(host: str, port: int) -> Endpoint:
    """What was typed, if it can stand in the pooler's file; raises `NoSuchPlace`."""
    try:
        return Endpoint(
            TypeAdapter[str](Host).validate_python(host),
            TypeAdapter[int](Port).validate_python(port),
        )
    except ValidationError as error:
        raise NoSuchPlace from error


async def point_to(config: AgentConfig, source: str, endpoint: Endpoint, epoch: int) -> None:
    """Have the files say that the source is at the endpoint; the pooler is left alone.

    Again, it does no harm. The caller keeps the state file for itself (`files.sole`).

    Raises:
        UnknownSource: no entry of the configuration leads to it.
        OlderEpoch: this pooler has obeyed somebody newer.
        NoEntry: the pooler's file lacks an entry; the agent's own file says the new place.
    """
    names = [entry.name for entry in config.of(source)]
    if not names:
        raise UnknownSource(f"No entry of this pooler leads to `{source}`.")
    journal = Journal(config.state_file)
    record = journal.of(source)
    if epoch < record.epoch:
        raise OlderEpoch(
            f"This pooler has obeyed epoch {record.epoch} of `{source}`, newer than {epoch}. Look "
            "at both databases again; if they say the same as before and nothing of Daybreak's "
            f"runs, give {record.epoch} or more."
        )
    record.epoch, record.endpoint = epoch, endpoint
    if record.hold is not None:
        # Overdue: the next agent lets go at its start, be the pooler still held or not.
        record.hold.resumes_at = 0.0
    await journal.save()
    _lead(config, names, endpoint)
    log.info("%s: both files lead to %s, under epoch %d.", source, endpoint, epoch)
    log.info("Now, on the pooler's console: RELOAD; %s", " ".join(f"RESUME {n};" for n in names))


def _lead(config: AgentConfig, names: list[str], endpoint: Endpoint) -> None:
    path = config.pooler.databases_file
    text, found = files.lead(path.read_text(), names, endpoint)
    files.replace(path, text, durable=True)
    if missing := [name for name in names if name not in found]:
        raise NoEntry(
            f"{path} has no line of {', '.join(missing)}. The agent will lead it to {endpoint}: "
            "start it, and it writes the line."
        )
