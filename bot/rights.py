"""Who may act on a migration besides deciding at its gate."""

from bot.edge import Edge
from bot.errors import ForApproversOnly, NotYours, NotYoursToMend
from migration.model import Migration
from migration.remedies import is_for_approvers_only


def check_may_act(edge: Edge, migration: Migration, user: str, act: str) -> None:
    """Look up who somebody is; `act` says what they are about to do, like `cancel`.

    Raises:
        NotAMember: guests, bots and people from outside act on nothing.
        NotYours: they neither asked for it nor approve; names who did and who does.
        IdentityUnknown: Slack did not say.
    """
    approvers = edge.approvers_of(migration)
    person = edge.people.member(user, approvers)
    if user != migration.requester and not person.is_among(approvers):
        raise NotYours(act, migration, approvers, edge.link(migration.id))


def check_may_mend(
    edge: Edge, source: str, migration: Migration | None, user: str, remedy: str = ""
) -> None:
    """Whether somebody may have a source changed: an approver, or whoever moves it just now.

    Anybody may look at any source: to have asked for a look gives no right over it. Nor does to
    move it for a remedy that takes away what can't be had back; without a name of one, whether
    there is any that they may ask for.

    Raises:
        NotAMember: guests, bots and people from outside act on nothing.
        NotYoursToMend: neither; names who can.
        IdentityUnknown: Slack did not say.
    """
    approvers = edge.service.rule_for(source, migration).approvers
    if edge.people.member(user, approvers).is_among(approvers):
        return
    moves_it = migration is not None and migration.requester == user
    approvers_only = bool(remedy) and is_for_approvers_only(remedy)
    if moves_it and approvers_only:
        raise ForApproversOnly(source, remedy, approvers)
    if not moves_it:
        raise NotYoursToMend(source, None if approvers_only else migration, approvers)
