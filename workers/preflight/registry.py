"""All preflight checks, in the order in which people would mend what they find."""

from collections.abc import Iterator

from migration.model import Method
from workers.aws.resources import Instance
from workers.preflight import (
    copying,
    database,
    left_behind,
    network,
    parity,
    role,
    server,
    state,
    storage,
    target,
    way_back,
    without_login,
)
from workers.preflight.check import Check, Family, Mode
from workers.steps.findings import Blocker

CHECKS: tuple[Check, ...] = (
    *state.CHECKS,
    *copying.CHECKS,
    *target.CHECKS,
    *parity.CHECKS,
    *storage.CHECKS,
    *network.CHECKS,
    *left_behind.CHECKS,
    *without_login.CHECKS,
    *server.CHECKS,
    *role.CHECKS,
    *database.CHECKS,
    *way_back.CHECKS,
)
# The way back has a condition of its own at the gate, which looks at its checks.
AT_GATE = tuple(check for check in CHECKS if check.at_gate and check not in way_back.CHECKS)
BY_NAME = {check.name: check for check in CHECKS}


def checks_for(
    *families: Family, login: bool, method: Method = Method.READ_REPLICA
) -> tuple[Check, ...]:
    """Those of these families that belong to this way of moving."""
    others = {
        *({Mode.WITHOUT_LOGIN} if login else ()),
        *({Mode.BY_REPLICA} if method is Method.SNAPSHOT else ()),
    }
    return tuple(check for check in CHECKS if check.family in families and check.mode not in others)


def obstacles(instance: Instance) -> Iterator[Blocker]:
    """Of the blockers, those that the list of instances shows before anybody asks to move one.

    What passes within the day (a reboot that is due, a change that is being made) is left to the
    check itself, and so is a replica that a migration of ours may be making or taking down.
    """
    for name, look in (
        ("not-moved", state.moved),
        ("single-instance", state.kind),
        ("not-a-replica", state.replica),
        ("status", state.status),
        ("no-replica-abroad", copying.abroad),
    ):
        for found in look(instance):
            yield Blocker(found.what, found.remedy or BY_NAME[name].remedy)
