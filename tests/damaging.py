"""Ways in which a file gets damaged, a store with one file of every kind, and all that can be read of one."""

import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core import checksums, files
from core.checksums import LAST_LINE_BYTES
from core.config import ExperimentConfig
from core.data import datasets, exclusions, kept, looks
from core.data.checking import check_files
from core.data.digits import open_digits
from core.data.listing import File
from core.errors import ThawError
from core.method.bank import BankFiles, Recipe
from core.results import to_plain
from core.running.state import read_state
from core.store import Store
from tests import hostile

OLD_STORE = Path(__file__).parent / "data" / "store-0.1.zip"  # as version 0.1.0 wrote it, without checksums
SPLIT_KEY = "split-v1-0eb6cd35b4d36ec9"


# Damage


def cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(1, len(content))])


def emptied(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def replaced(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.choice([chance.randbytes(300), b'{"hello": "world"}\n', b"PK\x03\x04half a zip"]))


def flipped(path: Path, chance: random.Random) -> None:
    """A few bits, anywhere."""
    content = bytearray(path.read_bytes())
    for _ in range(max(3, len(content) // 2000)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


WAYS = (cut, emptied, replaced, flipped)


# A store


def unpack(home: Path) -> Store:
    """The store of version 0.1.0."""
    with zipfile.ZipFile(OLD_STORE) as archive:
        archive.extractall(home)
    return Store(home)


def seal_all(home: Path) -> None:
    """Give every file of an old store the checksum that it would have been written with today."""
    for path in home.rglob("*.json"):
        files.write_json(path, files.read_json(path))
    for path in home.rglob("events.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_bytes(b"".join(checksums.seal(line) + b"\n" for line in lines))
    for path in home.glob("features/*/*.npy"):
        content = path.read_bytes()
        with path.open("wb") as stream:
            out = checksums.Sealing(stream)
            out.write(content)
            out.finish()
        assert path.stat().st_size == len(content) + LAST_LINE_BYTES


def one_of_everything(home: Path) -> Store:
    """A store with every kind of file that needs no training to be made."""
    store = unpack(home)
    seal_all(home)
    digits = open_digits(home)  # datasets/digits.npz
    looks.look(datasets.find("pets", home), home)
    files.write_json(home / "device.json", {"device": "CPU"})
    picture = File("a", "a", (1, 1), lambda most: hostile.picture(), True, 2**20)
    check_files(home / "photos", [picture], home)  # index/<...>.json
    for run_key in runs(store):
        shutil.copy(store.path(run_key) / "arrays.npz", store.path(run_key) / "model.keras")  # a zip, too
    assert len(digits.items) == 5000
    return store


def runs(store: Store) -> list[str]:
    return sorted(path.name for path in store.runs.glob("run-*") if (path / "arrays.npz").exists())


def stored_files(home: Path) -> list[Path]:
    """Every file below home, relative to it."""
    return sorted(
        path.relative_to(home) for path in home.rglob("*") if path.is_file() and path.name[0] != "."
    )


# All that can be read


def everything(store: Store) -> dict[str, Any]:
    """What the core says of a store, by name; None for what it refuses in words."""
    home, questions = store.home, {}
    for folder in sorted(store.runs.iterdir()):
        questions |= _of_a_study(store, folder.name)
        if folder.name.startswith("run-"):
            questions |= _of_a_run(store, folder.name)
    questions |= {
        "listed": lambda: {run.run_key: (run.pinned, run.number) for run in store.list_runs()},
        "test openings": lambda: store.test_openings(SPLIT_KEY),
        "left out": lambda: sorted(exclusions.excluded(home, "pets")),
        "images of pets": lambda: [item.sha256 for item in datasets.find("pets", home).items],
        "images of digits": lambda: [item.sha256 for item in datasets.find("digits", home).items],
        "photos": lambda: _photos(datasets.find("pets", home)),
        "looks": lambda: _looks(datasets.find("pets", home), home),
        "lost sets": lambda: [folder.name for folder in kept.lost_sets(home)],
    }
    return {name: _answer(question) for name, question in questions.items()}


def _answer(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except ThawError:
        return None


def _of_a_study(store: Store, key: str) -> dict[str, Callable[[], Any]]:
    return {
        f"{key} status": lambda: store.status(key),
        f"{key} config": lambda: store.config(key).to_dict(),
        f"{key} events": lambda: [e for e in store.events(key) if e.get("status") != "interrupted"],
        f"{key} arrays": lambda: _digests(store.arrays(key)),
        f"{key} model": lambda: _content(store.model_file(key)),
        f"{key} record": lambda: store.record(key),
        f"{key} question": lambda: store.study(key),
    }


def _of_a_run(store: Store, key: str) -> dict[str, Callable[[], Any]]:
    return {
        f"{key} result": lambda: to_plain(store.load(key)),
        f"{key} epochs": lambda: read_state(store, key).epochs if store.finished(key) else None,
        f"{key} pixels": lambda: _pixels(store, store.config(key)),
        f"{key} features": lambda: _features(store, store.config(key)),
    }


def _digests(arrays) -> dict[str, int]:
    return {name: hash((str(value.dtype), value.shape, value.tobytes())) for name, value in arrays.items()}


def _content(path: Path | None) -> int | None:
    return None if path is None else hash(path.read_bytes())


def _photos(dataset) -> list[int]:
    return [hash(dataset.read(position).tobytes()) for position in range(len(dataset.items))]


def _looks(dataset, home: Path) -> dict[str, int] | None:
    found = looks.stored(dataset, home)
    return None if found is None else _digests(vars(found))


def _pixels(store: Store, config: ExperimentConfig) -> int:
    return hash(datasets.load(config.data, store.home).pixels.tobytes())


def _features(store: Store, config: ExperimentConfig) -> list[int]:
    """Rows of whatever is stored of a run's frozen features, by their images."""
    splits = datasets.load(config.data, store.home)
    recipe = Recipe.of(config, 154, "litert")
    rows = BankFiles(store.home).rows(recipe, None)
    known = splits.image_ids[rows.has(splits.image_ids)]
    return [hash(row.tobytes()) for row in rows.of(np.sort(known))[:]]
