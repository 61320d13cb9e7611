"""The part of the disk that nothing may use (`core.limits`): asked before much is written, and on the way."""

import shutil
from pathlib import Path

from core import limits
from core.errors import StoreError


def refuse_if_full(folder: Path, more_bytes: float, what: str) -> None:
    """Raises StoreError where so many bytes more in `folder` would leave less of its disk free than
    THAW_RESERVE_GB says. The folder need not be there yet.

    Args:
        what: What is to be written, with its verb: `The photos need`.
    """
    free, reserve = _free_and_reserve(folder)
    if free - more_bytes < reserve:
        raise StoreError(
            f"{what} {more_bytes / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left.",
            f"Expected {reserve / 1e9:g} GB to stay free (THAW_RESERVE_GB).",
            "Free some disk space, or set THAW_HOME to another disk.",
        )


def room(folder: Path) -> float:
    """Bytes that may still be written in `folder`, which need not be there yet; below 0 where the disk holds
    more than it should."""
    free, reserve = _free_and_reserve(folder)
    return free - reserve


def _free_and_reserve(folder: Path) -> tuple[int, float]:
    """Bytes free on the disk of `folder`, and how many of them nothing may use."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(nearest).free, limits.read(shared=False).reserve_gb * 1e9
