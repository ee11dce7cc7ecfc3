"""Succession without a login: what differs is how databases are found, opened and reported."""

from migration.model import Facts, Migration
from migration.plan import WITHOUT_LOGIN
from workers.cutover.go_back import Ending
from workers.cutover.succession import Successor
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.take_over import TakeOver, charge_of
from workers.journal import StoreJournal
from workers.leases import Tenure
from workers.steps.without_login import NOT_LOOKED_AT
from workers.traffic.port import Endpoint


class SuccessionWithoutLogin(Successor[Attempt]):
    """By AWS's word and security groups alone."""

    quiet = False
    pause = 0.5

    def _charge_of(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> Attempt:
        return charge_of(begun, self._tools, lease, journal)

    def _take_over(self, charge: Attempt, *, decided: bool) -> Ending:
        return TakeOver(charge).run(decided=decided)

    def _target(self, charge: Attempt) -> Endpoint:
        return charge.target_endpoint()

    def _more_facts(self, charge: Attempt) -> Facts:  # noqa: ARG002 - see the base
        return {"mode": WITHOUT_LOGIN, "not_looked_at": list(NOT_LOOKED_AT)}
