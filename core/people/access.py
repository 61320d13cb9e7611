"""What a person may see and do in a store that many share. Every rule is here; pages only ask.

- Runs and sets of photos are private until they are shared with the class; a run belongs to all who asked.
- The data sets that come with Thaw or lie in `THAW_DATA` are everyone's; a path is nobody's.
- A teacher may see, share, take back, stop and delete what others made. The seal of a test set is each
  person's own, and so are the images that they leave out.
- Where nobody logs in all see all, and whoever serves Thaw trusts all of them.

Whatever is done is noted (`core.people.actions`), and what may not be is refused with a `NotAllowed`.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from core import ownership
from core.data import datasets, kept
from core.data.datasets import Dataset, Entry
from core.data.kept import KeptSet
from core.errors import DatasetError, NotAllowed, one_of
from core.explain.studies import Study
from core.intake import adding
from core.intake.adding import Addition
from core.intake.taking_in import Intake
from core.limits import PersonLimits
from core.ownership import Kind
from core.people import actions, stopping
from core.people.forgetting import delete_runs, delete_set, forget_person, give_up
from core.people.serving import Mode
from core.people.stopping import Right
from core.running import keeping
from core.running.identity import Asked
from core.running.supervisor import Jobs
from core.store import Store
from core.wording import words


@dataclass(frozen=True)
class Access:
    """One person and a store.

    Attributes:
        store: As this person sees it: `Store(home, person)`, without a person where nobody logs in.
        who: Their id; of their session where nobody logs in.
    """

    store: Store
    mode: Mode
    who: str

    @property
    def teacher(self) -> bool:
        """Whether they may see and do everything: a teacher, or anyone where nobody logs in."""
        return self.store.person is None or self.store.person.teacher

    def require_teacher(self) -> None:
        """Refuse what concerns everyone. Raises NotAllowed."""
        if not self.teacher:
            raise NotAllowed("This concerns everyone here.", "A teacher may do that.")

    def note(self, what: str, about: str = "", **more: str | int) -> None:
        """Note what they did, where many share the store. Raises StoreError."""
        if self.mode.shared:
            actions.note(self.store.home, self.who, what, about, **more)

    # Data sets

    def offered(self, entries: Sequence[Entry] | None = None) -> list[Entry]:
        """The data sets to choose from. Where many share the store, none says where it lies.

        Args:
            entries: What `datasets.catalogue` gave, where that is at hand.
        """
        known = datasets.catalogue(self.store.home) if entries is None else entries
        seen = [entry for entry in known if self._offers(entry)]
        if not self.mode.shared:
            return seen
        return [replace(entry, location="", title=self.title_of(entry)) for entry in seen]

    def title_of(self, entry: Entry) -> str:
        """What this person reads of a data set; with whose it is, where it is another's."""
        if self.store.person is None or entry.owner in ("", self.who):
            return entry.title
        return f"{entry.title} · {ownership.people(self.store.home).get(entry.owner, 'someone')}"

    def _offers(self, entry: Entry) -> bool:
        if self.store.person is None or not entry.kept:
            return True
        mine = entry.owner == self.who or (self.teacher and not entry.owner)
        return mine or entry.name in ownership.shared(self.store.home, "sets")

    def require_set(self, name: str, entries: Sequence[Entry] | None = None) -> None:
        """Refuse a data set that this person may not see, in the words of one that is not there.

        Args:
            entries: As for `offered`.

        Raises:
            DatasetError: there is none of this name for them; where many share the store, a path is none.
        """
        if not self.mode.shared:
            return
        known = {entry.name: entry.title for entry in self.offered(entries)}
        if name not in known and not (self.teacher and name in kept.kept_sets(self.store.home)):
            raise DatasetError(
                "There is no such data set.", one_of(sorted(known.values())), "Choose one of these.",
                field="data.name",
            )  # fmt: skip

    def dataset(self, name: str, *, everything: bool = False) -> Dataset:
        """The index of a data set, without what this person left out unless `everything` is asked for.

        Raises:
            DatasetError: there is none of this name for them, or it cannot be read.
        """
        self.require_set(name)
        store = self.store
        return datasets.find(name, store.home, personal=store.personal, everything=everything)

    def keep(self, intake: Intake, title: str, limits: PersonLimits) -> str:
        """Make photos that came in a set of this person's, and give its name.

        Raises:
            NotAllowed: they keep as many sets or as much as they may.
            DatasetError: the title will not do or is taken, or a class has too few photos.
            StoreError: the disk cannot be written.
        """
        self._refuse_more_sets(limits)
        self._refuse_beyond(intake, limits)
        home = self.store.home
        if self.store.person is None:
            known = frozenset(entry.name for entry in datasets.catalogue(home))
            name = intake.keep(title, known)
        else:  # two people may call theirs the same, and a name that can be guessed tells of a set
            known = frozenset(entry.title for entry in self.offered())
            name = intake.keep(title, known, name=f"set-{secrets.token_hex(6)}", owner=self.who)
        self.note("set kept", name, photos=len(intake.photos))
        return name

    def add_to_set(self, intake: Intake, name: str, limits: PersonLimits) -> Addition:
        """Add photos that came in to a set that is kept, and say what was new.

        Raises:
            NotAllowed: it is another's, or they keep as much as they may.
            DatasetError: none of them is new, or they do not go with it (`core.intake.adding`).
            StoreError: the disk cannot be written.
        """
        self._require_set_of_theirs(name)
        self._refuse_beyond(intake, limits)
        found = adding.add(intake, name, limits)
        self.note("set added to", name, photos=len(found.photos))
        return found

    def _mine(self) -> list[KeptSet]:
        return [known for known in kept.kept_sets(self.store.home).values() if known.owner == self.owner]

    def _refuse_more_sets(self, limits: PersonLimits) -> None:
        mine = self._mine()
        if limits.sets is not None and len(mine) >= limits.sets:
            raise NotAllowed(
                f"You keep {words.plural(len(mine), 'set')} of photos.",
                f"At most {limits.sets} are allowed.",
                "Delete one first. Whoever serves Thaw sets this limit (THAW_SETS).",
            )

    def _refuse_beyond(self, intake: Intake, limits: PersonLimits) -> None:
        total = sum(kept.bytes_of(known.folder) for known in self._mine()) + kept.bytes_of(intake.folder)
        if limits.gb is not None and total > limits.gb * 1e9:
            raise NotAllowed(
                f"With these your photos would take {words.size(total)}.",
                f"At most {words.size(int(limits.gb * 1e9))} are allowed.",
                "Delete a set, or take fewer photos. Whoever serves Thaw sets this limit (THAW_GB).",
            )

    @property
    def owner(self) -> str:
        """Whose the sets are that they keep: theirs; everyone's where nobody logs in."""
        return self.who if self.store.person is not None else ""

    def may_change_set(self, name: str) -> bool:
        """Whether they may delete a kept set, share it or take it back."""
        return name in self.changeable_sets()

    def changeable_sets(self) -> set[str]:
        """The kept sets for which they may: looked up once for a list of all of them."""
        known = kept.kept_sets(self.store.home).items()
        return {name for name, one in known if self.teacher or one.owner == self.who}

    def _require_set_of_theirs(self, name: str) -> None:
        if not self.may_change_set(name):
            raise NotAllowed("This set of photos is not yours.", "Its owner or a teacher may do that.")

    def delete_set(self, name: str) -> None:
        """Remove a kept set with all that was stored of its images. Results of runs stay.

        Raises:
            NotAllowed: it is another's.
            StoreError: the store cannot be written.
        """
        self._require_set_of_theirs(name)
        self.note("set deleted", name)
        delete_set(self.store, name)

    # Runs

    def ask(self, asked: Asked) -> None:
        """Note that they ask for a run, with the first phase and the control that belong to it.

        Raises:
            DatasetError: they may not see its images.
            StoreError: the store cannot be written.
        """
        self.require_set(asked.config.data.name)
        self._own([asked])
        self.note("run asked", asked.key)

    def ask_for_study(self, key: str, study: Study, runs: Sequence[Asked]) -> None:
        """Note that they ask for a study.

        Args:
            runs: Those that it trains: they are theirs, too.

        Raises:
            DatasetError: they may not see its images.
            StoreError: the store cannot be written.
        """
        self.require_set(study.config.data.name)
        self._own(runs)
        self.note("study asked", key)

    def _own(self, runs: Sequence[Asked]) -> None:
        if self.store.person is not None:
            parts = [part for run in runs for part in (run, run.first, run.control) if part is not None]
            ownership.add_runs(self.store.home, self.who, list(dict.fromkeys(part.key for part in parts)))

    def is_mine(self, run_key: str) -> bool:
        """Whether they asked for a run themselves; any run where nobody logs in."""
        return self.store.person is None or run_key in ownership.runs_of(self.store.home, self.who)

    def may_change_run(self, run_key: str) -> bool:
        """Whether they may delete a run, share it or take it back."""
        return self.teacher or self.is_mine(run_key)

    def _require_runs_of_theirs(self, keys: Collection[str]) -> None:
        if not all(self.may_change_run(key) for key in keys):
            raise NotAllowed("A run among these is not yours.", "Who asked for it or a teacher may do that.")

    def delete_runs(self, keys: Collection[str]) -> None:
        """Remove runs with what only they need, for this person: one that others asked for, too, stays
        theirs.

        Raises:
            NotAllowed: one of them is another's.
            StoreError: the store cannot be written.
        """
        self._require_runs_of_theirs(keys)
        for key in keys:
            self.note("run deleted", key)
        if self.store.person is None:
            keeping.delete(self.store, keys)
            return
        give_up(self.store, keeping.gone_with(self.store, self.store.list_runs(), keys))

    def delete_for_all(self, keys: Collection[str]) -> None:
        """Remove runs with what only they need, whoever asked for them.

        Raises:
            NotAllowed: no teacher asks.
            StoreError: the store cannot be written.
        """
        self.require_teacher()
        for key in keys:
            self.note("run deleted for all", key)
        delete_runs(Store(self.store.home), keys)

    def may_stop(self, asked_by: Sequence[str]) -> Right:
        """What they may do about a run or study that these people asked for."""
        login = self.store.person is not None
        return stopping.may_stop(asked_by, self.who, login=login, teacher=login and self.teacher)

    def stop(self, queue: Jobs, key: str, asked: bool) -> None:
        """Stop a run or study, or take them off it (`core.people.stopping`).

        Args:
            asked: Whether they were told that others wait for it.

        Raises:
            ThawError: they may not, or have to be asked first.
            StoreError: the wish cannot be written down.
        """
        login = self.store.person is not None
        stopping.stop(queue, key, self.who, login=login, teacher=login and self.teacher, asked=asked)
        self.note("stopped", key)

    # The class

    def share(self, kind: Kind, names: Sequence[str]) -> None:
        """Let the whole class see runs, with what belongs to them, or sets of photos.

        Raises:
            NotAllowed: one of them is another's; or the images of a run are, which others cannot see.
            StoreError: the store cannot be written.
        """
        self._require(kind, names)
        ownership.share(self.store.home, kind, self._with_parts(kind, names), self.who)
        for name in names:
            self.note(f"{kind.removesuffix('s')} shared", name)

    def take_back(self, kind: Kind, names: Sequence[str]) -> None:
        """Let those alone see them whose they are.

        Raises:
            NotAllowed: one of them is another's.
            StoreError: the store cannot be written.
        """
        self._require(kind, names)
        ownership.take_back(self.store.home, kind, self._with_parts(kind, names))
        for name in names:
            self.note(f"{kind.removesuffix('s')} taken back", name)

    def shared(self, kind: Kind) -> Collection[str]:
        """What the whole class sees."""
        return ownership.shared(self.store.home, kind).keys()

    def take_into_list(self, keys: Sequence[str]) -> None:
        """Put runs of others, with what belongs to them, into a teacher's own list.

        Raises:
            NotAllowed: no teacher asks.
            StoreError: the store cannot be written.
        """
        self.require_teacher()
        home = self.store.home
        ownership.add_runs(home, self.who, [*keys, *keeping.parts_of(Store(home).list_runs(), keys)])
        for key in keys:
            self.note("run looked at", key)

    def forget_person(self, who: str) -> None:
        """Delete all data of a person (`core.people.forgetting`).

        Raises:
            NotAllowed: neither they nor a teacher ask.
            StoreError: the store cannot be written, or a run of theirs does not stop.
        """
        if who != self.who:
            self.require_teacher()
        forget_person(self.store.home, who)
        self.note("person deleted")

    def _require(self, kind: Kind, names: Sequence[str]) -> None:
        if kind == "runs":
            self._require_runs_of_theirs(names)
            return
        for name in names:
            self._require_set_of_theirs(name)

    def _with_parts(self, kind: Kind, names: Sequence[str]) -> list[str]:
        """A run with its first phase and its control, without which its page would show nothing."""
        if kind == "sets":
            return list(names)
        return [*names, *keeping.parts_of(Store(self.store.home).list_runs(), names)]
