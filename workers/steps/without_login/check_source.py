"""Step: what AWS tells of a source; nothing inside it is looked at, and that is said."""

from typing import Any

from workers.steps import check_source
from workers.steps.without_login import NOT_LOOKED_AT


class CheckSource(check_source.CheckSource):
    """The checks that need a login are not done, and named as such."""

    def facts_beside(self) -> dict[str, Any]:
        """What nobody looked at."""
        return {"not_looked_at": list(NOT_LOOKED_AT)}
