"""Photos from outside, checked in a process of their own: whatever they do to it, the app goes on.

    app                                            python -m core.commands.photos
    one line of JSON: what to check, where     ->
                                               <-  {"stage": {"name": ..., "done": 4, "total": 17}}, ...
    "stop", a byte                             ->
                                               <-  {"photos": ..., "origin": ..., "guessed": ...}: an outcome
                                                   {"problem": {...}}, {"stopped": true}: or none

The photos themselves lie in files below `photos/.incoming-*`. The process may use so much memory and no more,
where the system can see to that; it ends when the app does, and nothing that it says is run or unpickled.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from core import limits, reserve
from core.data import kept
from core.data.kept import Photo, origin_from
from core.data.layouts import AmbiguousLayout, Placed, Reading
from core.errors import ConfigError, DatasetError, Stopped, StoreError, ThawError
from core.intake.taking_in import Intake
from core.limits import PersonLimits
from core.stopping import Report, ShouldStop, held

COMMAND = (sys.executable, "-m", "core.commands.photos")
MEMORY_BYTES = 500 * 10**6  # what the process may fill
IN_PLACE_BYTES = 2 * 10**9  # the same for a folder in place: what a stored run was trained on must open
AT_ONCE = 2  # such processes, whoever asked: thirty at once would fill the machine
STOP_SECONDS = 3.0  # a wish to stop is heard between photos: after this the process is killed
MOST_SAID = 64 * 2**20  # characters of one line: 20,000 photos are told in 8 million
CAME = "came"  # what a browser sent, one file after the other, until it is checked
_ERRORS = {error.__name__: error for error in (ConfigError, DatasetError, StoreError, ThawError)}

_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Sent:
    """What a browser sent: files as (path, content), or one zip. Whoever is done with it empties the list."""

    files: list[tuple[str, bytes]]
    is_zip: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(content) for _, content in self.files)


def take_in(
    what: Sent | Path,
    home: Path,
    layout: str | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
    *,
    most: PersonLimits | None = None,
    one_class: bool = False,
) -> Intake:
    """`taking_in.take_in`, in a process of its own.

    Args:
        what: What was sent, or a folder or zip of this machine.
        most, one_class: As that has them.

    Raises:
        As that does; and DatasetError where the process ended before its work did. Nothing is left behind.
    """
    most = most or limits.read(shared=False)
    asked: dict[str, Any] = {
        "task": "take in", "home": str(home), "layout": layout, "most": asdict(most), "memory": MEMORY_BYTES,
        "one_class": one_class,
    }  # fmt: skip
    with held(_turns, should_stop):
        if isinstance(what, Sent):
            reserve.refuse_if_full(home, what.size, "The photos need")
        folder = kept.new_folder(home)
        try:
            asked |= {"path": str(what)} if isinstance(what, Path) else _sent(what, folder)
            outcome = _told(asked | {"folder": str(folder)}, report, should_stop)
            (folder / CAME).unlink(missing_ok=True)
            photos = tuple(Photo(**one) for one in outcome["photos"])
            if not all(map(kept.names_content, photos)):
                raise DatasetError("The process that checked these photos gave no photos.", fix="Try again.")
            return Intake(folder, home, photos, origin_from(outcome["origin"]), tuple(outcome["guessed"]))
        except BaseException:
            kept.discard(folder)
            raise


def look(path: str, home: Path, report: Report | None = None, should_stop: ShouldStop | None = None) -> None:
    """Check the photos in a folder or zip of this machine: `datasets.find` then remembers what they are, and
    decodes none but those that changed a moment ago.

    Raises:
        As `datasets.find` does; and DatasetError where the process ended before its work did.
    """
    asked = {"task": "look", "home": str(home), "path": path, "memory": IN_PLACE_BYTES}
    with held(_turns, should_stop):
        _told(asked, report, should_stop)


def _sent(what: Sent, folder: Path) -> dict[str, Any]:
    """Put what was sent into one file, and say how long each part is."""
    try:
        with open(folder / CAME, "wb") as file:
            for _, content in what.files:
                file.write(content)
    except OSError as error:
        raise StoreError(
            f"The photos cannot be stored: {error.strerror or error}.", fix="Free some disk space."
        ) from error
    return {"is_zip": what.is_zip, "files": [[name, len(content)] for name, content in what.files]}


# The process


def _told(asked: dict[str, Any], report: Report | None, should_stop: ShouldStop | None) -> dict[str, Any]:
    """What the process says at its end; on the way, its progress."""
    with _started() as process:
        said: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_listen, args=(process, said), daemon=True).start()
        _say(process, json.dumps(asked).encode() + b"\n")
        stop_by = None
        while True:
            if stop_by is None and should_stop is not None and should_stop():
                _say(process, b"s")
                stop_by = time.monotonic() + STOP_SECONDS
            if stop_by is not None and time.monotonic() > stop_by:
                raise Stopped("Stopped.")
            with contextlib.suppress(queue.Empty):
                told = _understood(said.get(timeout=0.05), process)
                if "stage" not in told:
                    return told
                if report is not None:
                    report("stage", **told["stage"])


@contextlib.contextmanager
def _started() -> Iterator[subprocess.Popen]:
    try:
        process = subprocess.Popen(
            COMMAND,
            cwd=Path(__file__).resolve().parents[2],
            env=os.environ | _FRUGAL,
            stdin=subprocess.PIPE,  # closed by the system when this process ends, which ends the other one
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise DatasetError(
            f"The process that checks photos could not be started: {error.strerror or error}.",
            fix="Try again in a while.",
        ) from error
    with process:  # closes its pipes, and waits for it
        try:
            yield process
        finally:
            process.kill()
            with contextlib.suppress(OSError):  # it had ended, with words for it still unsent
                _pipe(process.stdin).close()


_FRUGAL = {  # threads of libraries that decode nothing, and heaps of threads, would count as memory
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "PYTHONIOENCODING": "utf-8",
}  # fmt: skip


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def _say(process: subprocess.Popen, words: bytes) -> None:
    with contextlib.suppress(OSError):  # it has ended: its last words say why, or their lack
        _pipe(process.stdin).write(words)
        _pipe(process.stdin).flush()


def _listen(process: subprocess.Popen, said: "queue.Queue[bytes]") -> None:
    with contextlib.suppress(OSError, ValueError):  # closed, as nobody listens any more
        while line := _pipe(process.stdout).readline(MOST_SAID):
            said.put(line)
    said.put(b"")


def _understood(line: bytes, process: subprocess.Popen) -> dict[str, Any]:
    """What a line says. Raises what it tells of, and DatasetError where it is the end and no outcome came."""
    try:
        told = json.loads(line)
    except ValueError:
        raise _died(process) from None
    if told.get("stopped"):
        raise Stopped("Stopped.")
    if "problem" in told:
        raise _problem(**told["problem"])
    return told


def _problem(kind: str, happened: str, expected: str, fix: str, field: str, readings: list) -> ThawError:
    if kind == AmbiguousLayout.__name__:
        return AmbiguousLayout(happened, [_reading(**one) for one in readings])
    return _ERRORS.get(kind, ThawError)(happened, expected, fix, field=field)


def _reading(placed: list, levels: list, left: list, **others: Any) -> Reading:
    return Reading(
        placed=tuple(Placed(**one) for one in placed), levels=frozenset(levels),
        left=tuple((position, why) for position, why in left), **others,
    )  # fmt: skip


def _died(process: subprocess.Popen) -> DatasetError:
    code = process.wait()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return DatasetError(
        f"Checking these photos ended too soon: the process that did it died ({how}).",
        "Expected pictures of ordinary size.",
        "Take in a part of them, and leave out what is very large or no ordinary photo.",
    )
