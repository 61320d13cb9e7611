"""Which files make a stored run or study whole, how each is checked, and what one can be made from.

A run is finished when all of them can be read. The receipt holds the config and the record once more, so
either comes back from there; what cannot is set aside by the store, and the run is trained again.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from core import checksums, damage, results, run_log
from core.checksums import Damaged
from core.errors import StoreError
from core.files import write_json

Note = Callable[[str], None]


class OtherVersion(Damaged):
    """A record that is as it was written, by a version that keeps something else in it."""


class Part(NamedTuple):
    """A file of a run.

    Attributes:
        title: What it is, for a person.
        check: Raises Damaged.
    """

    name: str
    title: str
    check: Callable[[Path], Any]


def _object(path: Path) -> dict[str, Any]:
    return damage.check_json(path, lambda value: isinstance(value, dict))


def _is_asked(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("config"), dict)
        and isinstance(value.get("created"), (int, float))
    )


def check_config(path: Path) -> None:
    """Raises Damaged where a `config.json` holds no settings or no date."""
    damage.check_json(path, _is_asked)


def check_record(path: Path) -> None:
    """Raises Damaged where a `metrics.json` holds the record of no run and no study."""
    record = _object(path)
    if isinstance(record.get("record"), dict):
        return
    try:
        results.run_from_plain(record)
    except (KeyError, TypeError, AttributeError) as error:
        if checksums.is_sealed(path.read_bytes()):
            raise OtherVersion("it is not in this version's format") from error
        raise Damaged("it holds something else") from error


def check_receipt(path: Path) -> None:
    """Raises Damaged where a `receipt.json` cannot be read."""
    _object(path)


def are_decisions(value: Any) -> bool:
    """Whether this is what a `kept.json` holds."""
    return isinstance(value, dict) and "pinned" in value


def are_openings(value: Any) -> bool:
    """Whether this is what a file of test openings holds."""
    return isinstance(value, list) and all(isinstance(opening, dict) for opening in value)


def check_log(path: Path) -> None:
    """Raises Damaged where a line of an `events.jsonl` cannot be read."""
    lines = [line for line in path.read_bytes().split(b"\n") if line]
    bad = len(lines) - len(list(run_log.parse(lines)))
    if bad or not lines:
        raise Damaged(f"{bad} of its {len(lines)} lines cannot be read and are passed over")


def check_complete(path: Path) -> None:
    """Raises Damaged where a zip is cut short. Reads next to nothing: lists of runs ask for it."""
    checksums.check_zip(path, thoroughly=False)


CONFIG = Part("config.json", "Its settings", check_config)
RECORD = Part("metrics.json", "Its record", check_record)
RECEIPT = Part("receipt.json", "Its receipt", check_receipt)
ARRAYS = Part("arrays.npz", "Its predictions and weights", check_complete)
ALL_ARRAYS = ARRAYS._replace(check=checksums.check_zip)
MODEL = Part("model.keras", "Its model", checksums.check_zip)
PARTS = (CONFIG, RECORD, RECEIPT, ARRAYS, MODEL)


def readable(path: Path, home: Path, part: Part = CONFIG) -> bool:
    """Whether a file of a run is there; one that is damaged is set aside."""
    try:
        checksums.once(path, part.check)
    except Damaged as why:
        damage.set_aside(path, home, why)
        return False
    except OSError:
        return False
    return True


def is_whole(folder: Path, home: Path, arrays: Part, note: Note) -> bool:
    """Whether a run is finished: none of its files is missing or damaged, or what was could be mended.

    Args:
        arrays: How closely to look at its arrays: `ARRAYS` or `ALL_ARRAYS`.
        note: Told, in a sentence or two, what was set aside.
    """
    if not (folder / RECORD.name).exists():
        return False
    receipts = (RECEIPT,) if folder.name.startswith("run-") else ()  # a study has none
    return all(_is_whole(folder, home, part, note) for part in (CONFIG, *receipts, arrays, RECORD))


def _is_whole(folder: Path, home: Path, part: Part, note: Note) -> bool:
    try:
        checksums.once(folder / part.name, part.check)
    except OtherVersion:
        return False
    except Damaged as why:
        return mend(folder, home, part, why, note)
    except OSError:  # missing, too
        return False
    return True


def mend(folder: Path, home: Path, part: Part, why: Damaged, note: Note) -> bool:
    """Set a damaged file of a run aside, and make it from the receipt; whether that could be done."""
    copy = _from_receipt(folder, part)
    damage.set_aside(folder / part.name, home, why)
    if copy is not None:
        with contextlib.suppress(StoreError):  # a store that cannot be written
            write_json(folder / part.name, copy)
            return True
    note(
        f"{part.title} ({part.name}): damaged, and set aside. "
        "Ask for it again: it will have the same numbers."
    )
    return False


def _put_place_back(folder: Path, part: Part, receipt: dict[str, Any]) -> None:
    """A receipt does not say where images lie: the record and the settings do, whichever of them is whole."""
    with contextlib.suppress(OSError, Damaged, KeyError, TypeError):
        if part.name == CONFIG.name:
            name = _object(folder / RECORD.name)["dataset"]["name"]
        else:
            name = _object(folder / CONFIG.name)["config"]["data"]["name"]
        receipt["config"]["data"]["name"] = receipt["result"]["dataset"]["name"] = name


def _from_receipt(folder: Path, part: Part) -> dict[str, Any] | None:
    """What a run's config or record holds, out of its receipt; None where that does not tell."""
    try:
        receipt = _object(folder / RECEIPT.name)
        if receipt["result"]["run_key"] != folder.name:
            return None
        results.run_from_plain(receipt["result"])
        _put_place_back(folder, part, receipt)
        found = {
            CONFIG.name: {"config": receipt["config"], "created": (folder / RECEIPT.name).stat().st_mtime},
            RECORD.name: receipt["result"],
        }
    except (OSError, Damaged, KeyError, TypeError, AttributeError):
        return None
    return found.get(part.name)
