"""The poolers and their agents: that each answers, which sources it leads, and how it is set up."""

from collections.abc import Iterator, Sequence

from migration.errors import DaybreakError
from migration.examination import Finding, failure, good, warning
from workers.app import Workbench, open_poolers
from workers.settings import WorkerSettings
from workers.steps.poolers import misfits_of_any
from workers.traffic.errors import PoolerUnreachable, UnknownSource
from workers.traffic.port import PoolerState

NAME = "poolers"
# An agent that has no entry for what it is asked about lives all the same.
NO_SOURCE = "daybreak-doctor"


def findings(bench: Workbench) -> Iterator[Finding]:
    """A line for each agent, and one for each thing that stands against a cut-over."""
    if bench.settings.traffic != "poolers":
        yield good(NAME, f"there are none to look at: DAYBREAK_TRAFFIC={bench.settings.traffic}")
        return
    inventory = bench.store.inventory()
    sources = [one.identifier for one in inventory.sources] if inventory else []
    for url in bench.settings.poolers:
        yield from _one(bench.settings, url, sources)


def _one(settings: WorkerSettings, url: str, sources: Sequence[str]) -> Iterator[Finding]:
    name = f"pooler {url}"
    # alone, so that one that is dead does not speak for the others
    with open_poolers(settings, (url,)) as group:
        led: dict[str, PoolerState] = {}
        for source in sources or (NO_SOURCE,):
            try:
                (led[source],) = group.states(source)
            except UnknownSource:
                continue
            except PoolerUnreachable as error:
                yield failure(name, "does not answer", str(error))
                return
            except DaybreakError as error:
                # it answers, and says what is wrong
                yield failure(f"{name}, {source}", "can't be looked at", str(error))
                return
    if not led:
        yield warning(
            name,
            "its agent answers, and leads none of the sources that Daybreak knows",
            "Add them to [[entries]] in the agent's file (docs/traffic.md).",
        )
        return
    yield good(name, f"answers, and leads {', '.join(sorted(led))}")
    for source, state in sorted(led.items()):
        for misfit in misfits_of_any(state):
            yield warning(
                f"{name}, {source}", misfit, "No cut-over begins before (docs/traffic.md)."
            )
