"""Workers on other machines, which a Dask scheduler knows: `docs/cluster.md` says how they are started.

Pixels are 12 KB an image at 64 px and 77 KB at 160 px; features of all unfreeze points 192 KB and 1.17 MB.
And a worker makes those of 1,000 small images in a second. So pixels travel, once a worker, and each makes
features for itself. A first phase and its control are trained by the process that asks, once, and go along
with each run. A run comes back as the files of its folder, which move into the store once their checksums
agree.
"""

import contextlib
import hashlib
import os
import pickle
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.config import DataConfig
from core.data import datasets
from core.data.datasets import Dataset, loaded
from core.data.pixels import pixel_key
from core.errors import ConfigError, StoreError, ThawError
from core.files import read_json
from core.running.identity import Asked
from core.running.worker import MEMORY_BOUND_BYTES
from core.sweeps import ahead, cluster_worker, versions
from core.sweeps.cluster_worker import Elsewhere, Order
from core.sweeps.plan import Point
from core.sweeps.point import Asks
from core.sweeps.scratch import pack, unpack

SETTING = "THAW_SCHEDULER"
ANSWER_SECONDS = 8.0  # for a scheduler to answer, and then for its first worker
LOOK_SECONDS = 1.0  # between two looks at which workers there are
LOST_SECONDS = 60.0  # without a single worker
PART_BYTES = 2**24  # of pixels that travel at a time
MOST_TRIES = 4  # to give the images of one run to whichever worker takes it
START = "python -m dask worker {} --nthreads 1 --memory-limit 0 --preload core.sweeps.cluster_worker"
_ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:\[[0-9a-fA-F:.%]+\]|[\w.-]+):[0-9]{1,5}/?")


def address(asked: str | None) -> str:
    """Where the scheduler is: what was asked for, else `THAW_SCHEDULER`; empty where there is none.

    Raises:
        ConfigError: it is no address.
    """
    name, text = ("--scheduler", asked) if asked is not None else (SETTING, os.environ.get(SETTING, ""))
    text = text.strip()
    if text and not _ADDRESS.fullmatch(text):
        expected = "Expected one such as tcp://192.168.1.5:8786, or tls:// with certificates."
        raise ConfigError(f"{name} is {text!r}.", expected, "See docs/cluster.md.", field="scheduler")
    return text


@contextlib.contextmanager
def connected(address: str, tails: Sequence[Point], dataset: Dataset, asks: Asks) -> Iterator["Cluster"]:
    """The workers of a scheduler, for one sweep.

    Args:
        tails: What they are to train.

    Raises:
        ThawError: it does not answer, has no worker of Thaw, or one of another version.
    """
    found = Cluster(address, tails, dataset, asks)
    try:
        found.require_workers()
        yield found
    finally:
        found.close()


