"""Confident learning, and how far to believe it on these very images. No TensorFlow.

C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating uncertainty in dataset labels" (JAIR
2021), by its authors' library, cleanlab: a label looks wrong where heads that never saw the image give
another class more than that class's images usually get.

The trial. Some of the labels, drawn at random, are flipped to another class at random, all heads are trained
anew, and the flipped ones are looked for: `ROUNDS` times, by turns `SHARE` and `MORE` of all labels. The more
labels are wrong, the more of them are pruned and so found, and flips come on top of those that are wrong
already. So what is found of flips is carried back along a line through both to where none are added
(simulation and extrapolation: J. Cook and L. Stefanski, JASA 1994). A wrong label that is flipped may become
right again, which is no flip to be found: that share is taken off. How many of the labels that look wrong are
wrong cannot be counted, but estimated: flips show what wrong labels look like. Among the labels nobody
flipped, let u be the share of those at least as suspicious as a share q of the flips. All of them may be
right labels that look wrong, so at most u / q of all labels are wrong: the mixture bound of G. Blanchard, G.
Lee and C. Scott ("Semi-supervised novelty detection", JMLR 2010), taken at the q where its upper end is
lowest. It holds as far as real mistakes look like random ones; classes that people mix up, since they look
alike, are harder to find.
"""

import warnings
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.explain.folds import FOLDS, assign
from core.explain.projection import pca

COMPONENTS = 128  # principal components of the 1280 features: a tenth of the time, and no worse at finding
PENALTY = 0.03  # scikit-learn's C, for components of variance 1 on average
MOST_STEPS = 300  # of the solver
SHARE = 0.05  # of the labels flipped in every other round of the trial
MORE = 0.10  # and in those between
ROUNDS = 10
QUANTILES = np.arange(0.1, 1.01, 0.1)  # q, above
DEVIATIONS = 1.96  # of a 95% interval


@dataclass(frozen=True)
class Share:
    """A share with its 95% interval, all 0..1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Trial:
    """What the trial on flipped labels says.

    Attributes:
        flipped: Labels flipped in every other one of `rounds`; twice as many in those between.
        found: Of flips that come on top of none, how many are found; the interval is for as many as
            `flipped`.
        right: Of the labels that look wrong where nothing was flipped, how many are wrong.
    """

    flipped: int
    rounds: int
    found: Share
    right: Share

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Trial":
        """From those."""
        shares = {name: Share(**plain[name]) for name in ("found", "right")}
        return cls(plain["flipped"], plain["rounds"], **shares)


@dataclass(frozen=True)
class Looked:
    """Of n images.

    Attributes:
        pointed: bool (n,), whether the label looks wrong.
        own: float64 (n,), probability of the image's label by a head that never saw it.
        said, sure: The class that this head names, int64 (n,), and its probability.
        folds: int64 (n,): the head that judged an image learned from the other folds.
    """

    pointed: np.ndarray
    own: np.ndarray
    said: np.ndarray
    sure: np.ndarray
    folds: np.ndarray
    trial: Trial


def reduced(pooled: np.ndarray) -> np.ndarray:
    """The `COMPONENTS` first principal components of features, float (n, d), of variance 1 on average. No
    label is looked at, so images to be judged may be among them."""
    points = pca(pooled, min(COMPONENTS, *pooled.shape)).points
    return points / max(float(points.std()), 1e-12)


def look(
    features: np.ndarray, labels: np.ndarray, ids: np.ndarray, classes: int, told: Callable[[int], None]
) -> Looked:
    """Which labels look wrong, and the trial.

    Args:
        features: As `reduced` gives them.
        labels: int64 (n,), below `classes`.
        ids: uint64 (n,); copies of one image share one.
        told: Called with the number of heads trained so far; may raise to stop.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # these matrices are small: threads would only wait for one another
        folds = assign(ids, labels, 0)
        probabilities = out_of_fold(features, labels, folds, classes, told)
        pointed, rounds = looks_wrong(labels, probabilities), []
        random = np.random.default_rng(zlib.crc32(labels.tobytes()))  # other labels, other flips
        for number in range(1, ROUNDS + 1):
            flipped, planted = plant(labels, classes, random, SHARE if number % 2 else MORE)
            dealt = assign(ids, planted, number)
            said = out_of_fold(
                features, planted, dealt, classes, lambda done, before=FOLDS * number: told(before + done)
            )
            rounds.append((flipped, looks_wrong(planted, said), _of(said, planted)))
    best = probabilities.argmax(axis=1)
    return Looked(
        pointed, _of(probabilities, labels), best, _of(probabilities, best), folds,
        _trial(rounds, int(pointed.sum()), classes),
    )  # fmt: skip


