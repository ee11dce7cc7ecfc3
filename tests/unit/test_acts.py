"""What a history says of a migration's calls."""

from migration.acts import last_done
from migration.events import ActDone, ActIntended, Event, MigrationRetried, ReplicaDropped
from migration.ports import Recorded

MADE = ActDone(5.0, "create_replica", "create_cluster", {})


def history(*events: Event) -> list[Recorded]:
    """These, in this order."""
    return [Recorded(number, event) for number, event in enumerate(events, start=1)]


def test_the_last_answer_counts_and_an_intent_does_not() -> None:
    """What was only about to be done may never have been."""
    intent = ActIntended(4.0, "create_replica", "create_cluster", {})
    other = ActDone(6.0, "create_replica", "create_instance", {})
    assert last_done(history(intent), "create_cluster") is None
    assert last_done(history(intent, MADE, other), "create_cluster") == 5.0


def test_a_retry_and_a_drop_begin_anew() -> None:
    """What was made before is not missed any more."""
    for fresh in (
        MigrationRetried(7.0, "URITA", "create_replica"),
        ReplicaDropped(7.0, "URITA", {}),
    ):
        assert last_done(history(MADE, fresh), "create_cluster") is None
        assert last_done(history(fresh, MADE), "create_cluster") == 5.0
