"""What was found damaged: named, and set aside, so that nothing is lost and what can be is made again.

    <home>/damaged/<time>--<its path below home, the parts joined by "--">

Whoever finds a damaged file moves it there and goes on as if there were none.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import checksums
from core.checksums import Damaged
from core.files import move

FOLDER = "damaged"
_JOINT = "--"
_AGAIN = "made again when it is next needed"

# First folder below home -> what it means that a file below it is gone, as the end of "…: ".
_MEANING = {
    "runs": "made again from the receipt, else when the run is asked for again: with the same numbers",
    "features": _AGAIN,
    "pixels": _AGAIN,
    "engines": _AGAIN,
    "looks": _AGAIN,
    "index": _AGAIN,
    "datasets": _AGAIN,
    "photos": "an original that only you can bring back",
    "layouts": "how a folder is to be read will be asked again",
    "passed-over": "a list that is written again with the next run",
    "exclusions": "which images were left out is forgotten, so all of them are in use again",
    "relabelled": "which labels were decided on is forgotten, so all are as the set gives them again",
    "group_tables": "the table that says which of its images belong together is forgotten: give it again",
    "people": "what this person asked for, decided or shared is no longer known",
    "test-openings": "how often this test set was opened is no longer known",
}


@dataclass(frozen=True)
class SetAside:
    """A damaged file.

    Attributes:
        file: Where it was, below home: `runs/run-v1-0123456789abcdef/metrics.json`.
        when: Seconds since the epoch when that was noticed.
        kept: Where it is now.
    """

    file: str
    when: float
    kept: Path

    @property
    def meaning(self) -> str:
        """What it means that this file is gone, as the end of a sentence."""
        return meaning(self.file)


def meaning(file: str) -> str:
    """The same for any path below home."""
    if file.endswith("/kept.json"):
        return "whether this run was pinned, and its letter, are forgotten"
    return _MEANING.get(file.partition("/")[0], _AGAIN)


def set_aside(path: Path, home: Path, why: Damaged | str) -> bool:
    """Move a damaged file out of the way, and say so on standard error; whether it is out of the way.

    One that stays in use is left for another time; one that someone else moved is no news.
    """
    file = path.relative_to(home).as_posix()
    name = f"{time.time_ns()}{_JOINT}{file.replace('/', _JOINT)}"
    if not move(path, home / FOLDER / name):
        return not path.exists()
    said = f"{file} is damaged ({why}) and was set aside: {meaning(file)}."
    print(said, file=sys.stderr)  # noqa: T201  # no page may be open
    return True


def found(home: Path) -> list[SetAside]:
    """What was set aside, the newest first."""
    names = [path for path in (home / FOLDER).glob(f"*{_JOINT}*") if path.name.partition(_JOINT)[0].isdigit()]
    return [
        SetAside(rest.replace(_JOINT, "/"), int(when) / 1e9, path)
        for path in sorted(names, reverse=True)
        for when, _, rest in [path.name.partition(_JOINT)]
    ]


def check_json(path: Path, fits: Callable[[Any], bool] = lambda value: True) -> Any:
    """The value in a JSON file.

    Args:
        fits: Whether a value is what Thaw writes there.

    Raises:
        Damaged: it is no JSON, its checksum does not fit, or it holds something else.
        OSError: it cannot be read.
    """
    value = checksums.parse(path.read_bytes())
    if not fits(value):
        raise Damaged("it holds something else")
    return value


def read_json(path: Path, home: Path, fits: Callable[[Any], bool]) -> Any:
    """The same, or None where there is none; a damaged one is set aside, and there is none."""
    try:
        return check_json(path, fits)
    except Damaged as why:
        set_aside(path, home, why)
    except OSError:
        pass
    return None


def load_npz(path: Path, home: Path) -> dict | None:
    """The arrays of a `.npz`, or None where there is none; a damaged one is set aside, and there is none."""
    try:
        return checksums.load_npz(path)
    except Damaged as why:
        set_aside(path, home, why)
    except OSError:
        pass
    return None
