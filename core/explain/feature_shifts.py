"""How far random transforms move a picture's pooled features, against the way to other pictures.

A distance is Euclidean, between pooled features (1280 numbers, what the head sees). Alone it says little,
so it is set against the distances between different pictures of one class: a transform that moves a
picture as far as that makes, for the network, another picture of it. NumPy and pandas only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.method.evaluation import predicted_classes
from core.statistics.means import mean_interval
from core.transforms import TRANSFORMS, AugmentationConfig
from core.wording import augmentation, words

SHIFT_IMAGES = 100  # images a ranking looks at
SHIFT_DRAWS = 2  # variants of each, a transform
TOGETHER = "all of yours together"


@dataclass(frozen=True)
class Transform:
    """One row of a ranking.

    Attributes:
        name: A key of `TRANSFORMS`, or `TOGETHER`.
        config: This transform alone.
        chosen: Whether it is on in the settings; if not, it is tried at its usual amount.
    """

    name: str
    config: AugmentationConfig
    chosen: bool

    def label(self, image_size: int) -> str:
        """Such as `rotation 0.2 turn · ±72°`; in brackets where the settings have it off."""
        if self.name == TOGETHER:
            return TOGETHER
        said = augmentation.said(self.config, image_size)
        return said if self.chosen else f"({said})"


def one_by_one(config: AugmentationConfig) -> list[Transform]:
    """Every transform alone, as the settings have it or at its usual amount, then all that are on."""
    found = []
    for name, about in TRANSFORMS.items():
        value = config.on.get(name, about.usual)
        alone = AugmentationConfig(**{name: value, "fill_mode": config.fill_mode})
        found.append(Transform(name, alone, name in config.on))
    if sum(transform.chosen for transform in found) > 1:
        found.append(Transform(TOGETHER, config, True))
    return found


def distances(pooled: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Euclidean distances of features (n, d) from one image's (d,), or row by row from (n, d): float64 (n,).

    Exactly 0 where they are equal bit by bit.
    """
    return np.linalg.norm(pooled.astype(np.float64) - origin.astype(np.float64), axis=1)


