"""Which blocks mattered? Each thawed block put back to what it was before, and what the network loses by it.

After Zhang, Bengio and Singer, "Are all layers created equal?" (JMLR 2022), who rewind a layer of a trained
network to its initial weights. Here it goes back to its pretrained weights, so that what is lost is what
fine-tuning wrote into that block; and a whole block goes back at a time. They rank layers by eye; here a
difference is told on the same images, with its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import layers
from core.config import ExperimentConfig
from core.data.datasets import Dataset, split
from core.errors import ConfigError, one_of
from core.explain import tails
from core.explain.before_after import FROZEN, Both, parted, relative_change, weights_of
from core.explain.studies import Context, Kind
from core.method.converted_file import LayerWeights
from core.method.evaluation import right
from core.results import PhaseResult, to_plain
from core.statistics.gain import paired_gain
from core.statistics.holm import holm
from core.statistics.kendall import Kendall, kendall
from core.statistics.paired import compare, wilson_interval
from core.store import Store

ORDERS = ("alone", "top", "bottom")  # each block alone; all from it up; all up to it
WHAT = ("both", "weights", "statistics")  # what of a block goes back
NO_RANKING = "intervals_overlap"  # why the agreement of two orders is withheld


def _price(config: ExperimentConfig, options: dict[str, Any], dataset: Dataset, store: Store) -> float:
    images = len(split(dataset, config.data)["validation"])
    work, thawed = layers.macs(config.data.image_size), tails.segments(config.fine_tuning.unfreeze_from)
    above = [sum(work[block.start :]) for block in thawed]
    macs = sum(above) + 2 * max(above, default=0.0)  # each variant, and the network before and after
    ready = tails.inputs_seconds(config, dataset, store)
    return ready + tails.forward_seconds(config, store, images * macs)


KIND = Kind(
    title="Putting blocks back", version=1, parts=("data",), images=lambda counts, options: 0, price=_price
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `run`; `order`, one of `ORDERS`; `what`, one of `WHAT`.

    The head stays the fine-tuned one, but for `head` (it alone, or after all blocks, goes back to the frozen
    phase's) and `everything` (all blocks and the head: the frozen network again). Batches are those that the
    run was evaluated by, so that an untouched network gives the stored predictions bit for bit.

    Returns:
        record: `order`, `what`; `images`, `accuracy` and `interval` (Wilson 95%) of the fine-tuned network;
            `commonest`, the accuracy of always naming the commonest class; `same_bits`, whether that network
            gave the stored predictions; `blocks`, input first: `block`, `accuracy`, `lost` (accuracy of the
            fine-tuned network less this one's, in -1..1), `interval` (95%, paired bootstrap), `kept` and
            `won` (images that only the fine-tuned, or only the rewound network gets right), `p_value`
            (McNemar, adjusted by Holm over all blocks), `change` (relative L2 of what goes back: of the
            weights, or of the statistics where only they do), `weights` and `statistics` (relative L2 of
            each); `head` and `everything`, the same without changes, None where there was no frozen phase;
            `everything` also has `largest`, `same_bits` and `same_classes` against the stored frozen
            predictions; `agreement`, Kendall's tau of `lost` and `change` (`n`, `tau`, `low`, `high`), or
            `withheld`, why not.
        arrays: `right` bool (blocks, n); `tuned` bool (n,); `all_blocks` float32, probabilities with every
            block back and the fine-tuned head; `everything` float32, with the frozen head; `positions` int64.

    Raises:
        ConfigError: the run thawed nothing pretrained, or an option is unknown.
        StoreError: the run is gone.
    """
    run_key, (order, what) = context.options["run"], checked(context.options)
    config, result = context.store.config(run_key), context.store.load(run_key)
    phase, arrays = tails.require_thawed(config, result), context.store.arrays(run_key)
    refuse_unchanged(what, result.batch_norm)
    splits = context.splits
    labels = splits.labels[splits.validation]
    both = weights_of(context.store, run_key, phase)
    found = _look(context, both, phase, order, what)
    tuned = right(found.tuned, labels)
    rewound = np.stack([right(one, labels) for one in found.blocks])
    rows = [_row(one, tuned) for one in rewound]
    for row, p_value in zip(rows, holm(np.array([row.pop("p_value") for row in rows])), strict=True):
        row["p_value"] = float(p_value)
    thawed = tails.segments(phase.unfreeze_from)
    blocks = [
        {"block": block.label, **row, **_change(both, block, what)}
        for block, row in zip(thawed, rows, strict=True)
    ]
    record = {
        "order": order,
        "what": what,
        "images": len(labels),
        "accuracy": float(tuned.mean()),
        "interval": list(wilson_interval(int(tuned.sum()), len(tuned))),
        "commonest": float(np.bincount(labels).max() / len(labels)),
        "same_bits": bool(np.array_equal(found.tuned, arrays[f"{phase.name}/validation"])),
        "blocks": blocks,
        "head": None if found.head is None else _row(right(found.head, labels), tuned),
        "everything": None,
        "agreement": agreement(blocks),
    }
    kept = {"right": rewound, "tuned": tuned, "all_blocks": found.all_blocks, "positions": splits.validation}
    if found.everything is not None:
        stored = arrays[f"{FROZEN}/validation"]
        apart = tails.difference(found.everything, stored)
        record["everything"] = _row(right(found.everything, labels), tuned) | apart
        kept["everything"] = found.everything
    return record, kept


