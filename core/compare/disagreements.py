"""Image by image: what one network fixes and breaks against another, and the worst mistakes of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compare.networks import Compared
from core.method.evaluation import predicted_classes
from core.wording.words import percent, plural

FIXED, BROKE, BOTH_WRONG = "fixed", "broke", "both wrong"
WORST_FIRST, WORST_SECOND, ALL = "worst of the first", "worst of the second", "all"


@dataclass(frozen=True, eq=False)
class Predictions:
    """What one network says of every image of a split, in the order of the split.

    Attributes:
        labels: int64 (n,), the true classes.
        predicted: int64 (n,), the classes it names.
        probabilities: float32 (n, classes), rows of sum 1.
    """

    labels: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> "Predictions":
        """From stored probabilities, (n, classes), or (n,) of the second of two classes."""
        predicted = predicted_classes(probabilities)
        if probabilities.ndim == 1:
            probabilities = np.stack([1 - probabilities, probabilities], axis=1)
        return cls(labels, predicted, probabilities)

    def at(self, rows: np.ndarray) -> "Predictions":
        """Of some of the images, in the order of `rows`, int64 (m,)."""
        return Predictions(self.labels[rows], self.predicted[rows], self.probabilities[rows])

    @property
    def right(self) -> np.ndarray:
        """bool (n,)."""
        return self.predicted == self.labels

    @property
    def confidence(self) -> np.ndarray:
        """float32 (n,), the probability given to the class it names: above 0, at most 1."""
        return self.probabilities[np.arange(len(self.labels)), self.predicted]


def probability_words(probability: float) -> str:
    """`93%`; `over 99%` and `under 1%` at the ends, because a softmax never says 0 or 1."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"


def groups(first: Predictions, second: Predictions | None = None) -> dict[str, np.ndarray]:
    """Rows, int64, of the images in each group, the most confident mistake first.

    Returns:
        `FIXED` (the first wrong, the second right), `BROKE` (the other way round), `BOTH_WRONG`,
        `WORST_FIRST` and `WORST_SECOND` (all mistakes of each), and `ALL` images in the split's order. Of
        one network alone: `WORST_FIRST` and `ALL`.

    Raises:
        ValueError: they are not about the same images.
    """
    worst = {WORST_FIRST: _surest_first(~first.right, first.confidence)}
    everything = {ALL: np.arange(len(first.labels))}
    if second is None:
        return worst | everything
    if not np.array_equal(first.labels, second.labels):
        raise ValueError("Predictions of different images cannot be paired.")
    apart = {
        FIXED: _surest_first(~first.right & second.right, first.confidence),
        BROKE: _surest_first(first.right & ~second.right, second.confidence),
        BOTH_WRONG: _surest_first(~first.right & ~second.right, first.confidence + second.confidence),
    }
    worst[WORST_SECOND] = _surest_first(~second.right, second.confidence)
    return apart | worst | everything


def _surest_first(chosen: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(-confidence[rows], kind="stable")]


# What to notice


def shared_mistakes_note(first: Predictions, second: Predictions) -> str:
    """How often two networks that are both wrong give the same wrong answer; empty if they never are."""
    both = ~first.right & ~second.right
    if not both.any():
        return ""
    same = int((first.predicted == second.predicted)[both].sum())
    total = int(both.sum())
    if first.probabilities.shape[1] == 2:
        return (
            f"{plural(total, 'image')} defeated both: with two classes they are wrong in the same way, and "
            "such images deserve a look at their label."
        )
    note = (
        f"Of the {plural(total, 'image')} that both get wrong, both give the same wrong answer for {same:,}"
    )
    if 2 * same > total:
        return f"{note}: such pictures are hard, or labelled doubtfully, rather than unlucky."
    return f"{note}; for the others they err in different ways."


def confidence_note(one: Predictions, name: str) -> str:
    """How sure a network is when right and when wrong; empty if it is never wrong or never right."""
    right = one.right
    if right.all() or not right.any():
        return ""
    sure, wrong = one.confidence[right].mean(), one.confidence[~right].mean()
    high = int((one.confidence[~right] >= 0.9).sum())
    return (
        f"{name} gives the class it names {percent(sure)} on average when right and {percent(wrong)} when "
        f"wrong; {high:,} of its {plural(int((~right).sum()), 'mistake')} come with 90% or more."
    )


def commonest_mix_up(one: Predictions, rows: np.ndarray, classes: Sequence[str]) -> str:
    """Of some images a network gets wrong, the commonest pair of true and predicted class, in words."""
    if not len(rows):
        return ""
    pairs = one.labels[rows] * len(classes) + one.predicted[rows]
    counts = np.bincount(pairs)
    at = int(counts.argmax())
    true, said = divmod(at, len(classes))
    return f"{classes[true]} taken for {classes[said]} ({counts[at]:,} of {len(rows):,})"


def short_names(first: Compared, second: Compared) -> tuple[str, str]:
    """What to call two networks on a tile: by their runs' letters, or by phase where it is one run."""
    if first.run.run_key == second.run.run_key:
        return _WHEN[first.phase.name], _WHEN[second.phase.name]
    return first.letter, second.letter


_WHEN = {"feature_extraction": "Frozen", "fine_tuning": "Fine-tuned", "from_scratch": "From scratch"}
