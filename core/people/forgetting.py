"""Deleting where many share a store: a set with what was made of its images, a run, all data of a person."""

import json
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from core import damage, ownership
from core.data import datasets, kept, looks, pixels
from core.data.datasets import Dataset
from core.errors import StoreError, ThawError
from core.files import locked, remove, remove_folder, replacing, update_json
from core.method.bank import BankFiles
from core.people import actions
from core.results import ACTIVE
from core.running import in_training, jobs, keeping
from core.store import Store

STOP_SECONDS = 30


def delete_set(store: Store, name: str) -> None:
    """Remove a kept set with all that was stored of its images: pixels, features, what they look like.

    Raises:
        StoreError: the store cannot be written.
    """
    with suppress(ThawError):  # its record is damaged: then what was made of its images is not known
        for dataset in datasets.versions(name, store.home):
            _forget_images(dataset, store.home)
    kept.delete(name, store.home)
    ownership.take_back(store.home, "sets", [name])


def _forget_images(dataset: Dataset, home: Path) -> None:
    pixels.forget(dataset, home)
    BankFiles(home).forget(dataset.image_ids)
    looks.forget(dataset, home)
    remove(home / "passed-over" / f"{dataset.key}.json")


def delete_runs(store: Store, keys: Collection[str]) -> None:
    """Remove runs, whoever asked for them, with what only they need. One in training is stopped first.

    Args:
        store: Seen by nobody in particular.

    Raises:
        StoreError: the store cannot be written.
    """
    gone = keeping.gone_with(store, store.list_runs(), keys)
    ownership.take_back(store.home, "runs", gone)
    for who in ownership.people(store.home):
        ownership.drop_runs(store.home, who, gone)
    keeping.delete(store, gone)


def give_up(store: Store, keys: Collection[str]) -> None:
    """Remove runs for the person who looks at the store; those that others asked for, too, or that someone
    else shared, stay for them.

    Raises:
        StoreError: the store cannot be written.
    """
    if store.person is None:
        return
    home, who = store.home, store.person.id
    shared = ownership.shared(home, "runs")
    ownership.take_back(home, "runs", [key for key in keys if shared.get(key) == who])
    keeping.keep_numbers(store, keys)
    ownership.drop_runs(home, who, keys)
    others = {*ownership.owned(home), *ownership.shared(home, "runs")}
    keeping.delete(Store(home), [key for key in keys if key not in others])


# All of a person


def forget_person(home: Path, who: str) -> None:
    """Delete all data of a person: their sets with every run on them, whoever asked for it; their other runs
    unless someone else asked for them, too; what they decided; and their id wherever it stands.

    Args:
        who: `Person.id`.

    Raises:
        StoreError: the store cannot be written, or a run of theirs does not stop.
    """
    store = Store(home)
    names = {name for name, known in kept.kept_sets(home).items() if known.owner == who}
    mine = set(ownership.runs_of(home, who))
    others = {
        key for other in ownership.people(home) if other != who for key in ownership.runs_of(home, other)
    }
    doomed = {run.run_key for run in store.list_runs() if run.config.data.name in names} | (mine - others)
    _stop(store, doomed)
    for name in names:
        delete_set(store, name)
    _delete_whatever_waits(store, doomed)
    remove_folder(ownership.folder(home, who))
    _take_name_out(home, who)
    _clear_damaged(home, {who, *doomed, *(kept.folder_of(name, home).name for name in names)})


def _stop(store: Store, keys: Collection[str]) -> None:
    """Stop those of these runs that wait or train, and wait until they have: they would go on writing."""
    for key in keys:
        if store.status(key) in ACTIVE:
            jobs.request_stop(store, key)
    deadline = time.monotonic() + STOP_SECONDS
    while stopping := set(keys) & set(in_training.under_way(store)):
        if time.monotonic() > deadline:
            raise StoreError(f"{min(stopping)} is still in training.", fix="Try again in a moment.")
        time.sleep(0.1)
    for key in keys:
        jobs.clear_stop(store, key)


def _delete_whatever_waits(store: Store, keys: Collection[str]) -> None:
    """Delete runs though they were pinned, or wait or train a moment longer."""
    delete_runs(store, keys)
    for key in [*keys, *keeping.studies_about(store, keys)]:
        if store.path(key).exists():
            store.delete(key)
        for who in ownership.people(store.home):
            ownership.drop_runs(store.home, who, [key])
    ownership.take_back(store.home, "runs", keys)


def _take_name_out(home: Path, who: str) -> None:
    """Take an id out of the records that others share."""

    def without(plain):
        known = ownership.dict_of(plain)
        return {
            kind: {name: "" if by == who else by for name, by in ownership.dict_of(listed).items()}
            for kind, listed in known.items()
        }  # fmt: skip

    shared = ownership.folder(home, ownership.CLASS) / "shared.json"
    if shared.exists():
        update_json(shared, without)
    served = home / "served.json"
    if served.exists():
        update_json(served, lambda plain: {k: v for k, v in ownership.dict_of(plain).items() if k != who})
    for log in [home / actions.FILE, *home.glob("runs/*/events.jsonl")]:
        _drop_lines(log, who)


def _drop_lines(log: Path, who: str) -> None:
    """Take the lines that name a person out of a log."""
    with suppress(FileNotFoundError):
        needle = json.dumps(who).encode()
        if needle not in log.read_bytes():
            return
        with locked(log), replacing(log) as aside:
            lines = log.read_bytes().splitlines(keepends=True)
            aside.write_bytes(b"".join(line for line in lines if needle not in line))


def _clear_damaged(home: Path, parts: Iterable[str]) -> None:
    """Remove what was set aside as damaged of files whose path has one of these in it."""
    for found in damage.found(home):
        if set(Path(found.file).parts) & set(parts):
            remove_folder(found.kept) if found.kept.is_dir() else remove(found.kept)
