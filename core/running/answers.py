"""What finished runs answered, out of their arrays."""

from collections.abc import Iterable

import numpy as np

from core.data.watched import watched
from core.errors import StoreError
from core.method.evaluation import certainties, predicted_classes, right
from core.results import RunResult
from core.stages import Answers
from core.store import Store


def stored_right(store: Store, run_key: str, phase: str, split: str) -> np.ndarray:
    """Of each image of a split, in its order, whether a phase ended with the right answer: bool, (n,).

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    said, true = f"{phase}/{split}", f"labels/{split}"
    arrays = store.arrays(run_key, (said, true))
    try:
        return right(arrays[said], arrays[true])
    except KeyError as error:
        raise StoreError(f"Run {run_key} keeps no predictions of {phase}.", fix="Run it again.") from error


def right_of_runs(store: Store, rows: Iterable[Iterable[RunResult]], split: str) -> np.ndarray:
    """`stored_right` of runs as they ended, those of a row on one seed each: bool, (rows, seeds, n).

    Raises:
        StoreError: the arrays of one are missing.
    """
    return np.stack([
        np.stack([stored_right(store, run.run_key, run.last.name, split) for run in row]) for row in rows
    ])  # fmt: skip


def stored_answers(store: Store, run_key: str, phase: str) -> Answers:
    """What a finished run says of the watched images after one of its phases, whatever its log holds.

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    arrays, result = store.arrays(run_key), store.load(run_key)
    try:
        probabilities, labels = arrays[f"{phase}/validation"], arrays["labels/validation"]
        record = next(found for found in result.phases if found.name == phase)
    except (KeyError, StopIteration) as error:
        raise StoreError(f"Run {run_key} keeps no predictions of {phase}.", fix="Run it again.") from error
    seen = probabilities[watched(labels)]
    sure = tuple(float(share) for share in certainties(seen))
    return Answers(phase, record.stands.epoch, tuple(predicted_classes(seen).tolist()), sure)
