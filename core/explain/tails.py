"""The part of a network that a run thawed, segment by segment, before its fine-tuning and after it.

What lies below the first thawed segment is the same in both and comes from the bank, so a study that changes
the thawed part computes only what lies above the change. TensorFlow is imported when something is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from core import layers
from core.config import BACKBONE_LAYERS, BaseConfig, ExperimentConfig
from core.data.datasets import Dataset, split
from core.errors import ConfigError
from core.explain import trained
from core.explain.studies import Context
from core.layers import Block
from core.method import device
from core.method.bank import BankFiles, Recipe
from core.method.converted_file import LayerWeights
from core.method.evaluation import predicted_classes
from core.method.features import BATCH, Bank, in_order
from core.method.timing import Seconds
from core.results import PhaseResult, RunResult
from core.running import price
from core.store import Store

if TYPE_CHECKING:
    import keras

Call = Callable[[Any, Any], Any]


def require_thawed(config: ExperimentConfig, result: RunResult) -> PhaseResult:
    """The phase in which a run thawed layers of a pretrained network.

    Raises:
        ConfigError: nothing pretrained was thawed, so that there is no before and after; it says why.
    """
    if config.base.weights == "random":
        raise ConfigError(
            "This run began from random weights: nothing pretrained is in it that could be put back.",
            "Expected a run that fine-tuned a pretrained network.", "Choose or train one of those.",
            field="run",
        )  # fmt: skip
    if not config.thaws or result.last.unfreeze_from == BACKBONE_LAYERS:
        raise ConfigError(
            "This run trained the head alone: every block is still as it was, bit for bit.",
            "Expected a run that thawed at least one block.", "Choose or train one of those.", field="run",
        )  # fmt: skip
    return result.last


def segments(unfreeze_from: int) -> tuple[Block, ...]:
    """The segments that hold layers from `unfreeze_from` on, input first; the first may begin below it."""
    return tuple(block for block in layers.blocks() if block.end > unfreeze_from)


def path_boundary(phase: PhaseResult) -> int:
    """Where stored features entered when this phase was trained; 0 where it saw pixels."""
    return 0 if phase.path == "plain" else layers.boundary(phase.unfreeze_from)


# The network


@dataclass(frozen=True)
class Step:
    """A part of a network as one traced function of its weights and its input.

    Attributes:
        call: (`weights`, float32 or uint8 (n, ...)) -> float32 (n, ...); inference.
    """

    call: Call
    start: int = 0
    end: int = 0

    def weights(self, network: LayerWeights) -> Any:
        """This segment's part of the weights of all layers, ready to be given to `call`."""
        return in_one([array for layer in network[self.start : self.end] for array in layer])


def in_one(arrays: Sequence[np.ndarray]) -> Any:
    """All weights of a part behind one another, a float32 tensor: TensorFlow takes as long to hand over one
    argument as it does to run a small layer."""
    import tensorflow as tf

    return tf.constant(np.concatenate([array.ravel() for array in arrays]))


@lru_cache(maxsize=2)  # tracing takes longer than looking at some hundred small images
def steps(
    image_size: int, base: BaseConfig, seed: int, unfreeze_from: int, boundary: int
) -> tuple[Step, ...]:
    """One step a segment, from the boundary up; the last one gives pooled features, float32 (n, 1280).

    Applied one after the other to what `inputs` gives, with a run's weights, they compute what the run's own
    evaluation did, bit for bit.

    Args:
        boundary: What `path_boundary` says.
    """
    from core.method import backbone, workshop

    whole = workshop.untrained_base(image_size, base, seed)
    found = []
    for start, end in pairwise(cuts(unfreeze_from, boundary)):
        variables = [one for layer in whole.layers[start:end] for one in layer.weights]
        scaling = base.scaling if start == 0 else None
        run = _inference(backbone.segment(whole, start, end))
        found.append(Step(traced(run, variables, start, image_size, scaling), start, end))
    return tuple(found)


def steps_of(context: Context, phase: PhaseResult) -> tuple[Step, ...]:
    """`steps` for a run with this context's settings, from where stored features enter."""
    from core.method import workshop

    config = context.config
    size, seed = config.data.image_size, workshop.base_seed(config)
    return steps(size, config.base, seed, phase.unfreeze_from, path_boundary(phase))


def cuts(unfreeze_from: int, boundary: int) -> list[int]:
    """Where the thawed part is cut into segments, from the boundary to the top, both included."""
    return [boundary, *(block.start for block in segments(unfreeze_from)[1:]), BACKBONE_LAYERS]


def head_step(context: Context) -> Step:
    """The head as the last step: pooled features to probabilities (n, units)."""
    from core.method import training

    head = training.build_head(context.config.head, len(context.splits.classes), context.config.seed)
    call = traced(_inference(head), head.weights, BACKBONE_LAYERS, 0, None)
    return Step(call, BACKBONE_LAYERS, BACKBONE_LAYERS)


def _inference(model: keras.Model) -> Callable[[Any, list], Any]:
    import keras

    def run(inputs, mapping):
        with keras.StatelessScope(state_mapping=mapping):
            return model(inputs, training=False)

    return run


