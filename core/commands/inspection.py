"""What lies in a store: how much of each kind, what is damaged, what nothing refers to. Changes nothing."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core import checksums, damage, layers, wholeness
from core.checksums import Damaged
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.data import choices, datasets, exclusions, kept, pixels, relabelling, tables
from core.data.splits import loaded
from core.errors import ThawError
from core.explain import probes
from core.files import folder_bytes, read_json
from core.keys import is_key
from core.method.bank import BankFiles, Recipe
from core.store import Store
from core.sweeps import scratch

LEFTOVER_SECONDS = 3600  # a file written aside and untouched this long was left by a kill
CAN_BE_MADE_AGAIN = ("runs", "features", "pixels", "engines", "looks", "index", "datasets")
_ASIDE = re.compile(r"\..+\.([0-9a-f]{16}|[0-9]+)(\.[a-z]+)?")  # as `core.files.replacing` names them


@dataclass(frozen=True)
class Amount:
    """How much there is of a kind: runs, studies, or files of a folder below home."""

    kind: str
    count: int
    bytes: int


@dataclass(frozen=True)
class Trouble:
    """A file or folder that is damaged or not needed.

    Attributes:
        file: Below home, parts separated by `/`.
        why: What is wrong with it, as the end of a sentence.
    """

    file: str
    why: str
    bytes: int


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    Attributes:
        damaged: Files that cannot be read as they were written, and originals that are gone.
        orphans: What nothing refers to and can be made again if it should be needed after all.
        set_aside: What was found damaged before and moved away.
        not_judged: Names of data sets that runs were trained on and that are not here: which pixels belong to
            them cannot be told.
    """

    amounts: tuple[Amount, ...]
    damaged: tuple[Trouble, ...]
    orphans: tuple[Trouble, ...]
    set_aside: tuple[damage.SetAside, ...]
    not_judged: tuple[str, ...]

    @property
    def freeable_bytes(self) -> int:
        return sum(orphan.bytes for orphan in self.orphans)


def inspect(store: Store) -> Inspection:
    """Look at every file of a store, and read through all that carries a checksum."""
    orphans, not_judged = _orphans(store)
    return Inspection(
        tuple(_amounts(store)), tuple(_damaged(store)), tuple(orphans), tuple(damage.found(store.home)),
        not_judged,
    )  # fmt: skip


# How much of what


def _amounts(store: Store) -> Iterator[Amount]:
    for kind in ("run", "study"):
        folders = list(store.runs.glob(f"{kind}-*"))
        yield Amount({"run": "runs", "study": "studies"}[kind], len(folders), sum(map(folder_bytes, folders)))
    for folder in sorted(path for path in store.home.glob("*/") if path.name != store.runs.name):
        files = [path for path in folder.rglob("*") if path.is_file()]
        yield Amount(folder.name, len(files), folder_bytes(folder))


# Damage


def _damaged(store: Store) -> Iterator[Trouble]:
    home = store.home
    for pattern, check in _CHECKS.items():
        for path in sorted(home.glob(pattern)):
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                check(path)
            except Damaged as why:
                yield _trouble(path, home, str(why))
            except OSError as error:
                yield _trouble(path, home, f"it cannot be read: {error.strerror or error}")
    for folder in kept.lost_sets(home):
        yield _trouble(folder, home, "the record of these photos, set.json, is damaged or lost")
    for known in kept.kept_sets(home).values():
        for photo in kept.missing(known.folder):
            place, why = f"photos/{known.folder.name}/files", f"{photo} of the set {known.title!r} is missing"
            yield Trouble(place, why, 0)


def check_of(file: Path) -> Callable[[Path], Any] | None:
    """What is asked of a file of a store, by its path; None where nothing is."""
    return next((check for pattern, check in _CHECKS.items() if file.match(pattern)), None)


def _trouble(path: Path, home: Path, why: str) -> Trouble:
    size = folder_bytes(path) if path.is_dir() else path.stat().st_size
    return Trouble(path.relative_to(home).as_posix(), why, size)


def _holding(fits: Callable[[Any], bool]) -> Callable[[Path], Any]:
    return partial(damage.check_json, fits=fits)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _check_ids(path: Path) -> None:
    if not BankFiles.names_rows(path):
        raise Damaged("it names other images than its array")


def _check_engine(path: Path) -> None:
    checksums.opened(path.read_bytes())


_CHECKS: dict[str, Callable[[Path], Any]] = {  # pattern below home -> raises Damaged
    "runs/*/config.json": wholeness.CONFIG.check,
    "runs/*/metrics.json": wholeness.RECORD.check,
    "runs/*/receipt.json": wholeness.RECEIPT.check,
    "runs/*/arrays.npz": wholeness.ALL_ARRAYS.check,
    "runs/*/model.keras": wholeness.MODEL.check,
    "runs/*/checkpoint.npz": checksums.check_zip,
    "runs/*/kept.json": _holding(wholeness.are_decisions),
    "runs/*/events.jsonl": wholeness.check_log,
    "features/*/*.npy": checksums.check_npy,
    "features/*/*.ids": _check_ids,
    "features/*/*.json": _holding(_is_object),
    "pixels/*.npy": pixels.check,
    "pixels/*.ids": pixels.check_rows,
    "pixels/*.json": _holding(_is_object),
    "engines/*.tflite": _check_engine,
    "looks/*.npz": checksums.check_zip,
    "datasets/digits.npz": checksums.check_zip,
    "index/*.json": _holding(_is_object),
    "exclusions/*.json": _holding(exclusions.are_images),
    "relabelled/*.json": _holding(relabelling.are_labels),
    "group_tables/*.json": _holding(tables.is_given),
    "layouts/*.json": _holding(choices.is_layout),
    "passed-over/*.json": _holding(_is_object),
    "test-openings/*.json": _holding(wholeness.are_openings),
    "photos/set-*/files/*": kept.check_photo,
    "people/*/*.json": _holding(_is_object),
    "people/*/exclusions/*.json": _holding(exclusions.are_images),
    "people/*/relabelled/*.json": _holding(relabelling.are_labels),
    "people/*/group_tables/*.json": _holding(tables.is_given),
    "people/*/test-openings/*.json": _holding(wholeness.are_openings),
    "*.json": _holding(_is_object),
}


