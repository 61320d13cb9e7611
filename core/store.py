"""The run folders: the only code that reads or writes them.

    <home>/runs/<run_key>/
        config.json    the ExperimentConfig, as asked
        events.jsonl   what happened, a line each, appended: status, stage, epoch, error
        arrays.npz     per-image probabilities and the learned weights
        model.keras    the whole trained model, pixels 0..255 in, probabilities out
        receipt.json   what is needed to get the same numbers again
        kept.json      what a person decided about it: pinned, its letter's place, the class not to miss
        metrics.json   the RunResult; written last, so a run that has it is finished

Every file is written aside and renamed, so a reader sees all of it or none. A kill between two renames
leaves a run without `metrics.json`: not finished, and run again when next asked for. Nor is a run finished
of which a file is damaged: that file is set aside (`core.damage`), and the run's log says why.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core import checksums, damage, ownership, results, run_log, wholeness
from core import config as configs
from core.alarm import Alarm, alarm_from_plain
from core.checksums import Damaged
from core.config import ExperimentConfig
from core.errors import StoreError, ThawError
from core.files import (
    folder_bytes,
    read_json,
    remove,
    remove_folder,
    replacing,
    unchanged,
    update_json,
    write_json,
)
from core.homes import default_home
from core.keys import is_key
from core.person import Person
from core.results import RunResult
from core.run_log import Log
from core.together import Together
from core.wholeness import Part

_together = Together()


def _settings(plain: Any) -> ExperimentConfig:
    """The config alone."""
    return configs.from_dict(plain["config"])


def _asked(plain: Any) -> tuple[ExperimentConfig, float]:
    """What a run's config.json says: the config, and when it was first asked for."""
    return configs.from_dict(plain["config"]), float(plain["created"])


@dataclass(frozen=True)
class StoredRun:
    """A line of the run list.

    Attributes:
        status: One of `results.STATUSES`.
        created: Seconds since the epoch when the run was first asked for.
        pinned: Whether a person wants it kept whatever else is deleted.
        number: Its place among the runs of its data set, from 0, once that was written down; see `number`.
        alarm: A class that must not be missed, where one was chosen.
    """

    run_key: str
    status: str
    config: ExperimentConfig
    created: float
    pinned: bool = False
    number: int | None = None
    alarm: Alarm | None = None


@dataclass(frozen=True)
class FinishedRun(StoredRun):
    """A run with its record: what can be compared, looked into and predicted with."""

    result: RunResult = field(kw_only=True)


def finished(runs: Iterable[StoredRun]) -> list[FinishedRun]:
    """Those of them that have finished, in the same order."""
    return [run for run in runs if isinstance(run, FinishedRun)]


