"""Step: the network as ever, and a quarantine group that lets nobody in."""

from collections.abc import Iterator

from workers.aws.resources import Instance
from workers.steps import check_network
from workers.steps.findings import Finding
from workers.steps.without_login import quarantine


class CheckNetwork(check_network.CheckNetwork):
    """The source will be closed by its groups, and the target is made closed."""

    def findings_beside(self, instance: Instance) -> Iterator[Finding]:
        """What else stands against it."""
        return quarantine.findings(self._tools, instance)
