"""Pictures added one at a time, as from a camera, until they are enough for a set."""

from dataclasses import dataclass, field
from pathlib import Path

from core import limits
from core.data import kept
from core.data.kept import Photo
from core.errors import DatasetError
from core.intake.names import class_name
from core.intake.taking_in import Intake, store_picture
from core.limits import PersonLimits

MOST = 500  # pictures: more are better taken with a phone and uploaded
CAMERA_MEGAPIXELS = 12
LEAST_A_CLASS = 3  # one for each of train, validation and test


@dataclass
class Collecting:
    """Pictures collected so far, in the order in which they were taken.

    Attributes:
        most: What holds for one person; where None, what holds where Thaw is one person's own.
        folder: Where they lie until they are kept or discarded; made with the first picture.
    """

    home: Path
    most: PersonLimits | None = None
    folder: Path | None = None
    photos: list[Photo] = field(default_factory=list)

    def add(self, class_typed: str, content: bytes) -> Photo:
        """Check a picture and add it to a class.

        Raises:
            DatasetError: the class name will not do, the picture cannot be decoded or is there already,
                or there are enough.
            StoreError: the disk cannot be written.
        """
        of_class = class_name(class_typed)
        if len(self.photos) >= MOST:
            raise DatasetError(f"There are {MOST} pictures.", fix="Keep them, and upload a folder for more.")
        self.folder = self.folder or kept.new_folder(self.home)
        stored = store_picture(content, self.folder / "files", self.megapixels)
        if any(photo.known_by == stored.sha256 for photo in self.photos):
            raise DatasetError("This very picture is there already.", fix="Take another one.")
        number = 1 + sum(photo.class_name == of_class for photo in self.photos)
        photo = stored.photo(f"{of_class}/{number:03d}.jpg", of_class)
        self.photos.append(photo)
        return photo

    @property
    def megapixels(self) -> float:
        """What a picture may have: those of a browser's camera have less, and they are decoded in the app."""
        most = self.most or limits.read(shared=False)
        return min(most.megapixels, CAMERA_MEGAPIXELS)

    def delete_last(self) -> None:
        """Take the last picture back, if there is one."""
        if self.photos and self.folder:
            (self.folder / "files" / self.photos.pop().sha256).unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove all of them."""
        if self.folder:
            kept.discard(self.folder)
        self.folder, self.photos = None, []

    def finish(self) -> Intake:
        """What was collected, to be looked at and kept.

        Raises:
            DatasetError: fewer than two classes, or a class with too few pictures.
        """
        counts = self.counts
        short = [name for name, count in counts.items() if count < LEAST_A_CLASS]
        if self.folder is None or len(counts) < 2 or short:
            raise DatasetError(
                f"{short[0]} has {counts[short[0]]} of {LEAST_A_CLASS} pictures."
                if short
                else f"There is {'one class' if counts else 'no picture yet'}.",
                f"Expected two classes or more, with at least {LEAST_A_CLASS} pictures each.",
                "Take some more.",
            )
        return Intake(self.folder, self.home, tuple(self.photos))

    @property
    def counts(self) -> dict[str, int]:
        """Class -> pictures, in the order in which the classes were begun."""
        found: dict[str, int] = {}
        for photo in self.photos:
            found[photo.class_name] = found.get(photo.class_name, 0) + 1
        return found
