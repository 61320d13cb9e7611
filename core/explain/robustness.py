"""Outside the test set: the validation images in other light, blurred, noisy, as JPEG, cropped, and another
folder's, before a frozen network, a fine-tuned one and one that was fine-tuned at once with a random head.

After Kumar and others, "Fine-tuning can distort pretrained features and underperform out-of-distribution"
(ICLR 2022): tuning everything at once from a random head does better inside and worse outside than a linear
probe on frozen features, and probing first, then tuning, mends it. Their shifts are other data sets; here
they are `core.method.corruptions` of the same images, and a second labelled folder where there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core import layers
from core.config import DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset, split
from core.errors import ConfigError, DatasetError
from core.explain import tails
from core.explain.before_after import weights_of
from core.explain.studies import Context, Kind
from core.method import corruptions
from core.method.corruptions import CORRUPTIONS, STRENGTHS
from core.method.evaluation import certainties, right
from core.results import PhaseResult
from core.running import price
from core.statistics.gain import paired_gain
from core.statistics.means import mean_interval
from core.statistics.paired import compare, wilson_interval
from core.store import Store

FEW = 200  # images that are enough for a first look
CAMERA = "camera"  # a second labelled folder, beside the names of `CORRUPTIONS`
FROZEN, TUNED, AT_ONCE = "frozen", "tuned", "at_once"
VARIANTS = 1 + len(CORRUPTIONS) * len(STRENGTHS)


@dataclass(frozen=True)
class Claim:
    """What Kumar and others report, in points of accuracy, as their abstract has it.

    Attributes:
        first, second: Whose accuracy is taken from whose.
        outside: Under shift, else on images as they are.
    """

    second: str
    first: str
    outside: bool
    points: float


CLAIMS = (
    Claim(AT_ONCE, FROZEN, False, 2.0),
    Claim(AT_ONCE, FROZEN, True, -7.0),
    Claim(TUNED, AT_ONCE, False, 1.0),
    Claim(TUNED, AT_ONCE, True, 10.0),
)


def _images(counts: int, options: dict[str, Any]) -> int:
    return min(counts, options.get("images") or counts)


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    images = _images(len(split(dataset, config.data)["validation"]), options) * VARIANTS
    work = layers.macs(config.data.image_size)[layers.boundary(config.fine_tuning.unfreeze_from) :]
    networks = 2 + bool(options.get("at_once"))
    below = price.predict_forward(config, dataset, store, images)
    return below + tails.forward_seconds(config, store, networks * images * sum(work))


KIND = Kind(
    title="Outside the test set", version=1, parts=("data",), images=lambda counts, options: 0, price=_price
)


def at_once_config(config: ExperimentConfig) -> ExperimentConfig:
    """The same recipe with a random head: no frozen phase, and as many epochs of fine-tuning in all."""
    epochs = config.feature_extraction.epochs + config.fine_tuning.epochs
    return replace(
        config,
        feature_extraction=replace(config.feature_extraction, epochs=0),
        fine_tuning=replace(config.fine_tuning, epochs=epochs),
    )


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`; `at_once` (key of the run by `at_once_config`, empty without one); `images` (the first
    so many validation images; 0 for all); `folder` (name of a second data set with the same classes, empty
    without one) and `folder_key` (its content).

    Returns:
        record: `images`; `networks`, those that were asked, of `frozen`, `tuned` and `at_once`; `rows`, one a
            network, kind and strength (`""` and 0: as they are): `network`, `kind`, `strength`, `n`,
            `accuracy`, `interval` (Wilson 95%), `lost` and `lost_interval` (against the same images as they
            are, paired; None for the images as they are and for a second folder), `confidence` (mean
            probability of the class named) and `gap` (that less accuracy: above 0 it is too sure);
            `as_stored`: `largest`, `same_bits` and `same_classes` of the images as they are against the
            stored predictions of the run (an incomplete last batch may change last bits); `claims`, a row
            for each of `CLAIMS` whose networks are there: `second`, `first`, `outside`, `published`
            (points), `points`, `low`, `high` (95%, paired) and `direction` (`same`, `other` or `unknown`).
        arrays: `right` bool (networks, variants, images), in the order of `rows`; `positions` int64.

    Raises:
        ConfigError: the run thawed nothing pretrained; the other run was trained on other images or thawed
            from elsewhere.
        DatasetError: the second folder is not there or has other classes.
        StoreError: a run is gone.
    """
    run_key, options = context.options["run"], context.options
    result = context.store.load(run_key)
    phase = tails.require_thawed(context.store.config(run_key), result)
    splits, boundary = context.splits, tails.path_boundary(phase)
    positions = splits.validation[: _images(len(splits.validation), options)]
    both = weights_of(context.store, run_key, phase)
    networks = {} if both.head_before is None else {FROZEN: (both.before, both.head_before)}
    networks[TUNED] = (both.after, both.head_after)
    if options.get("at_once"):
        other = weights_of(context.store, options["at_once"], _checked(context, result, phase))
        networks[AT_ONCE] = (other.after, other.head_after)
    sources = _sources(splits, positions)
    if options.get("folder"):
        sources.append(_camera(context, options["folder"]))
    said = _answers(context, phase, boundary, networks, sources)
    stored = context.store.arrays(run_key)[f"{phase.name}/validation"][: len(positions)]
    rows, correct = _rows(said, sources)
    record = {
        "images": len(positions),
        "networks": list(networks),
        "rows": rows,
        "as_stored": tails.difference(said[TUNED][0], stored),
        "claims": _claims(correct),
    }
    kept = np.stack([np.stack(each) for each in correct.values()])
    return record, {"right": kept, "positions": positions}


