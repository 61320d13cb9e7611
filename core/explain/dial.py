"""A dial from the pretrained network to the fine-tuned one: the weights in between, and a little beyond.

After Wortsman and others, "Robust fine-tuning of zero-shot models" (CVPR 2022, WiSE-FT), who mix the weights
of a zero-shot and a fine-tuned network, (1 - a) p + a q. Their zero-shot head comes from texts; here the dial
begins at the pretrained backbone with the head of the frozen phase. Their networks (CLIP's transformers) hold
no BatchNorm; here its mean and variance are mixed as well, or estimated anew from training images with the
mixed weights, as `update_bn` does for averaged weights (Izmailov and others, "Averaging weights leads to
wider optima and better generalization", UAI 2018).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import layers
from core.config import ExperimentConfig
from core.data.datasets import Dataset, split
from core.errors import ConfigError, one_of
from core.explain import converted, mixes, tails
from core.explain.before_after import FROZEN, Both, weights_of
from core.explain.converted import Converted
from core.explain.estimating import Estimating
from core.explain.mixes import MIXES
from core.explain.studies import Context, Kind
from core.method import corruptions
from core.method.converted_file import LayerWeights
from core.method.evaluation import right
from core.results import PhaseResult
from core.running import price
from core.statistics.holm import holm
from core.statistics.paired import SIGNIFICANCE, compare, wilson_interval
from core.store import Store

STATISTICS = ("mixed", "estimated")
STRENGTH = 2  # of `corruptions.STRENGTHS`, under which the second curve stands
ESTIMATED_FROM = 256  # training images; more move the statistics of a few hundred by little


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    parts = split(dataset, config.data)
    images, work = len(parts["validation"]), layers.macs(config.data.image_size)
    above = sum(work[layers.boundary(config.fine_tuning.unfreeze_from) :])
    as_trained = images * above  # the fine-tuned one, on images as they are
    ready = tails.inputs_seconds(config, dataset, store) + price.predict_forward(
        config, dataset, store, images
    )
    if options.get("statistics") == "estimated":
        as_trained += ESTIMATED_FROM * len(MIXES) * above
        ready += tails.inputs_seconds(config, dataset, store, "train")
    mixed = converted.seconds(store, 2 * images * len(MIXES) * above)
    return ready + mixed + tails.forward_seconds(config, store, as_trained)


KIND = Kind(
    title="Dial between two networks", version=2, parts=("data",), images=lambda counts, options: 0,
    price=_price,
)  # fmt: skip


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`; `statistics`, one of `STATISTICS`.

    Weights, BatchNorm's statistics and the head are mixed in float32, each as (1 - a) p + a q; a variance
    that would fall below 0 beyond 1 is 0. "Under shift" every validation image is changed in one way, at
    `STRENGTH`. All mixes go through one converted network; the fine-tuned one on images as they are is
    computed as its run was evaluated.

    Returns:
        record: `statistics`; `images`; `mixes`, a row a mix: `mix`, `clean` and `shifted` (each `accuracy`,
            `interval`, Wilson 95%), `p_value` (None but between 0 and 1: under shift the larger of McNemar's
            against both ends, adjusted by Holm over those mixes), `beats_both` (whether it is better than
            both by that); `at_0` and `at_1`: `largest`, `same_bits` and `same_classes` against the stored
            predictions of the frozen phase and of the run; with estimated statistics they differ.
        arrays: `clean` and `shifted` float32 (mixes, n) or (mixes, n, classes), as runs store predictions;
            `labels` int64 (n,), `positions` int64 (n,); with estimated statistics also these, as
            `mixes.kept_statistics` has them.

    Raises:
        ConfigError: the run thawed nothing pretrained or had no frozen phase, or the option is unknown.
        StoreError: the run is gone.
    """
    run_key, statistics = context.options["run"], context.options.get("statistics", STATISTICS[0])
    if statistics not in STATISTICS:
        raise ConfigError(f"statistics is {statistics!r}.", one_of(STATISTICS), field="statistics")
    config, result = context.store.config(run_key), context.store.load(run_key)
    phase = require_frozen_phase(config, result)
    both, splits = weights_of(context.store, run_key, phase), context.splits
    positions, boundary = splits.validation, tails.path_boundary(phase)
    ids, labels = splits.image_ids[positions], splits.labels[positions]

    def other_day(rows: slice) -> np.ndarray:
        return corruptions.assorted(splits.pixels[positions[rows]], STRENGTH, ids[rows])

    looked_at = {
        "clean": tails.inputs(context, boundary, positions),
        "shifted": tails.computed(context, boundary, other_day, len(positions)),
    }
    said = _all_mixes(context, both, phase, looked_at, len(positions), statistics)
    stored = context.store.arrays(run_key)
    record = {
        "statistics": statistics,
        "images": len(labels),
        "mixes": _rows({name: said[name] for name in looked_at}, labels),
        "at_0": tails.difference(said["clean"][MIXES.index(0.0)], stored[f"{FROZEN}/validation"]),
        "at_1": tails.difference(said["clean"][MIXES.index(1.0)], stored[f"{phase.name}/validation"]),
    }
    return record, said | {"labels": labels, "positions": positions}


