"""How a network does on each class: precision, recall and F1, from its confusion matrix."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.results import Evaluation
from core.wording.words import percent

PLAIN_CHANGE = 0.05  # recall that moved less says nothing: a few images either way


def per_class(checked: Evaluation, classes: Sequence[str]) -> pd.DataFrame:
    """A row a class. Shares are in 0..1, and NaN where there is nothing to take a share of.

    Returns:
        Columns `class`; `images` of it; `predicted`, images called so; `right`, images of which both is
        true; `precision` = right / predicted (NaN for a class never predicted); `recall` = right / images
        (NaN for a class without images); `F1` = 2 right / (images + predicted), the harmonic mean of the
        two (NaN where neither is there), as in van Rijsbergen, Information Retrieval, 1979, chapter 7.
    """
    confusion = np.asarray(checked.confusion, np.float64)
    right, images, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    frame = pd.DataFrame({"class": list(classes)})
    for name, counts in (("images", images), ("predicted", predicted), ("right", right)):
        frame[name] = counts.astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        frame["precision"], frame["recall"] = right / predicted, right / images
        frame["F1"] = 2 * right / (images + predicted)
    return frame


def most_confused(checked: Evaluation, most: int) -> list[int]:
    """Positions of up to `most` classes, in their order: those most often taken for one another."""
    chosen: list[int] = []
    for true, predicted, _ in _mistakes(checked):
        new = [at for at in (true, predicted) if at not in chosen]
        if len(chosen) + len(new) > most:
            break
        chosen += new
    return sorted(chosen)


def confusions(checked: Evaluation, classes: Sequence[str]) -> pd.DataFrame:
    """A row for each class and what it was taken for, the commonest first: `true class`, `predicted` and
    `images`, from 1."""
    rows = [(classes[true], classes[predicted], number) for true, predicted, number in _mistakes(checked)]
    return pd.DataFrame(rows, columns=["true class", "predicted", "images"])


def _mistakes(checked: Evaluation) -> list[tuple[int, int, int]]:
    """(true, predicted, images) of every confusion there is, the commonest first."""
    counts = np.array(checked.confusion)
    np.fill_diagonal(counts, 0)
    true, predicted = np.nonzero(counts)
    order = np.argsort(-counts[true, predicted], kind="stable")
    return [(int(true[at]), int(predicted[at]), int(counts[true[at], predicted[at]])) for at in order]


def hardest_note(checked: Evaluation, classes: Sequence[str], name: str) -> str:
    """The class a network misses most, and what it takes it for; empty where it misses none."""
    frame = per_class(checked, classes)
    if (frame["right"] == frame["images"]).all():
        return ""
    at = int(frame["recall"].argmin())
    row, called = frame.iloc[at], np.array(checked.confusion[at])
    called[at] = 0
    instead = int(called.argmax())
    return (
        f"{name} finds {row['right']:,} of {row['images']:,} images of class {classes[at]} "
        f"({percent(row['recall'])}), its lowest recall; most often it says {classes[instead]} instead "
        f"({called[instead]:,})."
    )


def change_note(first: Evaluation, second: Evaluation, classes: Sequence[str]) -> str:
    """The class whose recall differs most between two networks; empty where none differs plainly."""
    before, after = (per_class(checked, classes)["recall"] for checked in (first, second))
    change = (after - before).abs()
    if not change.max() >= PLAIN_CHANGE:  # nor is it where no class has a recall: NaN
        return ""
    at = int(change.argmax())
    return (
        f"Recall differs most for class {classes[at]}: {percent(before[at])} with the first, "
        f"{percent(after[at])} with the second."
    )
