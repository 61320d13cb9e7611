"""What a worker of a cluster does, wherever it was started: Dask imports this module into it as its preload.

Nothing of the machine that asks is taken to be here. Images come as pixels, once, and stay below `THAW_HOME`
with the features that are made from them; a run comes with the little that it begins with, and goes as the
files of its folder (`core.sweeps.cluster` has the sizes).
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import checksums, reserve
from core import config as configs
from core.checksums import Damaged
from core.data import pixels
from core.data.datasets import Dataset
from core.errors import DatasetError
from core.files import remove_folder, unwritable, write_json
from core.homes import usable_home
from core.method import weights
from core.running.identity import Asked
from core.store import Store
from core.sweeps import ahead, remote, versions
from core.sweeps.point import Asks
from core.sweeps.scratch import pack, unpack

_folder = Path()  # for what goes with this process
_indexes: dict[str, Dataset] = {}
_passes: set[tuple[str, ahead.Kind]] = set()  # whose features were made in one pass
_halted: set[str] = set()


@dataclass(frozen=True)
class Order:
    """A run to be trained.

    Attributes:
        sweep: Which sweep it is of, for `halt`.
        index: Key of the list of its images.
        pixels: Key of their pixels.
        lent: What its store has already (`scratch.pack`).
        stops: Unfreeze points of the sweep whose features are worth a pass for all of them.
    """

    sweep: str
    run_key: str
    config: dict[str, Any]
    index: str
    pixels: str
    lent: dict[str, bytes]
    stops: tuple[int, ...]


class Elsewhere:
    """In place of the source of images: they came as pixels."""

    in_memory = False

    def content(self, position: int) -> bytes:
        """Raises DatasetError."""
        raise DatasetError("The pixels at this worker were damaged.", fix="Ask for it again.")

    def lost(self) -> list[int]:
        """None that are known."""
        return []


def dask_setup(worker) -> None:  # Dask's name for it, and what it is called with
    """Get ready, and say of which versions this is."""
    global _folder
    usable_home()
    remote.train_unwatched(worker)
    remote.get_ready()
    weights.find()
    _folder = Path(worker.local_directory) / "thaw"
    for known in (worker.state.total_resources, worker.state.available_resources):  # told on registering
        known.update(versions.labels(versions.here()))


def train(order: Order) -> dict[str, Any]:
    """Train a run in a store of its own.

    Returns:
        `lacks`, the keys of what must be sent before, and nothing else; or as `remote.run`, `files`, those of
        its folder, and `worker`, the address of this one.

    Raises:
        StoreError: the disk is full or cannot be written.
    """
    home = usable_home()
    missing = [order.index] * (order.index not in _indexes) + [order.pixels] * (not _is_kept(order.pixels))
    if missing:
        return {"lacks": missing}
    own, here = _folder / secrets.token_hex(4), _Task()
    try:
        unpack(order.lent, own)
        asked = Asked(configs.from_dict(order.config), _indexes[order.index], Store(own, cache=home))
        asks = Asks(should_stop=lambda: order.sweep in _halted or not here.is_wanted())
        said = remote.run(asked, asks, lambda: _one_pass(order, asked, asks))
        files = pack(asked.store.path(order.run_key))
        return said | {"lacks": [], "files": files, "worker": here.worker.address}
    finally:
        remove_folder(own)


def _one_pass(order: Order, asked: Asked, asks: Asks) -> None:
    kind = ahead.kind_of(asked.config)
    if kind is None or not order.stops or (order.index, kind) in _passes:
        return
    ahead.one_pass(asked.config, order.stops, asked.dataset, asked.store, asks)
    _passes.add((order.index, kind))


def halt(sweep: str) -> None:
    """Let the run of a sweep stop within a batch."""
    _halted.add(sweep)


class _Task:
    """What this thread is at."""

    def __init__(self):
        from distributed import get_worker

        self.worker = get_worker()
        self._key = self.worker.get_current_task()

    def is_wanted(self) -> bool:
        """Whether someone still waits for it: not so where whoever asked is gone."""
        task = self.worker.state.tasks.get(self._key)
        return task is not None and task.state != "cancelled"


# Images


def lacks(key: str) -> bool:
    """Whether neither a list of images nor pixels of this key are here."""
    return key not in _indexes and not _is_kept(key)


def keep_index(key: str, dataset: Dataset) -> None:
    """Keep a list of images."""
    _indexes[key] = dataset


def keep_pixels(key: str, at: int, part: bytes, note: dict[str, Any]) -> None:
    """Keep a part of a file of pixels; the last one makes it whole.

    Args:
        at: Bytes of the file before this part.
        note: What stands beside it, its length and checksum among it (`core.data.pixels`).

    Raises:
        StoreError: the disk is full or cannot be written.
        Damaged: what came is not what was sent.
    """
    file = _file(key)
    aside = file.with_name(f".{key}.{os.getpid()}.npy")
    try:
        if not at:
            file.parent.mkdir(parents=True, exist_ok=True)
            reserve.refuse_if_full(file.parent, note["bytes"], "The pixels need")
        with aside.open("rb+" if at else "wb") as stream:
            stream.seek(at)
            stream.write(part)
        if at + len(part) < note["bytes"]:
            return
        if checksums.file_crc32(aside) != note["crc32"]:
            aside.unlink()
            raise Damaged("the pixels did not come as they were sent")
        write_json(file.with_suffix(".json"), note)  # first: without its note the file would count as damaged
        os.replace(aside, file)
    except OSError as error:
        raise unwritable(file, error) from error


def _is_kept(key: str) -> bool:
    file = _file(key)
    try:
        checksums.once(file, pixels.check)
    except (OSError, Damaged):
        return False
    return True


def _file(key: str) -> Path:
    return usable_home() / "pixels" / f"{key}.npy"