def checked(options: dict[str, Any]) -> tuple[str, str]:
    """`order` and `what` of the options, the usual ones where they are not there. Raises ConfigError."""
    found = options.get("order", ORDERS[0]), options.get("what", WHAT[0])
    for name, said, known in zip(("order", "what"), found, (ORDERS, WHAT), strict=True):
        if said not in known:
            raise ConfigError(f"{name} is {said!r}.", one_of(known), field=name)
    return found


def refuse_unchanged(what: str, batch_norm: str) -> None:
    """Raises ConfigError where BatchNorm's statistics alone are to go back and the run never changed them."""
    if what == "statistics" and batch_norm == "inference":
        raise ConfigError(
            "This run kept BatchNorm's mean and variance as they were: there is nothing to put back.",
            "Expected a run with batch_norm=batch.", "Put the weights back, or both.", field="what",
        )  # fmt: skip


# What goes back


def _change(both: Both, block: layers.Block, what: str) -> dict[str, float]:
    """How far a segment moved."""
    found = []
    for part in (0, 1):
        old, new = (
            [one for index in range(block.start, block.end) for one in parted(index, net[index])[part]]
            for net in (both.before, both.after)
        )
        found.append(relative_change(old, new))
    return {"change": found[what == "statistics"], "weights": found[0], "statistics": found[1]}


def _rewound(both: Both, what: str) -> LayerWeights:
    """The weights of a network of which everything that goes back has gone back."""
    if what == "both":
        return both.before
    found = []
    for index, (old, new) in enumerate(zip(both.before, both.after, strict=True)):
        (old_weights, old_statistics), (weights, statistics) = (
            parted(index, old),
            parted(index, new),
        )
        found.append(old_weights + statistics if what == "weights" else weights + old_statistics)
    return found


# Looking


class _Found:
    """Probabilities, float32, a row an image, as runs store them.

    Attributes:
        tuned: Of the fine-tuned network.
        blocks: With each segment, or each run of segments, put back.
        all_blocks: With all of them put back, and the fine-tuned head.
        head: With the head put back: alone, or after all segments; None without a frozen phase.
        everything: With all segments and the head put back.
    """

    def __init__(self, parts: Sequence[dict[str, Any]]):
        def joined(name: str) -> np.ndarray | None:
            return None if parts[0].get(name) is None else np.concatenate([part[name] for part in parts])

        self.tuned: Any = joined("tuned")
        self.blocks = [np.concatenate(each) for each in zip(*(part["blocks"] for part in parts), strict=True)]
        self.all_blocks: Any = joined("all_blocks")
        self.head, self.everything = joined("head"), joined("everything")


