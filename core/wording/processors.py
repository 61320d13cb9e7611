"""What to know of runs that were not all trained on one kind of processor."""

from collections.abc import Iterable


def mixed_note(kinds: Iterable[str]) -> str:
    """That their numbers are comparable, and how far; empty where there is one kind.

    Args:
        kinds: Of each run, as its receipt has it; empty texts do not count.
    """
    known = sorted({kind for kind in kinds if kind})
    if len(known) < 2:
        return ""
    return (
        f"Trained on {len(known)} kinds of processor ({'; '.join(known)}). Each rounds in its own way, "
        "so a small difference between two points may come from that."
    )
