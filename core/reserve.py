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
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    free, reserve = shutil.disk_usage(nearest).free, limits.read(shared=False).reserve_gb * 1e9
    if free - more_bytes < reserve:
        raise StoreError(
            f"{what} {more_bytes / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left.",
            f"Expected {reserve / 1e9:g} GB to stay free (THAW_RESERVE_GB).",
            "Free some disk space, or set THAW_HOME to another disk.",
        )
