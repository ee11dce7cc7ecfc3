"""The table of controls: what each does, who may, where it is possible, and why not elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from migration.situation import Situation

S = Situation


class Control(StrEnum):
    """By the name of its sub-command."""

    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    DROP_REPLICA = "drop-replica"
    CANCEL = "cancel"
    ROLL_BACK = "roll-back"
    FINISH = "finish"


@dataclass(frozen=True)
class Rule:
    """One control. In the words `{source}` and `{target}` stand for the two databases' names."""

    control: Control
    #: Of the button.
    caption: str
    who: str
    #: What will happen.
    does: str
    #: What will not, and what is not undone.
    keeps: str
    #: Where it is possible; everywhere else it is refused.
    possible: frozenset[Situation]
    #: Why not, where nothing else is said of a situation.
    otherwise: str
    why_not: Mapping[Situation, str] = field(default_factory=dict)
    #: What will happen instead, in these situations.
    does_in: Mapping[Situation, str] = field(default_factory=dict)
    #: Whether a command asks once more before it does it.
    asks: bool = True


REQUESTER_OR_APPROVER = "the requester, or an approver"
_ENDED = {
    S.CANCELLED: "This migration is cancelled already.",
    S.COMPLETED: "This migration is completed already.",
    S.ROLLED_BACK: "This migration is rolled back already.",
}
_CANCELLING = "It is being cancelled: what it made is being taken down."
_CUTTING_OVER = "It is being cut over, which a pause would only leave half done. Cancel goes back."
_PROMOTING = "The promotion is decided: it goes forward, or back by itself."
_STANDS_STILL = "It stands still already, until somebody presses Retry."
_USED = "Applications already write to the target: what is left protects it."
_FROZEN = (
    "The source is closed and its time runs: a pause would only lengthen the outage. Cancel "
    "reopens it."
)
_AT_GATE = (
    "It stands still already: nothing is started before people have decided. What they have "
    "decided for later is taken back by Call off, until it begins."
)
_COOL_OFF = "Both ways stay open by themselves until somebody finishes or rolls back."
_LOST = "Applications already write to the target: cancelling would lose what they wrote."
_GOES_BACK = (
    "The cut-over goes back and {source} takes writes again; then what was made for {target} is "
    "taken down. Once the promotion is sent it is too late, and you are told."
)
_REOPENS = (
    "{source} takes writes again at once; the copy is void, and {target} is taken down. What was "
    "waited for is lost with it."
)