def _checked(context: Context, result, phase: PhaseResult) -> PhaseResult:
    """The phase of the run that was tuned at once. Raises ConfigError where it cannot stand beside."""
    other = context.store.load(context.options["at_once"])
    same = other.dataset.split_key == result.dataset.split_key
    if not same or other.last.unfreeze_from != phase.unfreeze_from or len(other.phases) > 1:
        raise ConfigError(
            "The run that was tuned at once is not of the same images and layers, or had a frozen phase.",
            "Expected the same recipe without its frozen phase.", "Train that one.", field="at_once",
        )  # fmt: skip
    return other.last


# The pictures


@dataclass(frozen=True)
class Source:
    """Pictures that all networks look at.

    Attributes:
        pixels: Makes those of some rows, uint8 (m, s, s, 3).
        labels: int64 (n,).
        paired: Whether they are the validation images, in their order.
    """

    kind: str
    strength: int
    pixels: Callable[[slice], np.ndarray]
    labels: np.ndarray
    paired: bool = True


def _sources(splits, positions: np.ndarray) -> list[Source]:
    """The images as they are, then every kind at every strength."""
    ids, labels = splits.image_ids[positions], splits.labels[positions]

    def made(kind: str, strength: int) -> Source:
        def pixels(rows: slice) -> np.ndarray:
            return corruptions.corrupt(splits.pixels[positions[rows]], kind, strength, ids[rows])

        return Source(kind, strength, pixels, labels)

    return [made("", 0), *(made(kind, strength) for kind in CORRUPTIONS for strength in STRENGTHS)]


def _camera(context: Context, name: str) -> Source:
    """The images of a second data set, by the classes of the first. Raises DatasetError."""
    home, config, key = context.store.home, context.config, context.options.get("folder_key")
    versions = (one for one in datasets.versions(name, home) if one.key == key)  # as whoever asked has it
    other = next(versions, None) or datasets.find(name, home)
    require_same_classes(context.dataset.classes, other.classes)
    data = DataConfig(name=name, image_size=config.data.image_size)
    found = datasets.load(data, home, context.log, context.log.should_stop, other)
    positions = found.used[: context.options.get("images") or None]
    place = {label: context.dataset.classes.index(name) for label, name in enumerate(other.classes)}
    labels = np.array([place[int(label)] for label in found.labels[positions]])
    return Source(CAMERA, 1, lambda rows: found.pixels[positions[rows]], labels, paired=False)


