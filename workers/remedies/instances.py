"""What is looked at before an instance is changed by AWS: is it up, and what else would come."""

from migration.errors import Permanent
from migration.steps import Wait
from workers.aws.resources import AVAILABLE, Instance
from workers.preflight.state import PASSING
from workers.steps.findings import named
from workers.toolbox import Toolbox


def ready(source: str, tools: Toolbox) -> Instance | Wait:
    """The instance, available; a wait while AWS is at work on it.

    Raises:
        Permanent: it is gone, or in a state that does not pass by itself.
    """
    instance = tools.rds.instance(source)
    if instance is None:
        raise Permanent(f"There is no instance `{source}` in this account and Region any more.")
    if instance.status in PASSING:
        return Wait(tools.settings.poll_seconds, f"`{source}` is `{instance.status}`")
    if instance.status != AVAILABLE:
        raise Permanent(f"`{source}` is `{instance.status}`. Bring it back to `available` first.")
    return instance


def waits_with_it(instance: Instance, ours: str) -> None:
    """A change at once takes everything along that waits for the window: that was not asked for.

    Raises:
        Permanent: names what waits.
    """
    others = sorted(set(instance.pending) - {ours})
    if others:
        raise Permanent(
            f"Other changes of `{instance.id}` wait for its window, {named(others)}, and AWS would "
            "make them along with this one. See to them first; nothing was changed."
        )
