"""Two students and a teacher, each with an eye on one store."""

from dataclasses import dataclass
from pathlib import Path

from core import ownership
from core.data import listers
from core.intake.taking_in import take_in
from core.keys import content_key
from core.limits import PersonLimits
from core.people.access import Access
from core.people.serving import Mode
from core.person import Person
from core.presets import first_visit
from core.running.identity import ask
from core.store import Store
from tests import fakes


def someone(address: str, teacher: bool = False) -> Person:
    return Person(content_key("user-v1", address), address, teacher)


ANNA, BEN = someone("anna@school.example"), someone("ben@school.example")
TEACHER = someone("teacher@school.example", teacher=True)


def access_of(person: Person, home: Path) -> Access:
    """What someone who has logged in may see and do."""
    ownership.enter(home, person)
    return Access(Store(home, person), Mode.LOGIN, person.id)


def anybody(home: Path, mode: Mode = Mode.OPEN) -> Access:
    """The same where nobody logs in."""
    return Access(Store(home), mode, "session-v1-00000000000000aa")


@dataclass
class Belongings:
    """What someone has: their id and name, a finished run on digits, a set of photos called Album."""

    id: str
    name: str
    run: str
    album: str


def furnish(who: Person, home: Path, photos: Path) -> Belongings:
    """Give someone a run and a set of the photos in a folder."""
    access = access_of(who, home)
    album = access.keep(take_in(listers.of_folder(photos), home), "Album", PersonLimits(50, 1))
    asked, store = ask(first_visit(), access.store), Store(home)
    access.ask(asked)
    for one in filter(None, (asked.first, asked.control, asked)):
        if not store.finished(one.key):
            fakes.finish(store, one.key, one.config)
    return Belongings(who.id, who.name, asked.key, album)
