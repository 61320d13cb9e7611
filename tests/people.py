"""Two students and a teacher, each with an eye on one store."""

from pathlib import Path

from core import ownership
from core.keys import content_key
from core.people.access import Access
from core.people.serving import Mode
from core.person import Person
from core.store import Store


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