def answers(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The class that a network names for each image, int64 (n,), and its probability, float64 (n,).

    Args:
        probabilities: (n, classes), or (n, 1) and (n,) from one sigmoid unit: of the second class.
    """
    if probabilities.ndim == 2 and probabilities.shape[1] == 1:
        probabilities = probabilities[:, 0]
    named, sure = predicted_classes(probabilities), probabilities.astype(np.float64)
    if sure.ndim == 1:
        return named, np.where(named == 1, sure, 1 - sure)
    return named, sure.max(axis=1)


def between_images(pooled: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean distance over all pairs of different images of one class, and of two classes; NaN without pairs.

    Args:
        pooled: (n, d).
        labels: int (n,).
    """
    features = pooled.astype(np.float64)
    squared = (features**2).sum(axis=1)
    products = squared[:, None] + squared[None] - 2 * features @ features.T
    apart = np.sqrt(np.maximum(products, 0))
    first, second = np.triu_indices(len(labels), 1)
    same = labels[first] == labels[second]
    pairs = apart[first, second]
    means = [float(pairs[which].mean()) if which.any() else float("nan") for which in (same, ~same)]
    return means[0], means[1]


# One image


@dataclass(frozen=True)
class Shifts:
    """Variants of one image, as a network sees them.

    Attributes:
        frame: A row a variant: `variant` (its epoch, from 1), `drawn`, `distance`, `answer`, `probability`,
            `changed` (whether the answer is another than the original's), and `nearer`: share of the other
            images of the first group that lie nearer to the original than this variant does.
        others: Name of each group of other images -> their distances from the original, float64 (n,).
        answer, probability: What the network says of the original.
    """

    frame: pd.DataFrame
    others: dict[str, np.ndarray]
    answer: str
    probability: float


def shifts(
    epochs: Sequence[int],
    drawn: Sequence[str],
    pooled: np.ndarray,
    probabilities: np.ndarray,
    names: Sequence[str],
    others: dict[str, np.ndarray],
) -> Shifts:
    """What the network makes of an image and of its variants.

    Args:
        epochs, drawn: Of each variant, n of them.
        pooled: (n + 1, d); the original comes first, here and in `probabilities`.
        names: Of the classes that `probabilities` are about.
        others: Groups of other images, name -> pooled features (m, d); the first is the closest kin.
    """
    moved = distances(pooled[1:], pooled[0])
    named, sure = answers(probabilities)
    away = {name: distances(features, pooled[0]) for name, features in others.items()}
    kin = next((found for found in away.values() if len(found)), None)
    frame = pd.DataFrame(
        {
            "variant": list(epochs),
            "drawn": list(drawn),
            "distance": moved,
            "answer": [names[index] for index in named[1:]],
            "probability": sure[1:],
            "changed": named[1:] != named[0],
            "nearer": [np.nan if kin is None else float((kin < far).mean()) for far in moved],
        }
    )
    return Shifts(frame, away, names[int(named[0])], float(sure[0]))


def shift_notes(found: Shifts) -> list[str]:
    """What to notice about one image's variants."""
    frame = found.frame
    if not frame["distance"].any():
        return ["No variant moved at all: equal pixels give equal features, to the last bit."]
    far = frame.iloc[frame["distance"].argmax()]
    notes = [f"Variant {far['variant']} ({far['drawn']}) moved farthest, by {far['distance']:.1f}."]
    name, kin = next(iter(found.others.items()), ("", np.array([])))
    if len(kin):
        nearer = int((kin < far["distance"]).sum())
        notes.append(
            f"**{nearer:,} of {len(kin):,} {name} lie nearer to the original than this variant of itself.**"
            if nearer
            else f"Even so it is nearer than any of {len(kin):,} {name}; the nearest is {kin.min():.1f} away."
        )
    changed = int(frame["changed"].sum())
    notes.append(
        f"The answer changed for {changed} of {words.plural(len(frame), 'variant')}"
        + (": the label did not, and that is what training has to teach." if changed else ".")
    )
    return notes


# Many images


def ranking(
    transforms: Sequence[Transform], image_size: int, distance: np.ndarray, changed: np.ndarray, within: float
) -> pd.DataFrame:
    """Transforms by how far they move the features, the farthest first.

    Args:
        distance: float (transforms, images, draws), from each image as it is.
        changed: bool, of the same shape: whether the network's answer became another one.
        within: Mean distance between two images of one class: the unit of the result.

    Returns:
        A row a transform: `transform`, `chosen`, `shift` with its 95% interval over the images (`low`,
        `high`), `distance` (the mean, in no unit), `changed` and `looks` (variants with another answer, and
        all).
    """
    rows = []
    for transform, far, other in zip(transforms, distance, changed, strict=True):
        by_image = mean_interval(far.mean(axis=1) / within)
        rows.append(
            {
                "transform": transform.label(image_size),
                "chosen": transform.chosen,
                "shift": by_image.mean,
                "low": by_image.low,
                "high": by_image.high,
                "distance": float(far.mean()),
                "changed": int(other.sum()),
                "looks": int(other.size),
            }  # fmt: skip
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values("shift", ascending=False, kind="stable", ignore_index=True)


def ranking_notes(frame: pd.DataFrame, within: float, between: float) -> list[str]:
    """What to notice about a ranking."""
    alone = frame[frame["transform"] != TOGETHER]
    most, least = alone.iloc[0], alone.iloc[-1]
    notes = [
        f"**{_bare(most)}** moves a picture {most['shift']:.0%} of the way to another picture of its class, "
        f"**{_bare(least)}** {least['shift']:.0%}."
    ]
    if np.isfinite(between) and within:
        notes.append(f"(To a picture of another class it is {between / within:.0%}.)")
    turned = alone.iloc[(alone["changed"] / alone["looks"]).argmax()]
    if turned["changed"]:
        notes.append(
            f"The answer changed most often under {_bare(turned)}: for {turned['changed']:,} of "
            f"{turned['looks']:,} variants. What the network already looks past, training need not teach it."
        )
    else:
        notes.append("No transform alone changed a single answer.")
    return notes


def _bare(row: pd.Series) -> str:
    return str(row["transform"]).strip("()")
