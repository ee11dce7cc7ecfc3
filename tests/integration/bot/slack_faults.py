"""The faults of the table `slack_faults`, and what sets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot_ground import Ground, wait_until


@dataclass(frozen=True)
class Fault:
    """What Slack does wrong, as the workspace's switches take it."""

    how: str
    done: bool = False
    calls: int = 2
    retry_after: int = 1


#: Each but `refused`, which strikes whatever is called.
FAULTS = {
    "an error": Fault("error"),
    "an error after it was done": Fault("error", done=True),
    "a cut line": Fault("cut"),
    "a cut line after it was done": Fault("cut", done=True),
    "no answer": Fault("hang", calls=1),
    "no answer after it was done": Fault("hang", done=True, calls=1),
    "a limit": Fault("ratelimited", retry_after=2),
}


@contextmanager
def struck(ground: Ground, fault: Fault, method: str) -> Iterator[None]:
    """What is done meanwhile meets the fault, and afterwards all is well."""
    switched = ground.trouble.fault(
        fault.how, method, done=fault.done, calls=fault.calls, retry_after=fault.retry_after
    )
    yield
    wait_until(lambda: switched.hits, f"{fault} to strike {method}")


@contextmanager
def refused(ground: Ground, process: str, said: str) -> Iterator[None]:
    """What is done meanwhile finds nobody at Slack's address, until the process says so."""
    log = ground.processes[process]
    before = log.said().count(said)
    with ground.trouble.refusing():
        yield
        try:
            wait_until(lambda: log.said().count(said) > before, f"{process}: {said!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it said {log.said()[-2000:]}") from None