class Store:
    """Runs and studies (`study-v1-...`), by key, under one folder. Safe to use from several processes.

    Args:
        home: The folder; `default_home` where None.
        person: Who looks at it. None sees everything.
        cache: Where features, pixels and converted networks lie: that of another store, where one is made for
            a moment beside it; `home` where None.
    """

    def __init__(self, home: Path | None = None, person: Person | None = None, cache: Path | None = None):
        self.home = Path(home) if home is not None else default_home()
        self.person = person
        self.cache = cache or self.home
        self.runs = self.home / "runs"

    @property
    def personal(self) -> Path:
        """The folder of what this person decided: images left out, test sets opened, runs kept."""
        return self.home if self.person is None else ownership.folder(self.home, self.person.id)

    def path(self, run_key: str) -> Path:
        """The folder of a run.

        Raises:
            StoreError: `run_key` has not the form of a key (and so could name any file).
        """
        if not is_key(run_key):
            raise StoreError(f"{run_key!r} is not a run key.", "A key looks like run-v1-0123456789abcdef.")
        return self.runs / run_key

    def sees(self, run_key: str) -> bool:
        """Whether the person who looks may see a run: they asked for it, or it is shared with the class. A
        study can be seen by whoever can name it, which takes its images and its run.
        """
        return self.person is None or self.person.teacher or not run_key.startswith("run-") or (
            run_key in ownership.runs_of(self.home, self.person.id)
            or run_key in ownership.shared(self.home, "runs")
        )  # fmt: skip

    def _require(self, run_key: str) -> None:
        if not self.sees(run_key):
            raise _no_run(run_key)

    def _listed(self) -> Callable[[str], bool]:
        """Whether a run is in the list of the person who looks. A teacher's is no longer than others', but
        for what nobody asked for, such as what was made in a terminal."""
        if self.person is None:
            return lambda run_key: True
        listed = {*ownership.runs_of(self.home, self.person.id), *ownership.shared(self.home, "runs")}
        others = ownership.owned(self.home) - listed if self.person.teacher else None
        return lambda run_key: run_key in listed or (others is not None and run_key not in others)

    # Writing

    def create(self, run_key: str, config: ExperimentConfig, study: dict[str, Any] | None = None) -> None:
        """Make the folder of a run (or of a study, see `core.explain.studies`) if there is none, and note
        what was asked."""
        folder = self.path(run_key)
        if not wholeness.readable(folder / "config.json", self.home):
            asked = {"config": config.to_dict(), "created": time.time()}
            write_json(folder / "config.json", asked | ({"study": study} if study else {}))

    def append(self, run_key: str, event: str, **values) -> None:
        """Append one line to the run's log."""
        run_log.append(self.path(run_key) / run_log.FILE, event, **values)

    def set_status(self, run_key: str, status: str, **values) -> None:
        """Log a new status; `values` may say why."""
        self.append(run_key, "status", status=status, **values)

    def save(self, result: RunResult, arrays: dict[str, np.ndarray], receipt: dict[str, Any]) -> None:
        """Keep a finished run. `metrics.json` goes last: it is what makes the run finished."""
        folder = self.path(result.run_key)
        with replacing(folder / "arrays.npz") as aside:
            np.savez(aside, allow_pickle=False, **arrays)
        write_json(folder / "receipt.json", receipt)
        write_json(folder / "metrics.json", results.to_plain(result))
        self.set_status(result.run_key, "finished")

    def save_study(self, key: str, record: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Keep a finished study (`core.explain.studies`): its record, plain JSON values, and its arrays."""
        with replacing(self.path(key) / "arrays.npz") as aside:
            np.savez(aside, allow_pickle=False, **arrays)
        write_json(self.path(key) / "metrics.json", {"key": key, "record": record})
        self.set_status(key, "finished")

    def delete(self, run_key: str) -> None:
        """Remove a run. `metrics.json` goes first, so that a kill half-way leaves no finished-looking run."""
        folder = self.path(run_key)
        remove(folder / "metrics.json")
        remove_folder(folder)

    # What a person decided about a run, in `kept.json` beside it

    def pin(self, run_key: str, pinned: bool = True) -> None:
        """Note that a run is to be kept whatever else is deleted, or that it no longer is."""
        self._decide(run_key, pinned=pinned)

    def number(self, run_key: str, number: int) -> None:
        """Write down a run's place among those of its data set, so that deleting others leaves its letter."""
        self._decide(run_key, number=number)

    def set_alarm(self, run_key: str, alarm: Alarm | None) -> None:
        """Note which class of a run must not be missed, or that none is."""
        self._decide(run_key, alarm=None if alarm is None else results.to_plain(alarm))

    def alarm(self, run_key: str) -> Alarm | None:
        """The class of a run that must not be missed; None where none was chosen."""
        return self._kept(run_key)["alarm"]

    def _decide(self, run_key: str, **decided) -> None:
        if self.person is not None:
            ownership.decide(self.home, self.person.id, run_key, **decided)
            return
        self._kept(run_key)  # sets a damaged file aside before it is written over
        path = self.path(run_key) / "kept.json"
        update_json(path, lambda plain: _as_plain(_decisions(plain)) | decided)

    def _kept(self, run_key: str) -> dict[str, Any]:
        if self.person is not None:
            return _decisions(ownership.decided(self.home, self.person.id).get(run_key))
        return _decisions(
            damage.read_json(self.path(run_key) / "kept.json", self.home, wholeness.are_decisions)
        )

    # Whole or damaged

    def finished(self, run_key: str) -> bool:
        """Whether the result is there and can be read. What is damaged is set aside, and then it is not.

        Arrays are looked at only so far that they are complete: reading all of them would take a list of
        runs seconds. `whole` and `arrays` compare them with their checksums.
        """
        return self._whole(run_key, wholeness.ARRAYS)

    def whole(self, run_key: str) -> bool:
        """`finished`, with every bit of the arrays as it was written. Once a process, it reads them."""
        return self._whole(run_key, wholeness.ALL_ARRAYS)

    def _whole(self, run_key: str, arrays: Part) -> bool:
        note = partial(self._note_damage, run_key)
        return wholeness.is_whole(self.path(run_key), self.home, arrays, note)

    def mend(self, run_key: str, part: Part, why: Damaged) -> bool:
        """Set a damaged file of a run aside, and make it from the receipt; whether that could be done. If
        not, the run's log says why it is not finished."""
        note = partial(self._note_damage, run_key)
        return wholeness.mend(self.path(run_key), self.home, part, why, note)

    def _note_damage(self, run_key: str, message: str) -> None:
        """Say in the log why a run that had finished is not finished any more."""
        with contextlib.suppress(StoreError):  # a store that cannot be written
            if self._said(run_key) not in ("queued", "running"):
                self.set_status(run_key, "interrupted", message=message)

    def model_file(self, run_key: str) -> Path | None:
        """The whole trained model as a `.keras` file, or None: not kept, or damaged and now set aside."""
        path = self.path(run_key) / wholeness.MODEL.name
        return path if wholeness.readable(path, self.home, wholeness.MODEL) else None

    # Reading

    def bytes_used(self, run_key: str) -> int:
        """What a run or a study takes on disk."""
        return folder_bytes(self.path(run_key))

    def events(self, run_key: str) -> list[dict[str, Any]]:
        """The run's log, oldest first. A line cut short by a kill is left out. The events are shared:
        read them, never change them."""
        return list(self.log(run_key).events)

    def log(self, run_key: str) -> Log:
        """The same, as long as the log is what it is the same object: what is made of it can be kept."""
        return run_log.read(self.path(run_key) / run_log.FILE)

    def status(self, run_key: str) -> str | None:
        """One of `results.STATUSES`, or None for a run nobody asked for."""
        if self.finished(run_key):
            return "finished"
        said = self._said(run_key)
        if said in results.STATUSES and said != "finished":
            return said
        # asked for, and neither result nor a word about it is left: lost, and to be had again
        folder = self.path(run_key)
        known = (folder / run_log.FILE).exists() and wholeness.readable(folder / "config.json", self.home)
        return "interrupted" if known else None

    def _said(self, run_key: str) -> str | None:
        """The last status in the log."""
        said = (
            e["status"]
            for e in reversed(self.log(run_key).events)
            if e["event"] == "status" and "status" in e
        )
        return next(said, None)

    def load(self, run_key: str) -> RunResult:
        """The result of a finished run.

        Raises:
            StoreError: there is none, this person may not see it, or its record is broken.
        """
        self._require(run_key)
        try:
            result = unchanged(self.path(run_key) / "metrics.json", results.run_from_plain)
        except (KeyError, TypeError, AttributeError) as error:
            self.finished(run_key)  # sets it aside if it is damaged, so that running again helps
            raise StoreError(
                f"The record of {run_key} is not in this version's format.", fix="Run it again."
            ) from error
        if result is None and self.finished(run_key):  # it was damaged, and could be mended
            result = unchanged(self.path(run_key) / "metrics.json", results.run_from_plain)
        if result is None:
            raise _no_run(run_key)
        return result

    def arrays(self, run_key: str, names: Container[str] | None = None) -> dict[str, np.ndarray]:
        """The arrays kept with a finished run. Nothing is unpickled.

        Args:
            names: Of those to read, as far as they are there; all without it, the learned weights too.

        Raises:
            StoreError: they are missing or were damaged; then they are set aside, and the run is not
                finished any more.
        """
        self._require(run_key)
        try:
            return checksums.load_npz(self.path(run_key) / "arrays.npz", names)
        except Damaged as why:
            self.mend(run_key, wholeness.ARRAYS, why)
            raise StoreError(
                f"The arrays of {run_key} were damaged and are set aside.", fix="Run it again."
            ) from why
        except OSError as error:
            raise StoreError(f"The arrays of {run_key} are missing.", fix="Run it again.") from error

    def study(self, key: str) -> dict[str, Any]:
        """What a study asks: {kind, options}; empty for a run. Raises StoreError for an unknown key."""
        plain = read_json(self.path(key) / "config.json")
        if not isinstance(plain, dict):
            raise StoreError(f"Nothing is known of {key}.", fix="Ask for it again.")
        asked = plain.get("study")
        return asked if isinstance(asked, dict) else {}

    def record(self, key: str) -> dict[str, Any]:
        """The record of a finished study. Raises StoreError where there is none or it is broken."""
        plain = read_json(self.path(key) / "metrics.json")
        if not isinstance(plain, dict) or not isinstance(plain.get("record"), dict):
            self.finished(key)  # sets it aside if it is damaged, so that asking again helps
            raise StoreError(f"The record of {key} is missing or broken.", fix="Compute it again.")
        return plain["record"]

    def config(self, run_key: str) -> ExperimentConfig:
        """What was asked for.

        Raises:
            StoreError: unknown run or unreadable file.
        """
        self._require(run_key)
        try:
            found = unchanged(self.path(run_key) / "config.json", _settings)
        except (TypeError, KeyError, ThawError) as error:
            raise _no_run(run_key) from error
        if found is None:
            raise _no_run(run_key)
        return found

    def list_runs(self) -> list[StoredRun]:
        """Every readable run of the person who looks, newest first, a `FinishedRun` if it is one. Foreign
        files and broken runs are skipped."""
        return [*_together((self.home, self.person), self._read_runs)]

    def _read_runs(self) -> list[StoredRun]:
        found, listed = [], self._listed()
        for folder in self.runs.iterdir() if self.runs.is_dir() else ():
            if not is_key(folder.name) or not folder.name.startswith("run-") or not listed(folder.name):
                continue
            status = self.status(folder.name)
            if status is None:
                continue
            try:
                asked = unchanged(folder / "config.json", _asked)
                if asked is None:
                    continue
                known, kept = (folder.name, status, *asked), self._kept(folder.name)
                if status == "finished":
                    found.append(FinishedRun(*known, **kept, result=self.load(folder.name)))
                else:
                    found.append(StoredRun(*known, **kept))
            except (ThawError, KeyError, TypeError, ValueError):
                said = f"Run {folder.name} is unreadable and left out."
                print(said, file=sys.stderr)  # noqa: T201  # no page may be open
        return sorted(found, key=lambda run: run.created, reverse=True)

    # The sealed test set

    def open_test(self, split_key: str, tried: int) -> None:
        """Note that someone looked at the test result of a split after `tried` runs on it."""
        self.test_openings(split_key)  # sets a damaged file aside before it is written over
        opening = {"time": time.time(), "tried": tried}
        update_json(self._openings(split_key), lambda opened: [*(opened or []), opening])

    def test_openings(self, split_key: str) -> list[dict[str, Any]]:
        """When the test result of a split was opened, oldest first: {time, tried}."""
        return damage.read_json(self._openings(split_key), self.home, wholeness.are_openings) or []

    def _openings(self, split_key: str) -> Path:
        if not is_key(split_key):
            raise StoreError(f"{split_key!r} is not a split key.")
        return self.personal / "test-openings" / f"{split_key}.json"


def _no_run(run_key: str) -> StoreError:
    return StoreError(
        f"There is no finished run {run_key}.",
        "Expected the key of a run that has finished.",
        "`python -m core show` lists the runs.",
    )


def _decisions(plain: Any) -> dict[str, Any]:
    """What a person decided, out of a `kept.json`."""
    plain = plain if isinstance(plain, dict) else {}
    number = plain.get("number")
    number = number if type(number) is int and number >= 0 else None
    alarm = alarm_from_plain(plain.get("alarm"))
    return {"pinned": plain.get("pinned") is True, "number": number, "alarm": alarm}


def _as_plain(decisions: dict[str, Any]) -> dict[str, Any]:
    alarm = decisions["alarm"]
    return decisions | {"alarm": None if alarm is None else results.to_plain(alarm)}
