"""Where the workers of a sweep train: a store of its own for each point, and how a run comes from there.

    <home>/scratch/<sweep>/going           while the sweep goes on; a worker stops once it is gone
    <home>/scratch/<sweep>/<key>/runs/     the run in training and, lent by the store, what it begins with

One store that several processes train in would make them wait for each other, or train a head twice.
Features and pixels are read from the store itself. A finished run is moved into it, which is a rename on one
disk. Whoever holds `jobs.training_lock` owns `scratch`.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from core.errors import StoreError
from core.files import move, note_write, remove, remove_folder, replacing, unwritable
from core.running.identity import Asked
from core.store import Store
from core.wholeness import CONFIG, MODEL, RECORD

FOLDER = "scratch"
LOG, CHECKPOINT = "events.jsonl", "checkpoint.npz"
_READ_BY_RUNS = ("rates.json", "device.json")  # for the price that a run notes


def clear(home: Path) -> None:
    """Remove what a sweep that was killed has left."""
    for left in (home / FOLDER).glob("*"):
        remove_folder(left)


class Scratch:
    """The folder of one sweep, there from the beginning to the end of a `with`.

    Raises:
        StoreError: it cannot be written.
    """

    def __init__(self, store: Store):
        self._store = store
        self._folder = store.home / FOLDER / secrets.token_hex(4)
        self.going = self._folder / "going"

    def __enter__(self) -> "Scratch":
        try:
            self._folder.mkdir(parents=True)
            self.going.touch()
        except OSError as error:
            raise unwritable(self._folder, error) from error
        return self

    def __exit__(self, *_) -> None:
        remove_folder(self._folder)
        with contextlib.suppress(OSError):  # another one's is there
            self._folder.parent.rmdir()

    def halt(self) -> None:
        """Let every worker stop within a batch."""
        remove(self.going)

    def home_of(self, key: str) -> Path:
        """The folder of the store for one run."""
        return self._folder / key

    def lend(self, asked: Asked) -> Path:
        """The home of a store for one run, with its first phase, its control, and the epochs that an earlier
        attempt had finished.

        Raises:
            StoreError: it cannot be written.
        """
        home = self.home_of(asked.key)
        try:
            for part in (asked.first, asked.control):
                if part is not None and self._store.whole(part.key):
                    whole = self._store.path(part.key)
                    _link(whole, home / "runs" / part.key, [file.name for file in whole.glob("[!.]*")])
            _link(self._store.path(asked.key), home / "runs" / asked.key, [CONFIG.name, CHECKPOINT])
            _link(self._store.home, home, _READ_BY_RUNS)
        except OSError as error:
            raise unwritable(home, error) from error
        return home

    def adopt(self, key: str) -> bool:
        """Take a run over from its own store; whether it is finished and every bit of it as it was written.

        Of one that is not, finished epochs are taken over, so that it goes on from there. What the store has
        finished in the meantime stays as it is. A control that was trained behind its run comes along.
        """
        there = Store(self.home_of(key))
        whole, folder = there.whole(key), there.path(key)
        if (whole or (folder / CHECKPOINT).exists()) and not self._store.whole(key):
            _move_in(folder, self._store.path(key), whole)
        for other in there.runs.glob("run-*") if whole else ():
            if not self._store.whole(other.name) and there.whole(other.name):
                _move_in(other, self._store.path(other.name), True)
        remove_folder(there.home)
        return whole


def pack(folder: Path) -> dict[str, bytes]:
    """Path below `folder`, parts separated by `/` -> content, of all that runs read there. Whole networks, 9
    to 19 MB each, are not among it."""
    files = (file for file in folder.rglob("[!.]*") if file.is_file() and file.name != MODEL.name)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write what was packed. A path that leads out of `folder` is passed over.

    Raises:
        StoreError: it cannot be written.
    """
    for name, content in files.items():
        target = folder.joinpath(*name.split("/"))
        if target.resolve().is_relative_to(folder.resolve()):
            with replacing(target) as aside:
                aside.write_bytes(content)


def _link(source: Path, target: Path, names: Iterable[str]) -> None:
    """Give those of these files that are there a second name. They are replaced and never changed in place,
    but for the log: that is copied."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name != LOG:
            with contextlib.suppress(OSError):  # a disk without links, or there is no such file
                os.link(source / name, target / name)
                continue
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(source / name, target / name)


def _move_in(folder: Path, target: Path, whole: bool) -> None:
    if not target.exists() and move(folder, target):
        return
    # someone asked for it in the meantime, or an earlier attempt had begun it
    last = folder / RECORD.name
    files = [file for file in folder.glob("[!.]*") if file.name != LOG and file != last]
    for file in [*files, last] if whole else files:
        if not move(file, target / file.name):
            raise StoreError(f"{target / file.name} could not be written.", fix="Ask for it again.")
    if whole:  # else its log would say that it was stopped, where it may wait for someone
        remove(target / CHECKPOINT)
        _append(folder / LOG, target / LOG)


def _append(log: Path, target: Path) -> None:
    """One write, as `Store.append` does it."""
    try:
        with target.open("ab", buffering=0) as stream:
            stream.write(b"\n" + log.read_bytes())
            os.fsync(stream.fileno())
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        note_write()
