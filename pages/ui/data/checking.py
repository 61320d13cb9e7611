"""Photos on their way in, or where they lie, looked at beside the page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.data import choices, datasets
from core.data.datasets import Dataset
from core.data.listing import Listing
from core.errors import ThawError
from core.intake.taking_in import Intake, take_in
from core.running.background import Background, Progress
from core.stopping import ShouldStop
from pages.ui import services

AT_ONCE_SECONDS = 1.0  # a small set is checked before anybody could read a progress bar
Outcome = TypeVar("Outcome", Intake, Dataset)
Listed = Callable[[ShouldStop], AbstractContextManager[Listing]]


@dataclass(frozen=True)
class Checking(Generic[Outcome]):
    """Photos that came in, or lie on this machine, and are being checked, or have been.

    Attributes:
        outcome: Holds the Intake, or the Dataset of photos that stay where they are, once the work is
            finished.
        title: What they are called so far; of photos that stay where they are, their path.
        again: Checks them again, their folders read as one of LAYOUTS.
    """

    work: Background
    outcome: list[Outcome]
    title: str
    again: Callable[[str], "Checking[Outcome]"]

    @property
    def problem(self) -> ThawError | None:
        return self.work.progress.problem


def take(title: str, listed: Listed, layout: str | None = None) -> Checking[Intake]:
    """Begin to check photos, and to copy them aside.

    Args:
        listed: Lists the files, which can be read while its context lasts.
    """
    home, outcome = services.get_store().home, list[Intake]()

    def work(report, should_stop) -> None:
        with listed(should_stop) as files:
            outcome.append(take_in(files, home, layout, report, should_stop))

    return _begun(Checking(Background(work), outcome, title, lambda chosen: take(title, listed, chosen)))


def look(path: str) -> Checking[Dataset]:
    """Begin to check photos where they are, and to leave them there."""
    home, outcome = services.get_store().home, list[Dataset]()

    def work(report, should_stop) -> None:
        outcome.append(datasets.find(path, home, report, should_stop))

    def again(layout: str) -> Checking[Dataset]:
        choices.choose_layout(home, path, layout)
        return look(path)

    return _begun(Checking(Background(work), outcome, path, again))


def already(intake: Intake, title: str) -> Checking[Intake]:
    """Pictures that were checked one by one, as if their checking had just ended."""
    work = Background(lambda report, should_stop: None)
    work.join(1)
    return Checking(work, [intake], title, lambda layout: already(intake, title))


def _begun(checking: Checking[Outcome]) -> Checking[Outcome]:
    checking.work.join(AT_ONCE_SECONDS)
    return checking


def so_far(progress: Progress) -> str:
    """How far a checking is."""
    if not progress.total:
        return "Looking through the folders"
    return f"Checking photos: {progress.done:,} of {progress.total:,}"