# Orphans


def _orphans(store: Store) -> tuple[list[Trouble], tuple[str, ...]]:
    home = store.home
    found = [_trouble(path, home, why) for path, why in _leftovers(store)]
    configs = list(_configs(store))
    used, not_judged = _used(store, configs)
    for path in sorted(home.glob("features/*")):
        if path.name not in used:
            found.append(_trouble(path, home, "no run or study uses these features"))
    for folder, endings in (("pixels", (".npy", ".ids", ".json")), ("engines", (".tflite",))):
        if folder == "pixels" and not_judged:
            continue
        for path in sorted((home / folder).glob("[!.]*")):
            if path.suffix in endings and path.stem not in used:
                found.append(_trouble(path, home, f"no run or study uses these {folder}"))
    return found, not_judged


def _leftovers(store: Store) -> Iterator[tuple[Path, str]]:
    home, now = store.home, time.time()
    before = now - LEFTOVER_SECONDS
    for path in sorted(home.rglob(".*")):
        age = now - path.stat().st_mtime
        if path.name.startswith(".incoming-") and age > kept.STALE_SECONDS:
            yield path, "photos that came in and were neither kept nor discarded"
        elif (_ASIDE.fullmatch(path.name) or path.name.startswith(".deleted-")) and age > LEFTOVER_SECONDS:
            yield path, "it was left half-written or half-deleted by a process that ended"
    for path in sorted(home.glob("verify-*")):
        if path.stat().st_mtime < before:
            yield path, "it was left by a `verify` that was ended"
    for path in sorted(home.glob(f"{scratch.FOLDER}/*")):
        if path.stat().st_mtime < before:
            yield path, "it was left by a sweep that was ended"
    for path in sorted(home.glob("features/*/*")):
        if path.suffix in (".ids", ".json") and not path.with_suffix(".npy").exists():
            yield path, "the array it belongs to is gone"
    for path in sorted(home.glob("pixels/*")):
        if path.suffix in (".ids", ".json") and not path.with_suffix(".npy").exists():
            yield path, "the pixels it belongs to are gone"
    runs = {folder.name for folder in store.runs.glob("run-*")}
    for folder in sorted(store.runs.glob("study-*")):
        named = set(re.findall(r"run-v[0-9]+-[0-9a-f]{16}", json.dumps(_options(folder))))
        if gone := sorted(named - runs):
            yield folder, f"it is about {gone[0]}, which was deleted"
    for found in damage.found(home):
        if found.file.partition("/")[0] in CAN_BE_MADE_AGAIN and (home / found.file).exists():
            yield found.kept, f"a damaged {found.file}, which was made again since"


def _options(folder: Path):
    plain = read_json(folder / "config.json")
    study = plain.get("study") if isinstance(plain, dict) else None
    return study.get("options") if isinstance(study, dict) else None


def _configs(store: Store) -> Iterator[tuple[str, ExperimentConfig]]:
    for folder in sorted(store.runs.glob("*-v*-*")):
        try:
            if is_key(folder.name):
                yield folder.name, store.config(folder.name)
        except ThawError:
            continue


def _used(store: Store, configs: list[tuple[str, ExperimentConfig]]) -> tuple[set[str], tuple[str, ...]]:
    """Keys of all features, pixels and converted networks that runs and studies were made from, and the
    names of the data sets that are not here."""
    used: set[str] = set()
    missing: set[str] = set()
    for config in {config for _, config in configs}:
        tuned = layers.boundary(config.fine_tuning.unfreeze_from)
        for boundary in {tuned, BACKBONE_LAYERS} - {0}:
            for engine in ("litert", "tensorflow"):
                recipe = Recipe.of(config, boundary, engine)
                used |= {recipe.key(augmented) for augmented in (False, True)}
                used |= {recipe.engine_key(start) for start in layers.stops(tutorial=False)}
        used |= {probes.engine_key(config, seed) for seed in (0, config.seed)}
        try:
            used |= set(_pixel_keys(config, store.home))
        except ThawError:
            missing.add(config.data.name)
    return used, tuple(sorted(missing))


def _pixel_keys(config: ExperimentConfig, home: Path) -> Iterator[str]:
    """The keys of the pixels that a config is trained on, for each who left out others."""
    for dataset in datasets.versions(config.data.name, home):
        yield pixels.pixel_key(dataset, loaded(dataset, config.data), config.data.image_size)