def traced(
    run: Callable[[Any, list], Any], variables: list, boundary: int, image_size: int, scaling: str | None
) -> Call:
    """A part of a network as the trainer traces it (no compiler, any number of images), its weights given
    with each call, as `in_one` has them.

    Args:
        run: (scaled inputs, pairs of a variable and what it is to hold, for a `keras.StatelessScope`) ->
            outputs.
        scaling: How pixels are scaled first, where they go in as uint8.
    """
    import tensorflow as tf

    from core.method import backbone

    dtype = tf.float32 if scaling is None else tf.uint8
    given = tf.TensorSpec((None, *layers.boundary_shape(boundary, image_size)), dtype)
    sizes = [math.prod(variable.shape) for variable in variables]

    @tf.function(
        input_signature=[tf.TensorSpec((sum(sizes),), tf.float32), given], jit_compile=False, autograph=False
    )
    def call(weights, inputs):
        inputs = inputs if scaling is None else backbone.scale(inputs, scaling)
        pieces = zip(variables, tf.split(weights, sizes), strict=True)
        return run(inputs, [(variable, tf.reshape(piece, variable.shape)) for variable, piece in pieces])

    return call.get_concrete_function()


def through(some: Sequence[Step], weights: Sequence[Any], values: Any) -> Any:
    """What comes out of several segments, one after the other."""
    for step, own in zip(some, weights, strict=True):
        values = step.call(own, values)
    return values


def predictions(
    context: Context, some: Sequence[Step], weights: Sequence[Any], rows: Any, images: int
) -> np.ndarray:
    """What segments with a head after them say of all images, in the batches that a run evaluates by."""
    parts = [answers(through(some, weights, batch)) for _, batch in batches(context, rows, images)]
    return np.concatenate(parts)


def answers(probabilities: Any) -> np.ndarray:
    """Probabilities as runs store them: (n,) of the second class for two classes, else (n, classes)."""
    found = probabilities.numpy()
    return found[:, 0] if found.shape[1] == 1 else found


# The images


def inputs(context: Context, boundary: int, positions: np.ndarray) -> Any:
    """What enters the first segment, a row an image: stored boundary features, or uint8 pixels at 0."""
    from core.method import workshop

    if boundary == 0:
        return _Pixels(context.splits.pixels, positions)
    config = context.config
    recipe = Recipe.of(config, boundary, device.engine(device.name()))
    base = workshop.untrained_base(config.data.image_size, config.base, workshop.base_seed(config))
    return Bank(context.store, context.splits, recipe, base, Seconds(), context.log).plain(positions)


def computed(
    context: Context, boundary: int, pixels: Callable[[slice], np.ndarray], images: int
) -> np.ndarray:
    """What enters the first segment for pictures that no bank holds, float32 (n, ...), or uint8 at 0.

    By the converted network that the bank is filled by: for the same pixels the very same numbers.

    Args:
        pixels: Makes those of some rows, uint8 (m, s, s, 3); called from several threads.
    """
    from core.method import backbone, engine, workshop

    starts, config = range(0, images, BATCH), context.config

    def some(at: int) -> slice:
        return slice(at, min(at + BATCH, images))

    if boundary == 0:
        return np.concatenate([pixels(some(at)) for at in starts])
    recipe = Recipe.of(config, boundary, device.engine(device.name()))
    base = workshop.untrained_base(config.data.image_size, config.base, workshop.base_seed(config))
    segment = backbone.segment(base, 0, boundary)
    converted = context.store.cache / "engines" / f"{recipe.engine_key(0)}.tflite"
    forward = engine.build(recipe.engine, segment, config.base.scaling, converted)
    parts = in_order(lambda at: forward(pixels(some(at))), starts, context.log)
    return np.concatenate([features for _, features in parts])


class _Pixels:
    """Rows of decoded pixels, read when they are indexed."""

    def __init__(self, pixels: np.ndarray, positions: np.ndarray):
        self._pixels, self._positions = pixels, positions

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self._pixels[self._positions[rows]]


def batches(context: Context, rows: Any, images: int, stage: str = "") -> Iterator[tuple[slice, np.ndarray]]:
    """(which rows, those rows) in the batches that a run evaluates by, with a look for a wish to stop.

    Args:
        stage: What is told of the progress; nothing where it is empty.
    """
    for at in range(0, images, trained.TAIL_BATCH):
        context.log.check_stop()
        here = slice(at, min(at + trained.TAIL_BATCH, images))
        yield here, np.asarray(rows[here])
        if stage:
            context.log("stage", name=stage, done=here.stop, total=images)


# Numbers and prices


def difference(first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """How far two sets of predictions lie apart: `largest` (absolute), `same_bits`, `same_classes`."""
    return {
        "largest": float(np.abs(first.astype(np.float64) - second).max()),
        "same_bits": bool(np.array_equal(first, second)),
        "same_classes": bool(np.array_equal(predicted_classes(first), predicted_classes(second))),
    }


def inputs_seconds(
    config: ExperimentConfig, dataset: Dataset, store: Store, name: str = "validation"
) -> float:
    """Seconds until the features that a study begins with are there; 0 where all are stored."""
    boundary = layers.boundary(config.fine_tuning.unfreeze_from)
    positions = split(dataset, config.data)[name]
    if not boundary:
        return price.predict_forward(config, dataset, store, 0)
    recipe = Recipe.of(config, boundary, device.engine(device.read(store)))
    held = BankFiles(store.cache).holds(recipe, None, dataset.image_ids[positions])
    return price.predict_forward(config, dataset, store, int((~held).sum()))


def forward_seconds(config: ExperimentConfig, store: Store, macs: float) -> float:
    """Seconds of so many MACs through thawed segments, with tracing them."""
    rates = price.read_rates(store)
    traced_layers = BACKBONE_LAYERS - layers.boundary(config.fine_tuning.unfreeze_from)
    return rates.start / 3 + rates.trace * traced_layers + macs / rates.train
