"""Small pictures of the first photos of each class that came in: made where photos are checked, so that the
app need decode none. Plain samples in a file each, which no decoder reads.

    <folder of the intake>/previews/<sha256>    uint8 (SIDE, SIDE, 3)
"""

import contextlib
from itertools import islice

import numpy as np

from core.data import images
from core.data.decoding import decode_upright
from core.data.kept import Photo
from core.intake.taking_in import PREVIEWS, Intake
from core.stopping import ShouldStop, check_stop

SIDE = 96  # px
MOST_A_CLASS, MOST_CLASSES = 8, 12


def write(intake: Intake, should_stop: ShouldStop | None = None) -> None:
    """Make them. A photo that takes more memory than there is has none.

    Raises:
        Stopped: `should_stop` said so.
    """
    (intake.folder / PREVIEWS).mkdir(exist_ok=True)
    for name in islice(intake.counts, MOST_CLASSES):
        for photo in _first(intake, name):
            check_stop(should_stop)
            with contextlib.suppress(MemoryError):
                (intake.folder / PREVIEWS / photo.sha256).write_bytes(_small(intake, photo).tobytes())


def of_class(intake: Intake, class_name: str) -> np.ndarray:
    """uint8 (n, SIDE, SIDE, 3) of the first photos of a class; grey where a photo has none."""
    return np.stack([_read(intake, photo) for photo in _first(intake, class_name)])


def _first(intake: Intake, class_name: str) -> list[Photo]:
    return list(islice((one for one in intake.photos if one.class_name == class_name), MOST_A_CLASS))


def _read(intake: Intake, photo: Photo) -> np.ndarray:
    shape = (SIDE, SIDE, 3)
    if not (intake.folder / PREVIEWS).exists():  # pictures of the camera, which are small
        return _small(intake, photo)
    with contextlib.suppress(OSError, ValueError):
        return np.fromfile(intake.folder / PREVIEWS / photo.sha256, np.uint8).reshape(shape)
    return np.full(shape, 127, np.uint8)


def _small(intake: Intake, photo: Photo) -> np.ndarray:
    levels = intake.origin.levels if photo.deep else None
    return images.squash(decode_upright(intake.content(photo), photo.name, levels), SIDE)
