"""The data sets that can be fetched, and the fetching: checked before they take their place.

Nothing is fetched unless a person asks for it.
"""

import hashlib
import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import reserve
from core.data.images import SUFFIXES
from core.errors import DatasetError, one_of
from core.files import replacing
from core.stopping import Report, ShouldStop, check_stop, held, report_stage

BLOCK_BYTES = 2**18
TIMEOUT_SECONDS = 15  # without a single byte
SLOWEST_SECONDS = 3600  # for the whole of it, however steadily it drips


@dataclass(frozen=True)
class Download:
    """A file on the network.

    Attributes:
        urls: Addresses, the best first; the next is tried where one fails.
        size_bytes: About how much it is; a reply of more than twice that is cut off.
        check: Given the fetched file, raises DatasetError if it is not what it should be.
    """

    file_name: str
    urls: tuple[str, ...]
    size_bytes: int
    check: Callable[[Path], None]


# SHA-256 of the hashes of the photos, one a line, in the order of their paths below the top folder;
# train/cats/cat.459.jpg is left out, because copies of the set in circulation differ in it alone.
CATS_AND_DOGS_PHOTOS = "6d758ba53fb698ff8a2ccd757daeda47cdcbea378716b5d4f38fbc48ec2caa6e"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"  # as Keras checks it

_lock = threading.Lock()


def _wrong(path: Path, why: str) -> DatasetError:
    return DatasetError(
        f"The download of {path.name} is not the published file: {why}.",
        fix="Try again; a proxy or a full disk may have cut it short.",
        field="data.name",
    )


def _check_cats_and_dogs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            photos = {n.partition("/")[2]: n for n in archive.namelist() if n.lower().endswith(SUFFIXES)}
            photos.pop("train/cats/cat.459.jpg", None)
            hashes = [hashlib.sha256(archive.read(photos[name])).hexdigest() for name in sorted(photos)]
    except (OSError, zipfile.BadZipFile) as error:
        raise _wrong(path, str(error)) from error
    if hashlib.sha256("\n".join(hashes).encode()).hexdigest() != CATS_AND_DOGS_PHOTOS:
        raise _wrong(path, f"its {len(photos)} photos are others")


def _check_mnist(path: Path) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != MNIST_SHA256:
        raise _wrong(path, "its SHA-256 differs")


DOWNLOADS = {
    "cats_and_dogs": Download(
        "cats_and_dogs_filtered.zip",
        (
            "https://download.mlcc.google.com/mledu-datasets/cats_and_dogs_filtered.zip",
            "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip",
        ),
        68_606_236,
        _check_cats_and_dogs,
    ),
    "mnist": Download(
        "mnist.npz",
        ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",),
        11_490_434,
        _check_mnist,
    ),
}


def download(
    name: str, home: Path, report: Report | None = None, should_stop: ShouldStop | None = None
) -> Path:
    """Fetch a data set into `<home>/datasets` and return its file; fetched already, it is not fetched again.

    Args:
        report: Told `stage` events named `download`, done and total in bytes.

    Raises:
        DatasetError: unknown name, no network, or not the published file.
        StoreError: the disk has too little room left (asked first), is full or cannot be written.
        Stopped: `should_stop` said so; nothing is left behind.
    """
    if name not in DOWNLOADS:
        raise DatasetError(f"{name!r} cannot be downloaded.", one_of(DOWNLOADS), field="data.name")
    wanted = DOWNLOADS[name]
    target = home / "datasets" / wanted.file_name
    with held(_lock, should_stop):
        if target.exists():
            return target
        reserve.refuse_if_full(home.resolve(), wanted.size_bytes, f"{wanted.file_name} needs")
        with replacing(target) as aside:
            _fetch(wanted, aside, report, should_stop)
            check_stop(should_stop)
            wanted.check(aside)
    return target


class _CutShort(Exception):
    """Fewer or far more bytes than announced, or far too slow."""


_NETWORK_ERRORS = (
    urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException, _CutShort,
)  # fmt: skip


def _fetch(wanted: Download, aside: Path, report, should_stop) -> None:
    failures, offline = [], True
    for url in wanted.urls:
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "thaw"})
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
                return _copy(reply, wanted, aside, report, should_stop)
        # a broken connection is an OSError too, but so is a full disk, which `replacing` explains
        except _NETWORK_ERRORS as error:
            failures.append(f"{url} ({getattr(error, 'reason', None) or error})")
            offline = offline and isinstance(getattr(error, "reason", None), socket.gaierror)
    if offline:  # not one of the hosts has an address
        raise DatasetError(
            f"There is no network, so {wanted.file_name} cannot be fetched.",
            fix=f"Connect and try again, or put {wanted.file_name} into a folder named in THAW_DATA.",
            field="data.name",
        )
    raise DatasetError(
        f"{wanted.file_name} could not be downloaded: {'; '.join(failures)}.",
        fix=f"Check the network, or put {wanted.file_name} into a folder and name that in THAW_DATA.",
        field="data.name",
    )


def _copy(reply, wanted: Download, aside: Path, report, should_stop) -> None:
    length = reply.headers.get("Content-Length") or ""
    announced = int(length) if length.isdecimal() else 0
    total, done, began = announced or wanted.size_bytes, 0, time.monotonic()
    with aside.open("wb") as stream:
        while block := reply.read1(BLOCK_BYTES):  # what is there; `read` would wait for a whole block
            check_stop(should_stop)
            stream.write(block)
            done += len(block)
            report_stage(report, "download", min(done, total), total)
            if done > 2 * wanted.size_bytes:
                raise _CutShort("far more than the file holds")
            if time.monotonic() - began > SLOWEST_SECONDS:
                raise _CutShort(f"only {done:,} bytes in {SLOWEST_SECONDS / 60:.0f} minutes")
    if announced and done != announced:
        raise _CutShort(f"{done:,} of {announced:,} bytes")
