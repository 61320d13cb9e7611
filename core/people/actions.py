"""What was done, for whoever serves a class: one JSON line an action in `<home>/actions.jsonl`.

    {"time": seconds since the epoch, "who": a person's id, "what": "run asked", "about": "run-v1-..."}

No photos, no names of theirs, no addresses: ids alone.
"""

import json
import time
from pathlib import Path

from core.files import locked, unwritable

FILE = "actions.jsonl"


def note(home: Path, who: str, what: str, about: str = "", **more: str | int | float) -> None:
    """Append a line.

    Args:
        who: `Person.id`, or a session's id where nobody logs in.
        what: A few words, such as `set deleted`.
        about: The id of what it was done to.

    Raises:
        StoreError: the store cannot be written.
    """
    path, line = (
        home / FILE,
        {"time": round(time.time(), 3), "who": who, "what": what, "about": about, **more},
    )
    try:
        with locked(path), open(path, "ab", buffering=0) as log:  # lines may be taken out meanwhile
            log.write(json.dumps(line).encode() + b"\n")
    except OSError as error:
        raise unwritable(path, error) from error