def require_frozen_phase(config: ExperimentConfig, result) -> PhaseResult:
    """The phase that thawed, of a run whose frozen phase left a head to begin from. Raises ConfigError."""
    phase = tails.require_thawed(config, result)
    if result.phases[0].name != FROZEN:
        raise ConfigError(
            "This run had no frozen phase: the pretrained network has no head to begin from.",
            "Expected a run whose head was trained on the frozen network first.",
            "Choose or train one with at least one frozen epoch.", field="run",
        )  # fmt: skip
    return phase


# Looking


def _all_mixes(
    context: Context, both: Both, phase: PhaseResult, looked_at: dict, images: int, statistics: str
) -> dict[str, np.ndarray]:
    """What every mix says, by the names of `looked_at`; with estimated statistics these, too."""
    boundary = tails.path_boundary(phase)
    fast = Converted(context, boundary, both.before) if converted.possible() else None
    estimate = None
    if statistics == "estimated":
        train = context.splits.train[:ESTIMATED_FROM]
        rows = tails.inputs(context, boundary, train)
        estimate = Estimating(context, phase.unfreeze_from, boundary, rows, len(train))
    found: dict[str, list] = {name: [] for name in looked_at}
    networks: list[LayerWeights] = []
    for number, share in enumerate(MIXES):
        network, head = mixes.mixed_layers(both, phase.unfreeze_from, share), mixes.mixed_head(both, share)
        if estimate is not None:
            network = estimate.statistics(network)
        networks.append(network)
        the_run = "clean" if share == 1 and estimate is None else None
        exact = [name for name in looked_at if fast is None or name == the_run]
        for name in exact:
            found[name].append(_as_trained(context, phase, network, head, looked_at[name], images))
        rest = {name: rows for name, rows in looked_at.items() if name not in exact}
        if fast is not None:
            pooled = fast.pooled(network, list(rest.values()), images)
            for name, features in zip(rest, pooled, strict=True):
                found[name].append(mixes.answers_of(head, features))
        context.log("stage", name="mixes_looked_at", done=number + 1, total=len(MIXES))
    kept = mixes.kept_statistics(networks, phase.unfreeze_from) if estimate is not None else {}
    return {name: np.stack(each) for name, each in found.items()} | kept


def _as_trained(
    context: Context, phase: PhaseResult, network: LayerWeights, head: Sequence[np.ndarray], rows, images: int
) -> np.ndarray:
    """What a mix says, computed as the run's own evaluation was, bit for bit."""
    steps, last = tails.steps_of(context, phase), tails.head_step(context)
    weights = [*(step.weights(network) for step in steps), tails.in_one(head)]
    return tails.predictions(context, [*steps, last], weights, rows, images)


# Numbers


def _rows(said: dict[str, np.ndarray], labels: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for number, share in enumerate(MIXES):
        row: dict[str, Any] = {"mix": share, "p_value": None, "beats_both": False}
        for name, each in said.items():
            correct = right(each[number], labels)
            interval = list(wilson_interval(int(correct.sum()), len(correct)))
            row[name] = {"accuracy": float(correct.mean()), "interval": interval}
        rows.append(row)
    between = [number for number, share in enumerate(MIXES) if 0 < share < 1]
    outside = [right(each, labels) for each in said["shifted"]]
    ends = outside[MIXES.index(0.0)], outside[MIXES.index(1.0)]
    against = [[compare(end, outside[number]) for end in ends] for number in between]
    adjusted = holm(np.array([max(one.p_value for one in pair) for pair in against]))
    for number, pair, p_value in zip(between, against, adjusted, strict=True):
        better = all(one.fixed > one.broke for one in pair)
        rows[number] |= {"p_value": float(p_value), "beats_both": bool(better and p_value < SIGNIFICANCE)}
    return rows
