"""The process that checks photos: `python -m core.commands.photos`. `core.intake.apart` starts it, and says
how the two talk. It imports little, so that it is there in half a second.

It ends when its standard input closes, which the system does when the app that started it is gone.
"""

import contextlib
import json
import mmap
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.data import datasets, listers
from core.data.layouts import AmbiguousLayout
from core.data.listing import Listing
from core.errors import DatasetError, Stopped, ThawError
from core.intake import previews, taking_in
from core.intake.apart import CAME
from core.intake.taking_in import LIMITS
from core.limits import PersonLimits
from core.stopping import ShouldStop

NICENESS = 5  # behind the app's pages and before trainings: somebody waits for it


def main() -> int:
    """Do the one thing that is asked for on standard input, and say how it ended on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the app, and so this
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print is no answer
    asked = json.loads(_line())
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()

    def say(**told) -> None:
        answers.write(json.dumps(told).encode() + b"\n")

    _bound_memory(asked["memory"])
    try:
        say(**_done(asked, lambda event, **stage: say(stage=stage), stop.is_set))
    except Stopped:
        say(stopped=True)
    except MemoryError:
        say(problem=_plain(DatasetError(
            f"Checking these photos needs more than {asked['memory'] / 1e6:.0f} MB of memory.",
            fix="Take in a part of them, and leave out what is very large or no ordinary photo.",
        )))  # fmt: skip
    except ThawError as problem:
        say(problem=_plain(problem))
    except Exception as error:
        happened = f"An unexpected error: {type(error).__name__}: {error}."
        say(problem=_plain(ThawError(happened, fix="Try again.")))
    return 0


def _bound_memory(most: int) -> None:
    """Let this process fill so many bytes at most, where the system knows such a bound: beyond it, whoever
    asks for more is refused, and the picture in hand is passed over."""
    try:
        import resource  # not there on Windows
    except ImportError:
        return
    # Linux counts what is written to memory as data; elsewhere only the space of addresses can be bounded
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    with contextlib.suppress(ValueError, OSError):  # a lower bound is set already
        resource.setrlimit(kind, (most, most))


def _line() -> bytes:
    """A line of standard input; what follows it is left to be read."""
    found = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        found += byte
    return bytes(found)


def _listen(stop: threading.Event) -> None:
    while os.read(0, 1):
        stop.set()
    os._exit(0)


def _done(asked: dict[str, Any], report, should_stop: ShouldStop) -> dict[str, Any]:
    home = Path(asked["home"])
    if asked["task"] == "look":
        datasets.find(asked["path"], home, report, should_stop)
        return {}
    with _listed(asked, should_stop) as listed:
        intake = taking_in.take_in(
            listed, home, asked["layout"], report, should_stop, most=PersonLimits(**asked["most"]),
            folder=Path(asked["folder"]), one_class=asked["one_class"],
        )  # fmt: skip
    previews.write(intake, should_stop)
    photos = list(map(asdict, intake.photos))
    return {"photos": photos, "origin": asdict(intake.origin), "guessed": intake.guessed}


@contextlib.contextmanager
def _listed(asked: dict[str, Any], should_stop: ShouldStop) -> Iterator[Listing]:
    """The files of what is to be taken in, which can be read while the context lasts."""
    path = Path(asked["path"] if "path" in asked else Path(asked["folder"]) / CAME)
    if path.is_dir():
        yield listers.of_folder(path, LIMITS, should_stop)
        return
    with path.open("rb") as file:
        if "path" in asked or asked["is_zip"]:
            yield listers.of_zip(file, LIMITS)
            return
        sizes = [size for _, size in asked["files"]]
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if any(sizes) else b""
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        parts = [memoryview(content)[start : start + size] for start, size in zip(starts, sizes, strict=True)]
        yield listers.of_uploads(zip((name for name, _ in asked["files"]), parts, strict=True), LIMITS)


def _plain(problem: ThawError) -> dict[str, Any]:
    readings = problem.readings if isinstance(problem, AmbiguousLayout) else ()
    return {
        "kind": type(problem).__name__, "happened": problem.happened, "expected": problem.expected,
        "fix": problem.fix, "field": problem.field,
        "readings": [asdict(one) | {"levels": sorted(one.levels)} for one in readings],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
