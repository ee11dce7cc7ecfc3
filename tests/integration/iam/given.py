"""What a test of this folder is given."""

from collections.abc import Callable

from cutover_ground import Ground

#: Makes a ground with these documents.
Make = Callable[[type[Ground], tuple[str, ...]], Ground]
