"""What tearing groups apart would have pretended: the same heads tested on torn and on whole groups.

Every image is tested once in either way, by a head that learned from four fifths of the images: once dealt
into folds one by one, so that a tile is tested by a head that has seen its neighbours, and once by whole
groups. Both are about the same images, so the difference is paired. Heads are logistic regressions on stored
features (`core.explain.confident`), which takes seconds.

Answers on images of one group are alike, so intervals come from drawing whole groups anew (the cluster
bootstrap: A. Davison and D. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.explain import confident, trained
from core.explain.folds import FOLDS, assign, groups_in_use
from core.explain.studies import Context, Kind, Study
from core.explain.suspects import HEAD_SECONDS, MOST_IMAGES
from core.group_rules import EXPECTED
from core.running import price
from core.store import Store
from core.wording import words

DRAWS = 2000  # of groups, for the intervals
_AT_ONCE = 100


def study_of(config: ExperimentConfig, dataset: Dataset) -> Study:
    """The question for the groups, image size and split seed of `config`, whatever its number of images."""
    limit = MOST_IMAGES if len(dataset.items) > MOST_IMAGES else None
    size, seed, groups = config.data.image_size, config.data.split_seed, config.data.groups
    data = DataConfig(config.data.name, size, limit, split_seed=seed, groups=groups)
    return Study("torn", replace(config, data=data))


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    n = min(len(dataset.items), MOST_IMAGES)
    heads = 2 * FOLDS * n * confident.COMPONENTS * (len(dataset.classes) + 1) * HEAD_SECONDS
    return price.predict_forward(config, dataset, store, n) + heads


KIND = Kind(
    title="Groups torn and kept together",
    version=1,
    parts=("data", "base"),
    images=lambda counts, options: 0,
    price=_price,
)


@dataclass(frozen=True)
class Torn:
    """Of `images` in `groups`, each way: how many are right, and the 95% interval of the accuracy, 0..1; and
    of the accuracy with groups torn less the one with groups kept together."""

    images: int
    groups: int
    torn: int
    torn_interval: tuple[float, float]
    kept: int
    kept_interval: tuple[float, float]
    difference_interval: tuple[float, float]

    @classmethod
    def of(cls, record: dict[str, Any]) -> Torn:
        """From a study's record."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        return cls(**values)


def compute(context: Context) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Options: none.

    Returns:
        record: a `Torn`, as JSON values.
        arrays: of all images in use, `image_ids` and `groups` uint64 (n,), `torn` and `kept` bool (n,): which
            were right.

    Raises:
        ConfigError: there are no groups.
        DatasetError: a class has too few groups for five folds.
    """
    from threadpoolctl import threadpool_limits

    splits, seed = context.splits, context.config.data.split_seed
    used = splits.used
    labels, ids, groups = splits.labels[used], splits.image_ids[used], groups_in_use(context)
    if groups is None:
        raise ConfigError(
            "data.groups is none: nothing would be torn.", f"Expected {EXPECTED}.", "Take a rule.",
            field="data.groups",
        )  # fmt: skip
    dealt = {"torn": assign(ids, labels, seed), "kept": assign(ids, labels, seed, groups)}
    features = confident.reduced(trained.pooled_features(context, used, None))
    right: dict[str, np.ndarray] = {}
    with threadpool_limits(1):  # as in `confident.look`

        def told(done: int) -> None:
            context.log.check_stop()
            context.log("stage", name="heads", done=FOLDS * len(right) + done, total=2 * FOLDS)

        for way, folds in dealt.items():
            said = confident.out_of_fold(features, labels, folds, len(splits.classes), told)
            right[way] = said.argmax(axis=1) == labels
    _, group = np.unique(groups, return_inverse=True)
    low_high = intervals(right["torn"], right["kept"], group)
    record = {
        "images": len(used),
        "groups": int(group.max()) + 1,
        **{way: int(found.sum()) for way, found in right.items()},
        **{f"{what}_interval": list(ends) for what, ends in low_high.items()},
    }
    return record, {"image_ids": ids, "groups": groups, **right}


def intervals(torn: np.ndarray, kept: np.ndarray, group: np.ndarray) -> dict[str, tuple[float, float]]:
    """95% intervals of both accuracies and of their difference, by `DRAWS` draws of whole groups.

    Args:
        torn, kept: bool (n,), whether an image was right.
        group: int64 (n,), from 0.
    """
    groups, random = int(group.max()) + 1, np.random.default_rng(0)
    sums = np.zeros((groups, 3))
    np.add.at(sums, group, np.stack([np.ones(len(group)), torn, kept], axis=1))
    drawn = np.concatenate([
        random.multinomial(groups, np.full(groups, 1 / groups), size=_AT_ONCE) @ sums
        for _ in range(DRAWS // _AT_ONCE)
    ])  # fmt: skip
    shares = drawn[:, 1:] / drawn[:, :1]
    each = {"torn": shares[:, 0], "kept": shares[:, 1], "difference": shares[:, 0] - shares[:, 1]}
    return {
        what: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
        for what, values in each.items()
    }


def sentences(found: Torn) -> list[str]:
    """What came out, and what it means."""
    torn, kept = found.torn / found.images, found.kept / found.images
    low, high = (100 * end for end in found.difference_interval)
    said = (
        f"Torn: {words.percent(torn)} (95% interval {words.interval(*found.torn_interval)}), kept together: "
        f"{words.percent(kept)} ({words.interval(*found.kept_interval)}), on the same {found.images:,} "
        f"images in {found.groups:,} groups."
    )
    apart = f"{words.points_apart(torn, kept)} (95% interval {low:+.1f} to {high:+.1f})"
    if low > 0:
        meant = (
            f"Torn groups would have pretended {apart}: a network would have been tested on images whose "
            "siblings it had learned from."
        )
    elif high < 0:
        meant = f"Torn groups would have flattered nothing here: {apart}."
    else:
        meant = f"Whether tearing them would have pretended anything cannot be told: {apart}."
    return [said, meant]
