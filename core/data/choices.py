"""How a person chose to read a folder or zip that can be read in several ways, remembered with it.

    <home>/layouts/<hash of the place>.json    "classes", "splits" or "labels"

The place is where a folder or zip lies, however it was named: by a name, an absolute path or a relative one.
"""

import hashlib
import os
from pathlib import Path

from core import damage
from core.data.downloads import DOWNLOADS
from core.data.layouts import LAYOUTS
from core.data.places import found_sets, locate
from core.files import remove, write_json
from core.typed_places import as_path


def _file(home: Path, name: str) -> Path:
    path = locate(name, home) if name in DOWNLOADS else found_sets(home).get(name) or as_path(name)
    place = os.path.realpath(path) if path is not None and os.path.lexists(path) else name
    return home / "layouts" / f"{hashlib.sha256(place.encode(errors='surrogatepass')).hexdigest()[:16]}.json"


def layout_of(home: Path, name: str) -> str | None:
    """What was chosen for the data set of this name; None where nothing was."""
    found = damage.read_json(_file(home, name), home, is_layout)
    return found if is_layout(found) else None


def is_layout(value) -> bool:
    """Whether this is what a file of choices holds."""
    return value in LAYOUTS


def choose_layout(home: Path, name: str, layout: str | None) -> None:
    """Read the data set of this name so from now on; None forgets the choice.

    Raises:
        StoreError: the disk is full or cannot be written.
    """
    if layout is None:
        remove(_file(home, name))
    else:
        write_json(_file(home, name), layout)