def out_of_fold(
    features: np.ndarray, labels: np.ndarray, folds: np.ndarray, classes: int, told: Callable[[int], None]
) -> np.ndarray:
    """Each image's probabilities, float64 (n, classes), by a head that learned from the other folds alone."""
    from sklearn.linear_model import LogisticRegression

    found = np.zeros((len(labels), classes))
    for fold in range(FOLDS):
        told(fold)
        learned, judged = folds != fold, np.flatnonzero(folds == fold)
        if not len(judged):
            continue
        if len(known := np.unique(labels[learned])) == 1:
            found[judged, known[0]] = 1.0
            continue
        head = LogisticRegression(C=PENALTY, max_iter=MOST_STEPS).fit(features[learned], labels[learned])
        found[np.ix_(judged, head.classes_)] = head.predict_proba(features[judged])
    return found


def looks_wrong(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """bool (n,): the labels that confident learning would prune, by noise rate."""
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():  # a class with one or two images: none of them looks wrong
        warnings.filterwarnings("ignore", "May not flag all label issues", UserWarning)
        return find_label_issues(labels, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)


def plant(
    labels: np.ndarray, classes: int, random: np.random.Generator, share: float = SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Flip a share of the labels, one at least: which, bool (n,), and all labels after that, int64 (n,)."""
    flipped = np.zeros(len(labels), bool)
    flipped[random.choice(len(labels), max(1, round(share * len(labels))), replace=False)] = True
    steps = random.integers(1, classes, len(labels))
    return flipped, np.where(flipped, (labels + steps) % classes, labels)


def _of(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(labels)), labels]


def _trial(rounds: list[tuple[np.ndarray, np.ndarray, np.ndarray]], pointed: int, classes: int) -> Trial:
    """From each round's (flipped, looks wrong, probability of its label), all (n,), and the number of labels
    that look wrong where nothing was flipped."""
    few, many = rounds[::2], rounds[1::2]
    found, wrong = _found(_Found.of(few), _Found.of(many)), _wrong(few)
    # a label that was wrong may be flipped back; where classes run into each other the bound is far too high
    kept = 1 - min(SHARE, wrong[0] / len(few[0][0])) / (classes - 1)
    found = Share(*(min(1.0, share / kept) for share in (found.share, found.low, found.high)))
    right = np.clip(found.share * wrong / pointed, 0, 1) if pointed else np.zeros(3)
    return Trial(int(few[0][0].sum()), len(rounds), found, Share(*right.tolist()))


@dataclass(frozen=True)
class _Found:
    """Of rounds that flipped as many: share found on average, its variance from round to round, how many
    rounds. Chance decides which labels are flipped, so it varies at least as a binomial share does."""

    mean: float
    variance: float
    rounds: int

    @classmethod
    def of(cls, rounds: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> "_Found":
        counts, flipped = [int((where & wrong).sum()) for where, wrong, _ in rounds], rounds[0][0].sum()
        shares = np.array(counts) / flipped
        shrunk = (sum(counts) + 0.5) / (len(counts) * flipped + 1)  # never quite 0 or 1
        least = shrunk * (1 - shrunk) / flipped
        return cls(float(shares.mean()), float(max(shares.var(ddof=1), least)), len(counts))


def _found(few: _Found, many: _Found) -> Share:
    """The share found where none are added, on the line through both, and the 95% prediction interval of as
    many flips as `few` had (Student's t)."""
    from scipy.special import stdtrit  # a tenth of a second to import: not at start-up

    beyond = SHARE / (MORE - SHARE)
    mean = float(np.clip((1 + beyond) * few.mean - beyond * many.mean, 0, 1))
    spread = (1 + beyond) ** 2 * few.variance / few.rounds + beyond**2 * many.variance / many.rounds
    freedom = few.rounds + many.rounds - 2
    half = float(stdtrit(freedom, 0.975) * np.sqrt(spread + few.variance))
    return Share(mean, max(0.0, mean - half), min(1.0, mean + half))


def _wrong(rounds: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """How many of all labels are wrong, by the mixture bound: float64 (3,), with the ends of its interval."""
    of_flips = np.concatenate([own[where] for where, _, own in rounds])
    of_others = np.sort(np.concatenate([own[~where] for where, _, own in rounds]))
    as_suspicious = np.searchsorted(of_others, np.quantile(of_flips, QUANTILES), "right") / len(rounds)
    wrong, spread = as_suspicious / QUANTILES, DEVIATIONS * np.sqrt(as_suspicious + 1) / QUANTILES
    at = int(np.argmin(wrong + spread))
    return np.maximum([wrong[at], wrong[at] - spread[at], wrong[at] + spread[at]], 0)
