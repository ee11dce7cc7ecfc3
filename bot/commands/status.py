"""`/migrate status [id]`: how a migration stands, from the store alone."""

from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers


def status(edge: Edge, request: Request) -> None:
    """The named migration; without a name the one under way, if there is one only."""
    named = named_in(request)
    if not named:
        under_way = edge.store.under_way()
        if not under_way:
            request.answer(answers.told("No migration is under way. `/migrate list` shows all."))
            return
        if len(under_way) > 1:
            request.answer(answers.which(under_way))
            return
        named = under_way[0].id
    snapshot = edge.service.snapshot(migration_named(edge, named, "status").id)
    approvers = edge.approvers_of(snapshot.migration)
    link = edge.link(snapshot.migration.id)
    request.answer(answers.status(snapshot, approvers, link))