class Cluster:
    """Workers as `lanes.Workers` has them. Raises ThawError where the scheduler does not answer."""

    answer_seconds = 60.0  # for a run of some 10 MB
    grace_seconds = 5.0

    def __init__(self, address: str, tails: Sequence[Point], dataset: Dataset, asks: Asks):
        self._address, self._asks, self._versions = address, asks, versions.here()
        self._stops = ahead.together(point.config for point in tails)
        self._sweep, self._tries = secrets.token_hex(8), Counter[str]()
        self._images = replace(dataset, source=Elsewhere())  # a list of them, without where they lie
        self._index = hashlib.sha256(pickle.dumps(self._images)).hexdigest()
        self._pixel_keys: dict[DataConfig, str] = {}
        self._there: dict[str, dict[str, str]] = {}  # address -> versions
        self._looked, self._seen = 0.0, time.monotonic()
        self._client = _client(address)

    # Which workers there are

    def require_workers(self) -> None:
        """Wait a while for the first worker.

        Raises:
            ThawError: none came, or one is of another version.
        """
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            self._look()
            for where, found in self._there.items():
                self._refuse_other(where, found)
            if self._there:
                return
            if time.monotonic() > end:
                raise ThawError(
                    f"The scheduler {self._address} has no worker of Thaw.",
                    "Expected at least one.",
                    f"Start one in the folder of Thaw: {START.format(self._address)}",
                    field="scheduler",
                )
            time.sleep(LOOK_SECONDS)

    def _refuse_other(self, where: str, found: dict[str, str]) -> None:
        for name, version in self._versions.items():
            if found.get(name) != version:
                raise ThawError(
                    f"The worker {where} has {name} {found.get(name, 'of an unknown version')}, and this "
                    f"machine {version}.",
                    "Expected the same on all of them: it decides the numbers of a run.",
                    f"Install that {name} there and start the worker again, or end it.",
                    field="scheduler",
                )

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        there = {}
        if self._client.status == "running":
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                there = self._client.sync(
                    self._client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS
                )["workers"]
        said = {where: versions.read(worker["resources"]) for where, worker in there.items()}
        self._there = {where: found for where, found in said.items() if found}
        self._looked = time.monotonic()
        if self._fitting():
            self._seen = self._looked

    def _fitting(self) -> list[str]:
        running = self._client.status == "running"
        return [where for where, found in self._there.items() if running and found == self._versions]

    @property
    def count(self) -> int:
        """Workers of the same versions."""
        self._look()
        return len(self._fitting())

    @property
    def lost(self) -> bool:
        """Whether there has been none for a while."""
        self._look()
        return time.monotonic() - self._seen > LOST_SECONDS

    # A run

    def begin(self, asked: Asked, home: Path, going: Path) -> Any:
        """As `lanes.Workers` has it; what lies at `home` goes along, and `halt` is heard there."""
        kind = ahead.kind_of(asked.config)
        stops = self._stops.get(kind, []) if kind is not None else []
        each = ahead.FEWEST * max(1, self.count)  # else most of a pass would be for what others train
        order = Order(
            self._sweep, asked.key, asked.config.to_dict(), self._index, self._pixels(asked.config.data),
            pack(home), tuple(stops) if len(stops) >= each else (),
        )  # fmt: skip
        wanted = versions.labels(self._versions)
        return self._client.submit(cluster_worker.train, order, resources=wanted, pure=False)

    def _pixels(self, data: DataConfig) -> str:
        """Key of the pixels of a config."""
        data = replace(data, train_limit=None)
        if data not in self._pixel_keys:
            self._pixel_keys[data] = pixel_key(self._images, loaded(self._images, data), data.image_size)
        return self._pixel_keys[data]

    def receive(self, said: dict[str, Any], asked: Asked, home: Path) -> Any:
        """Write the files of a run where they can be adopted; or send the images that its worker lacks, and
        have it trained then. A worker that holds too much memory starts anew."""
        if said["lacks"]:
            self._tries[asked.key] += 1
            for key in said["lacks"]:
                self._send(key, asked, last=self._tries[asked.key] >= MOST_TRIES)
            return self.begin(asked, home, home)
        unpack(said["files"], home / "runs" / asked.key)
        if said["memory"] > MEMORY_BOUND_BYTES:
            self._renew(said["worker"])
        return None

    def _renew(self, where: str) -> None:
        with contextlib.suppress(ValueError, OSError, TimeoutError, RuntimeError):  # started without a nanny
            self._client.restart_workers([where], timeout=1, raise_for_error=False)

    def halt(self) -> None:
        """Let what is under way stop within a batch. One that does not answer is not waited for."""

        def tell() -> None:
            with contextlib.suppress(Exception):  # whatever a connection dies of
                self._client.run(cluster_worker.halt, self._sweep, workers=self._fitting(), on_error="ignore")

        threading.Thread(target=tell, daemon=True).start()

    def close(self) -> None:
        """Leave the scheduler; its workers go on without this sweep."""
        with contextlib.suppress(Exception):  # whatever a connection dies of
            self._client.close(timeout=5)

    # Images

    def _send(self, key: str, asked: Asked, last: bool) -> None:
        """To every worker that lacks them at once: they leave this machine a single time.

        Args:
            last: Whether a worker that cannot keep them is a reason to give up.

        Raises:
            StoreError: it is.
            Stopped: someone asked.
        """
        answers = self._run(cluster_worker.lacks, key, workers=self._fitting())
        lacking = [where for where, lacks in answers.items() if lacks is True]
        if not lacking:
            return
        if key == self._index:
            answers = self._run(cluster_worker.keep_index, key, self._images, workers=lacking)
        else:
            answers = self._send_pixels(key, asked, lacking)
        problems = [answer for answer in answers.values() if isinstance(answer, Exception)]
        if problems and last:
            raise StoreError(f"A worker could not keep the images: {problems[0]}")

    def _send_pixels(self, key: str, asked: Asked, lacking: list[str]) -> dict[str, Any]:
        cache = asked.store.cache
        datasets.load(asked.config.data, cache, None, self._asks.should_stop, asked.dataset)
        file = cache / "pixels" / f"{key}.npy"
        note, at, answers = read_json(file.with_suffix(".json")), 0, {}
        with file.open("rb") as stream:
            while part := stream.read(PART_BYTES):
                self._asks.check_stop()
                answers = self._run(cluster_worker.keep_pixels, key, at, part, note, workers=lacking)
                at += len(part)
        return answers

    def _run(self, function: Callable[..., Any], *values, workers: list[str]) -> dict[str, Any]:
        """What each of these workers answers, at once and beside what it trains, or the error."""
        try:
            answers: Any = self._client.run(function, *values, workers=workers, on_error="return")
        except (OSError, TimeoutError, RuntimeError) as error:  # the scheduler is gone
            return dict.fromkeys(workers, error)
        return answers


def _client(address: str) -> Any:
    """Dask's client of a scheduler. Its own time limit does not count while something that is no scheduler
    lets it connect and says nothing: so it is made in a thread that need not end.

    Raises:
        ThawError: none answers.
    """
    from dask.config import set as configured
    from distributed import Client
    from distributed.security import Security

    configured({"distributed.admin.large-graph-warning-threshold": "1GB"})  # epochs of an earlier attempt
    made: Future[Any] = Future()

    def make() -> None:
        try:
            if (
                address.startswith("tls://")
                and Security().get_connection_args("client")["ssl_context"] is None
            ):
                raise ValueError("Dask's settings on this machine name no certificates")
            made.set_result(Client(address, timeout=ANSWER_SECONDS, set_as_default=False))
        except Exception as error:  # of the network, of TLS, of Dask
            made.set_exception(error)

    threading.Thread(target=make, daemon=True).start()
    try:
        return made.result(timeout=ANSWER_SECONDS + 2)
    except Exception as error:
        why = str(error).split("\n")[0] or "nothing came back in time"
        raise ThawError(
            f"The scheduler {address} does not answer ({why}).",
            "Expected a Dask scheduler of the same version, and for tls:// its certificates.",
            "Start it with `python -m dask scheduler`, or leave the address out to train here.",
            field="scheduler",
        ) from error
