"""Photos on their way in, or where they lie, looked at beside the page, in a process of their own."""

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from core.data import choices, datasets
from core.data.datasets import Dataset
from core.errors import DatasetError, Stopped, ThawError
from core.intake import apart
from core.intake.apart import Sent
from core.intake.taking_in import Intake
from core.running.background import Background, Progress
from core.stopping import ShouldStop
from pages.ui import redraws, services
from pages.ui.data import presence

AT_ONCE_SECONDS = 2.0  # a small set is checked before anybody could read a progress bar
Outcome = TypeVar("Outcome", Intake, Dataset)


@dataclass(frozen=True)
class Checking(Generic[Outcome]):
    """Photos that came in, or lie on this machine, and are being checked, or have been.

    Attributes:
        outcome: Holds the Intake, or the Dataset of photos that stay where they are, once the work is
            finished.
        title: What they are called so far; of photos that stay where they are, their path.
        again: Checks them again, their folders read as one of LAYOUTS.
        let_go: Forgets what a browser sent, which is held in memory: it has been checked, or is not wanted.
    """

    work: Background
    outcome: list[Outcome]
    title: str
    again: Callable[[str], "Checking[Outcome]"]
    let_go: Callable[[], None] = lambda: None

    @property
    def problem(self) -> ThawError | None:
        return self.work.progress.problem


def take(
    title: str, what: Sent | Path, layout: str | None = None, *, remove: Callable[[], None] = lambda: None
) -> Checking[Intake]:
    """Begin to check photos, and to copy them aside.

    Args:
        what: What was sent, or a folder or zip of this machine.
        remove: Takes the files that were sent out of the server's memory; any thread may call it.
    """
    home, outcome, allowed = services.get_store().home, list[Intake](), services.most()
    may_join = bool(services.access().changeable_sets())

    def work(report, should_stop) -> None:
        outcome.append(
            apart.take_in(what, home, layout, report, should_stop, most=allowed, one_class=may_join)
        )
        let_go()  # the photos lie on the disk: a class would fill the memory with its zips

    def again(chosen: str) -> Checking[Intake]:
        return take(title, what, chosen, remove=remove)

    def let_go() -> None:
        if isinstance(what, Sent):
            what.files.clear()
        remove()

    return _begun(Checking(_alone(work), outcome, title, again, let_go))


def look(path: str) -> Checking[Dataset]:
    """Begin to check photos where they are, and to leave them there."""
    home, outcome = services.get_store().home, list[Dataset]()

    def work(report, should_stop) -> None:
        apart.look(path, home, report, should_stop)
        outcome.append(datasets.find(path, home, report, should_stop))

    def again(layout: str) -> Checking[Dataset]:
        choices.choose_layout(home, path, layout)
        return look(path)

    return _begun(Checking(_alone(work), outcome, path, again))


def already(intake: Intake, title: str) -> Checking[Intake]:
    """Pictures that were checked one by one, as if their checking had just ended."""
    work = Background(lambda report, should_stop: None)
    work.join(1)
    return Checking(work, [intake], title, lambda layout: already(intake, title))


def _begun(checking: Checking[Outcome]) -> Checking[Outcome]:
    # with the session that it belongs to, what nobody kept goes; what was kept has another place by then
    weakref.finalize(checking, _discard, checking.outcome)
    with redraws.away():
        checking.work.join(AT_ONCE_SECONDS)
    return checking


def _discard(outcome: list) -> None:
    for one in outcome:
        if isinstance(one, Intake):
            one.discard()


def so_far(progress: Progress) -> str:
    """How far a checking is."""
    if not progress.total:
        return "Looking through the folders"
    return f"Checking photos: {progress.done:,} of {progress.total:,}"


# One check a person at a time. A new one ends the one before: whoever chose the wrong zip, or lost the tab
# in which they began, need not wait for it.


_latest: dict[str, object] = {}  # a person's newest check
_beginning = threading.Lock()


def _alone(work: Callable[[Callable[..., None], ShouldStop], object]) -> Background:
    """Begin a check in place of this person's other one, until it is done, stopped, or its tab is closed."""
    who, mine, gone = services.person(), object(), presence.gone()
    with _beginning:
        _latest[who] = mine

    def alone(report, should_stop) -> None:
        try:
            work(report, lambda: should_stop() or gone() or _latest.get(who) is not mine)
        except Stopped:
            if _latest.get(who) is not mine:
                raise DatasetError(
                    "Another check was begun after this one, which it ended.", fix="Check one set at a time."
                ) from None
            raise
        finally:
            with _beginning:
                if _latest.get(who) is mine:
                    del _latest[who]

    return Background(alone)
