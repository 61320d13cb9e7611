"""How often a part of a page that shows something under way is drawn anew: seldomer, where many look on."""

from collections.abc import Iterator
from contextlib import contextmanager

TABS_AT_FULL_PACE = 8  # of thirty that look on, each then redraws its part every four seconds

_open = 0  # only the server's own thread changes it


@contextmanager
def one_more_tab() -> Iterator[None]:
    """While a tab is connected."""
    global _open
    _open += 1
    try:
        yield
    finally:
        _open -= 1


def seconds(alone: float) -> float:
    """Seconds from one look to the next.

    Args:
        alone: The same, where few tabs are open.
    """
    return alone * max(1.0, _open / TABS_AT_FULL_PACE)
