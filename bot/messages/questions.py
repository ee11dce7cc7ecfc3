"""Which question is asked at which gate."""

from collections.abc import Mapping

from bot.messages.buttons import Press
from bot.messages.freezing import FREEZING
from bot.messages.going_back import GOING_BACK
from bot.messages.modals import View
from bot.messages.promotion import PROMOTION
from bot.messages.question import Question
from migration.service import Snapshot

QUESTIONS: Mapping[str, Question] = {
    question.gate: question for question in (PROMOTION, FREEZING, GOING_BACK)
}


def asked(snapshot: Snapshot, press: Press) -> View:
    """The question that this button asks, upon what is known now."""
    return QUESTIONS[press.gate].asked(snapshot, press)
