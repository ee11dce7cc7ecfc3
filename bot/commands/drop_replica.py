"""`/migrate drop-replica <id>`: asks whether it is meant; the answer is a button (`actions.py`)."""

from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers
from bot.rights import check_may_act


def drop_replica(edge: Edge, request: Request) -> None:
    """Show the question and its button to the one who typed it, if it is theirs to answer."""
    named = named_in(request)
    if not named:
        request.answer(answers.which_one("drop-replica"))
        return
    migration = migration_named(edge, named, "drop-replica")
    check_may_act(edge, migration, request.user, "drop the replica of")
    edge.service.check_droppable(migration)
    request.answer(answers.really_drop_replica(migration))
