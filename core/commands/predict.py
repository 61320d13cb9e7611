"""The command `predict`: what a stored run says of pictures in folders, zips or files."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.commands.named import run_key
from core.commands.printing import NAMED, print_json
from core.commands.progress_bar import ProgressBar
from core.compare.decision import decision_of
from core.compare.exports import csv_file
from core.compare.per_class import confusions, per_class
from core.data import datasets
from core.data.checking import sha256
from core.data.listing import Unreadable
from core.errors import StoreError, ThawError
from core.method.evaluation import evaluate
from core.predict import labelled, pictures, whole
from core.predict.decided import Decided, alarm_count
from core.predict.labelled import beside_validation, learned_note
from core.predict.pictures import Found
from core.results import Evaluation, RunResult, to_plain
from core.statistics.paired import wilson_interval
from core.store import Store
from core.wording import words


@dataclass(frozen=True)
class Predicted:
    """What a run said of pictures, in their order; those that could not be read stand apart.

    Attributes:
        names, probabilities: Of the pictures read: float32 (n, classes), rows of sum 1.
        truths: Position of each one's class; None where it is not known, or nobody asked.
        unreadable: File and what is wrong with it.
        passed_over: Number of other files there.
        decided: The run's temperature and alarm, as far as there are any.
    """

    result: RunResult
    names: tuple[str, ...]
    probabilities: np.ndarray
    truths: tuple[int | None, ...]
    unreadable: tuple[tuple[str, str], ...]
    passed_over: int
    decided: Decided

    @property
    def calibrated(self) -> np.ndarray | None:
        """The probabilities as the run's temperature has them, float32 (n, classes); None without one."""
        return self.decided.calibrated(self.probabilities)

    @property
    def raised(self) -> np.ndarray | None:
        """Which pictures raise the alarm, bool (n,); None where none was noted."""
        return self.decided.raised(self.probabilities)

    @property
    def checked(self) -> Evaluation | None:
        """How it does on the pictures whose class is known; None where there are none."""
        known = [at for at, truth in enumerate(self.truths) if truth is not None]
        if not known:
            return None
        labels = np.array([self.truths[at] for at in known], np.int64)
        return evaluate(self.probabilities[known], labels, len(self.result.dataset.classes))


def predict(parsed) -> int:
    """0 where at least one picture could be read, 1 where none could. Raises ThawError for bad input."""
    store = Store()
    if parsed.json and parsed.csv == "-":
        raise StoreError("Standard output takes one of --json and --csv -.", fix="Give --csv a file.")
    key = run_key(store, parsed.run_key)
    result = store.load(key)
    with contextlib.ExitStack() as opened:
        found = pictures.find(parsed.pictures, opened)
        paths = [file.path for file in found.files]
        truths: Sequence[int | None] = [None] * len(paths)
        if parsed.labels == "folders":
            truths = labelled.truths(paths, result.dataset.classes)
        predicted = _predicted(store, result, found, truths)
        learned = _learned_from(store, result, found) if parsed.labels else 0
    if parsed.csv:
        _write_csv(predicted, parsed.csv)
    if parsed.json:
        print_json(as_plain(predicted, learned))
    elif parsed.csv != "-":
        _print(predicted, each=not parsed.csv)
    if note := learned_note(learned, len(found.files)):
        print(note, file=sys.stderr)
    for name, problem in predicted.unreadable[:NAMED]:
        print(f"  could not be read: {name}: {problem}", file=sys.stderr)
    if (more := len(predicted.unreadable) - NAMED) > 0:
        print(f"  and {more:,} more", file=sys.stderr)
    return 0 if predicted.names else 1


def _predicted(store: Store, result: RunResult, found: Found, truths: Sequence[int | None]) -> Predicted:
    config, levels = store.config(result.run_key), result.dataset.levels
    print("Opening the network…", file=sys.stderr)
    from core.method import device

    device.configure(device.fitting(config)[0])
    forward = whole.opened(store, result.run_key)
    kept: list[int] = []  # positions in `found.files`
    said: list[np.ndarray] = []
    bad = [(one.name, one.detail or one.reason) for one in found.passed_over if one.is_unreadable]
    at, total = 0, len(found.files)
    with ProgressBar(sys.stderr) as bar:
        for batch in pictures.decoded(found.files, config.data.image_size, levels):
            good = [one for one in batch if not isinstance(one, str)]
            if good:
                said.append(forward(np.stack(good)))
            kept += [at + n for n, one in enumerate(batch) if not isinstance(one, str)]
            bad += [(found.files[at + n].path, one) for n, one in enumerate(batch) if isinstance(one, str)]
            at += len(batch)
            bar("stage", name="looking_at_pictures", done=at, total=total)
    classes = len(result.dataset.classes)
    return Predicted(
        result=result,
        names=tuple(found.files[at].path for at in kept),
        probabilities=np.concatenate(said) if said else np.empty((0, classes), np.float32),
        truths=tuple(truths[at] for at in kept),
        unreadable=tuple(bad),
        passed_over=sum(not one.is_unreadable for one in found.passed_over),
        decided=_decided(store, result),
    )


def _decided(store: Store, result: RunResult) -> Decided:
    """The run's temperature and alarm; neither where it no longer has its predictions to fit them on."""
    classes = tuple(result.dataset.classes)
    try:
        found = decision_of(store, result)
    except StoreError:
        return Decided(classes)
    return Decided(classes, found.temperature and found.temperature.value, found.told)