def require_same_classes(here: tuple[str, ...], there: tuple[str, ...]) -> None:
    """Raises DatasetError where a second folder's classes are not among those that the run learned."""
    strange = sorted(set(there) - set(here))
    if strange:
        raise DatasetError(
            f"The second folder has classes that this run never learned: {', '.join(strange[:5])}.",
            f"Expected only {', '.join(here[:10])}.", "Choose a folder with the same classes.",
            field="folder",
        )  # fmt: skip


def _answers(
    context: Context,
    phase: PhaseResult,
    boundary: int,
    networks: dict,
    sources: list[Source],
) -> dict[str, list[np.ndarray]]:
    """Network -> what it says of each source; all share what lies below the cut."""
    steps, head = tails.steps_of(context, phase), tails.head_step(context)
    ready = {
        name: ([step.weights(body) for step in steps], tails.in_one(own))
        for name, (body, own) in networks.items()
    }
    found: dict[str, list[np.ndarray]] = {name: [] for name in networks}
    for number, source in enumerate(sources):
        images = len(source.labels)
        rows = tails.computed(context, boundary, source.pixels, images)
        for name, (weights, own) in ready.items():
            found[name].append(tails.predictions(context, [*steps, head], [*weights, own], rows, images))
        context.log("stage", name="changes_looked_at", done=number + 1, total=len(sources))
    return found


# Numbers


def _rows(
    said: dict[str, list[np.ndarray]], sources: list[Source]
) -> tuple[list[dict[str, Any]], dict[str, list[np.ndarray]]]:
    """The record's rows, and which validation images each network got right, by source."""
    rows, correct = [], {}
    for name, answers in said.items():
        hits = [right(each, source.labels) for each, source in zip(answers, sources, strict=True)]
        for each, hit, source in zip(answers, hits, sources, strict=True):
            sure = float(certainties(each).astype(np.float64).mean())
            row = {
                "network": name,
                "kind": source.kind,
                "strength": source.strength,
                "n": len(hit),
                "accuracy": float(hit.mean()),
                "interval": list(wilson_interval(int(hit.sum()), len(hit))),
                "lost": None,
                "lost_interval": None,
                "confidence": sure,
                "gap": sure - float(hit.mean()),
            }
            if source.paired and source.strength:
                lost = paired_gain(compare(hit, hits[0]))
                row |= {"lost": lost.gain, "lost_interval": [lost.low, lost.high]}
            rows.append(row)
        correct[name] = [hit for hit, source in zip(hits, sources, strict=True) if source.paired]
    return rows, correct


def _claims(correct: dict[str, list[np.ndarray]]) -> list[dict[str, Any]]:
    """Each published difference beside ours; under shift the mean over all changes, image by image."""
    found = []
    for claim in CLAIMS:
        if claim.first not in correct or claim.second not in correct:
            continue
        which = slice(1, None) if claim.outside else slice(0, 1)
        second, first = (
            np.mean(np.stack(correct[name][which]), axis=0) for name in (claim.second, claim.first)
        )
        mean = mean_interval(second - first)
        direction = "unknown"
        if mean.low > 0 or mean.high < 0:
            direction = "same" if (mean.mean > 0) == (claim.points > 0) else "other"
        found.append(
            {
                "second": claim.second,
                "first": claim.first,
                "outside": claim.outside,
                "published": claim.points,
                "points": 100 * mean.mean,
                "low": 100 * mean.low,
                "high": 100 * mean.high,
                "direction": direction,
            }
        )
    return found