def _look(context: Context, both: Both, phase: PhaseResult, order: str, what: str) -> _Found:
    steps, rewound = tails.steps_of(context, phase), _rewound(both, what)
    network = Network(
        steps=steps,
        kept=[step.weights(both.after) for step in steps],
        back=[step.weights(rewound) for step in steps],
        heads=[tails.in_one(one) for one in (both.head_after, both.head_before) if one is not None],
        head=tails.head_step(context).call,
    )
    positions = context.splits.validation
    rows = tails.inputs(context, tails.path_boundary(phase), positions)
    parts = [
        network.variants(batch, order)
        for _, batch in tails.batches(context, rows, len(positions), "blocks_put_back")
    ]
    return _Found(parts)


@dataclass(frozen=True)
class Network:
    """A thawed part with two sets of weights a segment.

    Attributes:
        kept, back: By segment, as fine-tuning left them and as they go back.
        heads: Weights of the fine-tuned head, and of the frozen phase's where there was one.
    """

    steps: Sequence[tails.Step]
    kept: list[Any]
    back: list[Any]
    heads: list[Any]
    head: tails.Call

    def variants(self, batch: np.ndarray, order: str) -> dict[str, Any]:
        """What every variant says of a batch; only what lies above a change is computed again."""
        below, above = [batch], [batch]  # what enters each segment, in the fine-tuned and in the old network
        for step, new, old in zip(self.steps, self.kept, self.back, strict=True):
            below.append(step.call(new, below[-1]))
            above.append(step.call(old, above[-1]))
        pooled = []
        for at, step in enumerate(self.steps):
            rest = self.steps[at + 1 :], self.kept[at + 1 :]
            if order == "top":
                pooled.append(tails.through(self.steps[at:], self.back[at:], below[at]) if at else above[-1])
            elif order == "bottom" or at == 0:
                pooled.append(tails.through(*rest, above[at + 1]))
            else:
                pooled.append(tails.through(*rest, step.call(self.back[at], below[at])))
        found: dict[str, Any] = {
            "tuned": self._said(0, below[-1]),
            "blocks": [self._said(0, one) for one in pooled],
            "all_blocks": self._said(0, above[-1]),
        }
        if len(self.heads) > 1:
            found["everything"] = self._said(1, above[-1])
            found["head"] = self._said(1, below[-1]) if order == "alone" else found["everything"]
        return found

    def _said(self, head: int, pooled: Any) -> np.ndarray:
        return tails.answers(self.head(self.heads[head], pooled))


# Numbers


def _row(rewound: np.ndarray, tuned: np.ndarray) -> dict[str, Any]:
    """What one variant loses against the fine-tuned network; both bool (n,), right or not."""
    paired = compare(rewound, tuned)
    lost = paired_gain(paired)
    return {
        "accuracy": float(rewound.mean()),
        "lost": lost.gain,
        "interval": [lost.low, lost.high],
        "kept": paired.fixed,
        "won": paired.broke,
        "p_value": paired.p_value,
    }


def agreement(blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Whether the blocks that moved most are those that lose most: Kendall's tau, or why there is none.

    Where no two blocks' intervals lie apart there is no order of what they lose, and so none to compare.
    """
    if not any_apart(blocks):
        return {"withheld": NO_RANKING}
    found = kendall(np.array([row["lost"] for row in blocks]), np.array([row["change"] for row in blocks]))
    return to_plain(found) if isinstance(found, Kendall) else {"withheld": found.why.value}


def any_apart(blocks: Sequence[dict[str, Any]]) -> bool:
    """Whether some two intervals do not overlap."""
    return max(row["interval"][0] for row in blocks) > min(row["interval"][1] for row in blocks)


def most_lost(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The block that loses most and all whose interval overlaps with its own, input first."""
    most = max(blocks, key=lambda row: row["lost"])
    return [row for row in blocks if row["interval"][1] >= most["interval"][0]]
