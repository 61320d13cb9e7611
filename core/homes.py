"""Where the store lies."""

import os
from functools import lru_cache
from pathlib import Path

from platformdirs import user_data_path

from core.errors import StoreError, ThawError
from core.files import HOME_FIX, in_the_way
from core.typed_numbers import unquoted
from core.typed_places import as_path, hint, read_place


def default_home() -> Path:
    """`THAW_HOME`, or the user's own data folder. Nothing is made or looked for.

    Raises:
        StoreError: `THAW_HOME` can be no folder's path: that of an unknown user, or an address.
    """
    asked = os.environ.get("THAW_HOME", "")
    return _home(asked) if unquoted(asked.strip()) else user_data_path("thaw", appauthor=False)


@lru_cache(maxsize=8)
def _home(asked: str) -> Path:
    """Kept: every look at a page asks for it many times, and what was typed is looked for on the disk."""
    try:
        home = as_path(read_place(asked))
    except ThawError as problem:
        raise StoreError(f"THAW_HOME: {problem.happened}", fix=HOME_FIX) from problem
    if home is None:
        raise StoreError(
            f"THAW_HOME is {asked!r}.", "Expected the path of a folder.", hint(asked) or HOME_FIX
        )
    return home


def usable_home() -> Path:
    """`default_home`, looked at: it is a folder, or nothing is in the way of one. It may not be writable.

    Raises:
        StoreError: it can be no folder; what is in the way is named.
    """
    home = default_home()
    if wrong := in_the_way(home) or in_the_way(home / "runs"):
        raise wrong
    return home
