"""Who uses a shared Thaw and what they keep there: for a teacher, and for whoever serves it."""

from dataclasses import dataclass

from core import ownership
from core.data import kept
from core.data.kept import KeptSet
from core.running import in_training, jobs, keeping
from core.store import Store, StoredRun


@dataclass(frozen=True)
class Member:
    """Someone who has come.

    Attributes:
        sets: Name -> set of photos that they keep.
        photo_bytes: What their photos take on disk.
        runs: Runs that they asked for, newest first, without first phases and controls kept for others.
        active: Keys of their runs and studies that wait or train.
    """

    id: str
    name: str
    sets: dict[str, KeptSet]
    photo_bytes: int
    runs: tuple[StoredRun, ...]
    active: tuple[str, ...]


def members(store: Store) -> list[Member]:
    """Everyone who has come, by name.

    Args:
        store: Seen by nobody in particular.
    """
    home = store.home
    sets: dict[str, dict[str, KeptSet]] = {}
    for name, known in kept.kept_sets(home).items():
        sets.setdefault(known.owner, {})[name] = known
    stored = store.list_runs()
    active = [*in_training.under_way(store), *jobs.waiting(store)]
    found = []
    for who, name in ownership.people(home).items():
        mine, keys = sets.get(who, {}), ownership.runs_of(home, who)
        size = sum(kept.bytes_of(known.folder) for known in mine.values())
        runs = keeping.visible([run for run in stored if run.run_key in keys])
        waiting = tuple(key for key in active if key in keys)
        found.append(Member(who, name, mine, size, tuple(runs), waiting))
    return found


def id_of(store: Store, name: str) -> str | None:
    """The id of someone who has come, by their name or id; None where nobody of that name has."""
    known = ownership.people(store.home)
    wanted = name.strip().casefold()
    return next((who for who, called in known.items() if wanted in (who, called.casefold())), None)