CONTROLS: Mapping[Control, Rule] = {
    rule.control: rule
    for rule in (
        Rule(
            Control.PAUSE,
            caption="Pause",
            who=REQUESTER_OR_APPROVER,
            does="Nothing new is started until somebody resumes it; a step at work ends what it "
            "is at.",
            keeps="Nothing on AWS is undone: {source} takes writes, and a replica follows it and "
            "is watched.",
            possible=frozenset({S.PREPARING, S.SYNCHRONIZING}),
            otherwise=_USED,
            why_not={
                S.PAUSED_PREPARING: "It is paused already.",
                S.PAUSED_SYNCHRONIZING: "It is paused already.",
                S.AT_PROMOTE: _AT_GATE,
                S.AT_FREEZE: _AT_GATE,
                S.CUTTING_OVER: _CUTTING_OVER,
                S.PROMOTING: _PROMOTING,
                S.GOING_BACK: "It was cancelled, and goes back.",
                S.FROZEN: _FROZEN,
                S.COPY_QUESTIONED: _FROZEN,
                S.ROLLING_BACK: "It is being rolled back, which a pause would only leave half "
                "done. It ends by itself.",
                S.DROPPING: "Its replica is being dropped; it stands still afterwards.",
                S.HALTED_PREPARING: _STANDS_STILL,
                S.HALTED_SYNCHRONIZING: _STANDS_STILL,
                S.REPLICA_DROPPED: _STANDS_STILL,
                S.HALTED_AT_CUT_OVER: _STANDS_STILL,
                S.HALTED_CANCELLING: _STANDS_STILL,
                S.HALTED_COOL_OFF: _STANDS_STILL,
                S.HALTED_AFTER: _STANDS_STILL,
                S.COOL_OFF: _COOL_OFF,
                S.CANCELLING: _CANCELLING,
                **_ENDED,
            },
            asks=False,
        ),
        Rule(
            Control.RESUME,
            caption="Resume",
            who=REQUESTER_OR_APPROVER,
            does="It goes on at the step where it was paused, which looks first at what is there.",
            keeps="Nothing is made twice, and nothing is decided for anybody: a gate still asks.",
            possible=frozenset({S.PAUSED_PREPARING, S.PAUSED_SYNCHRONIZING}),
            otherwise="This migration is not paused.",
            why_not={
                S.HALTED_PREPARING: "It is stopped and not paused: Retry has it go on.",
                S.HALTED_SYNCHRONIZING: "It is stopped and not paused: Retry has it go on.",
                **_ENDED,
            },
            asks=False,
        ),
        Rule(
            Control.RETRY,
            caption="Retry",
            who=REQUESTER_OR_APPROVER,
            does="The step that gave up looks at what is there, and goes on from it.",
            keeps="Nothing that was made is undone.",
            does_in={
                S.REPLICA_DROPPED: "The replica is made anew: everything is copied once more.",
                S.HALTED_AT_CUT_OVER: "It goes to its gate, where an approver decides anew.",
                S.HALTED_CANCELLING: "What it made goes on being taken down.",
                S.COPY_QUESTIONED: "The copy is compared once more; the time at which {source} "
                "reopens by itself stays.",
            },
            possible=frozenset(
                {
                    S.COPY_QUESTIONED,
                    S.HALTED_PREPARING,
                    S.HALTED_SYNCHRONIZING,
                    S.REPLICA_DROPPED,
                    S.HALTED_AT_CUT_OVER,
                    S.HALTED_CANCELLING,
                    S.HALTED_COOL_OFF,
                    S.HALTED_AFTER,
                }
            ),
            otherwise="This migration does not stand still: there is nothing to try again.",
            why_not={
                S.PAUSED_PREPARING: "It is paused and not stopped: Resume has it go on.",
                S.PAUSED_SYNCHRONIZING: "It is paused and not stopped: Resume has it go on.",
                **_ENDED,
            },
            asks=False,
        ),
        Rule(
            Control.DROP_REPLICA,
            caption="Drop the replica",
            who=REQUESTER_OR_APPROVER,
            does="{target} is deleted and the copy is lost. {source} is not touched: writers go "
            "on, and the WAL kept for it goes. Then it stands still: Retry copies all anew, Cancel "
            "ends it.",
            keeps="What was prepared stays: parameter groups, safety snapshot, backups.",
            possible=frozenset(
                {
                    S.SYNCHRONIZING,
                    S.PAUSED_SYNCHRONIZING,
                    S.AT_PROMOTE,
                    S.HALTED_SYNCHRONIZING,
                }
            ),
            otherwise="There is no replica that could be dropped.",
            why_not={
                S.DROPPING: "The replica is being dropped already.",
                S.CUTTING_OVER: "It is being cut over. Cancel goes back first, and then takes the "
                "replica down.",
                S.PROMOTING: "It is being cut over. Cancel goes back first, and then takes the "
                "replica down; once the promotion is decided it is too late for it.",
                S.GOING_BACK: "It is being cut over. Cancel goes back first, and then takes the "
                "replica down: that was asked for already.",
                S.HALTED_AT_CUT_OVER: "The last cut-over did not end as it should: Daybreak drops "
                "no cluster that may have been promoted. Cancel looks at it, and says what stands "
                "against it.",
                **_ENDED,
            },
        ),
        Rule(
            Control.CANCEL,
            caption="Cancel",
            who=REQUESTER_OR_APPROVER,
            does="What it made for {target} is taken down. {source} goes on as it is.",
            keeps="Backups that were enabled stay on. Nothing deletes a cluster that may have been "
            "promoted, nor a source.",
            does_in={
                S.CUTTING_OVER: _GOES_BACK,
                S.FROZEN: _REOPENS,
                S.COPY_QUESTIONED: _REOPENS,
            },
            possible=frozenset(
                {
                    S.PREPARING,
                    S.SYNCHRONIZING,
                    S.PAUSED_PREPARING,
                    S.PAUSED_SYNCHRONIZING,
                    S.AT_PROMOTE,
                    S.AT_FREEZE,
                    S.CUTTING_OVER,
                    S.FROZEN,
                    S.COPY_QUESTIONED,
                    S.DROPPING,
                    S.HALTED_PREPARING,
                    S.HALTED_SYNCHRONIZING,
                    S.REPLICA_DROPPED,
                    S.HALTED_AT_CUT_OVER,
                    S.HALTED_CANCELLING,
                }
            ),
            otherwise=_LOST,
            why_not={
                S.PROMOTING: "Too late: the promotion is decided. It goes forward, or back by "
                "itself, and can be cancelled then.",
                S.GOING_BACK: "This cut-over was cancelled already, and goes back.",
                S.CANCELLING: "This migration is cancelling already.",
                **_ENDED,
            },
        ),
        Rule(
            Control.ROLL_BACK,
            caption="Roll back",
            who="an approver other than the requester, on evidence of now",
            does="Writes are held, {target} is closed, and applications use {source} again, with "
            "every write.",
            keeps="No write is lost. {target} is kept, closed to applications, and can't be led "
            "back to.",
            possible=frozenset({S.COOL_OFF, S.HALTED_COOL_OFF}),
            otherwise="Applications use the source: there is nothing to go back from.",
            why_not={
                S.SETTLING: "The way back is not being kept yet, or the plan has none.",
                S.LEAVING: "It is decided already how the cool-off ends.",
                S.HALTED_AFTER: "There is no way back that is kept.",
                S.ROLLING_BACK: "It is being rolled back already.",
                **_ENDED,
                S.COMPLETED: "This migration is completed: there is no way back any more.",
            },
        ),
        Rule(
            Control.FINISH,
            caption="Finish",
            who=REQUESTER_OR_APPROVER,
            does="The way back is given up: what keeps it is removed from both databases, and "
            "going back would lose writes from then on. {source} is kept: closed to applications, "
            "protected from deletion, tagged, with a final snapshot.",
            keeps="Nothing is deleted, the source least of all. It can't be taken back.",
            possible=frozenset({S.COOL_OFF, S.HALTED_COOL_OFF}),
            otherwise="There is no way back that could be ended.",
            why_not={
                S.LEAVING: "It is decided already how the cool-off ends.",
                S.ROLLING_BACK: "It is being rolled back: what comes of that is seen first.",
                **_ENDED,
            },
        ),
    )
}