def _learned_from(store: Store, result: RunResult, found: Found) -> int:
    """How many of the files the run was trained on; 0 where its own images are no longer here."""
    data = store.config(result.run_key).data
    with contextlib.suppress(ThawError):
        dataset = datasets.find(data.name, store.home)
        return labelled.learned_from(_digests(found), dataset, data)
    return 0


def _digests(found: Found) -> Iterator[str]:
    for file in found.files:
        with contextlib.suppress(Unreadable):
            yield sha256(file.content())


# What came out


def table(found: Predicted) -> pd.DataFrame:
    """A row a picture: image, the true class and whether it is right where that is known, the class named,
    and a probability a class; where the run has a temperature, calibrated ones, too, and where it has an
    alarm, whether it is raised; then a row with its problem for each that could not be read."""
    classes = np.array(found.result.dataset.classes, object)
    best = found.probabilities.argmax(axis=1)
    columns: dict[str, Any] = {"image": found.names}
    if found.checked is not None:
        known = found.truths
        columns["true class"] = ["" if truth is None else classes[truth] for truth in known]
        columns["right"] = [
            "" if truth is None else bool(truth == said) for truth, said in zip(known, best, strict=True)
        ]
    columns["predicted"] = classes[best]
    shares = {f"P({name})": found.probabilities[:, at] for at, name in enumerate(classes)}
    calibrated, raised = found.calibrated, found.raised
    if calibrated is not None:
        shares |= {f"calibrated P({name})": calibrated[:, at] for at, name in enumerate(classes)}
    if found.decided.alarm is not None and raised is not None:
        shares[f"alarm for {found.decided.alarm.class_name}"] = raised
    frame = pd.DataFrame(columns).assign(**shares)
    if not found.unreadable:
        return frame
    return pd.concat([frame, pd.DataFrame(found.unreadable, columns=["image", "problem"])], ignore_index=True)


def as_plain(found: Predicted, learned: int) -> dict[str, Any]:
    """The JSON answer. `labelled` is null where no class is known; what was not decided of the run, a
    temperature or an alarm, is not in it.

    Args:
        learned: How many of the pictures the run was trained on.
    """
    classes, checked = found.result.dataset.classes, found.checked
    each: list[dict[str, Any]] = [
        {
            "image": name,
            "predicted": classes[int(row.argmax())],
            "probabilities": [round(float(share), 6) for share in row],
            "true_class": None if truth is None else classes[truth],
        }
        for name, row, truth in zip(found.names, found.probabilities, found.truths, strict=True)
    ]
    decided: dict[str, Any] = {}
    if (calibrated := found.calibrated) is not None:
        decided["temperature"] = found.decided.temperature
        for row, shares in zip(each, calibrated, strict=True):
            row["calibrated"] = [round(float(share), 6) for share in shares]
    if (raised := found.raised) is not None:
        decided["alarm"] = to_plain(found.decided.alarm)
        for row, one in zip(each, raised, strict=True):
            row["alarm"] = bool(one)
    return {
        "run_key": found.result.run_key,
        "classes": list(classes),
        "predictions": each,
        "unreadable": [{"image": name, "problem": problem} for name, problem in found.unreadable],
        "other_files": found.passed_over,
        "labelled": None if checked is None else _labelled(checked, classes) | {"learned_from": learned},
        **decided,
    }


def _labelled(checked: Evaluation, classes: Sequence[str]) -> dict[str, Any]:
    rows = per_class(checked, classes).astype(object).where(lambda frame: frame.notna(), None)
    each = [
        {**row, "recall_interval": list(wilson_interval(row["right"], row["images"]))}
        for row in rows.to_dict("records")
    ]
    return {**to_plain(checked), "per_class": each}


def _print(found: Predicted, each: bool) -> None:
    result, classes = found.result, found.result.dataset.classes
    shares, raised = found.calibrated, found.raised
    for at, name in enumerate(found.names) if each else ():
        row = found.probabilities[at]
        share = float((row if shares is None else shares[at]).max())
        alarm = "  ALARM" if raised is not None and raised[at] else ""
        print(f"{name}  {classes[int(row.argmax())]}  {words.percent(share)}{alarm}")
    best = found.probabilities.argmax(axis=1)
    named = ", ".join(f"{name} {int((best == at).sum()):,}" for at, name in enumerate(classes))
    bad = f"; {words.plural(len(found.unreadable), 'file')} could not be read" if found.unreadable else ""
    others = f"; {words.plural(found.passed_over, 'other file')} passed over" if found.passed_over else ""
    print(f"{result.run_key}: {words.plural(len(found.names), 'picture')}: {named}{bad}{others}.")
    for said in found.decided.sentences():
        print(said)
    if raised is not None:
        print(alarm_count(found.decided, raised, found.truths))
    if (checked := found.checked) is not None:
        print(beside_validation(checked, result.last.validation))
        if unknown := len(found.names) - checked.n:
            print(f"{words.plural(unknown, 'picture')} in no folder of a class: not counted.")
        for name, counts in zip(classes, checked.confusion, strict=True):
            right, images = counts[classes.index(name)], sum(counts)
            interval = words.interval(*wilson_interval(right, images)) if images else "no images"
            print(f"  {name}: {right:,} of {images:,} found ({interval})")
        for row in confusions(checked, classes).head(NAMED).itertuples(index=False):
            print(f"  {row[0]} named {row[1]}: {row[2]:,}")


def _write_csv(found: Predicted, path: str) -> None:
    content = csv_file(table(found))
    if path == "-":
        print(content.decode("utf-8-sig"), end="")
        return
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        happened = f"{path} could not be written: {error.strerror or error}."
        raise StoreError(happened, fix="Give --csv another file.") from error
