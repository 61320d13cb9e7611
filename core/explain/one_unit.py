"""A bug, trained beside its mended twin: softmax over a single unit, which answers 1 whatever comes in.

The softmax of one number is that number's exponential divided by itself. So every image is called the second
class, and accuracy stands at that class's share: .5000 where classes are even. Keras's cross-entropy looks
past the activation, though, at the number before it (`_keras_logits`), and takes it for a sigmoid's: so the
loss falls and the weights learn, while not one answer changes.
"""

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core.config import ExperimentConfig
from core.data.watched import watched
from core.errors import DatasetError
from core.explain import trained
from core.explain.studies import Context, Kind

if TYPE_CHECKING:
    import keras

MOST_IMAGES = 400  # of training and of validation images
OUTPUTS = ("sigmoid", "softmax")

KIND = Kind(
    title="Softmax over one unit",
    version=1,
    parts=("data", "base", "head", "feature_extraction", "seed", "batch_size"),
    images=lambda counts, options: sum(min(counts[part], MOST_IMAGES) for part in ("train", "validation")),
    fixed=4.0,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Two heads by plain Keras on the frozen base's pooled features of images as they are, alike from the
    first weight to the last batch but for the word `softmax`.

    Returns:
        record: by `sigmoid` and `softmax`: `val_accuracy` and `loss` (nats, on training images), by epoch,
            and `moved`, the output layer's relative change in L2; `train`, `validation`: images.
        arrays: `sigmoid` and `softmax`, float32 (9,): probability of the second class for the watched
            images; `places` int64 (9,), where these lie among the validation images.

    Raises:
        DatasetError: there are not two classes.
    """
    splits = context.splits
    if len(context.dataset.classes) != 2:
        raise DatasetError(
            f"These images are of {len(context.dataset.classes)} classes.",
            "Expected two: only then has a head one unit.", "Choose a set of two classes.",
        )  # fmt: skip
    learned, checked = splits.train[:MOST_IMAGES], splits.validation[:MOST_IMAGES]
    features = [trained.pooled_features(context, part, None) for part in (learned, checked)]
    labels = [splits.labels[part].astype(np.float32)[:, None] for part in (learned, checked)]
    places = watched(splits.labels[checked])
    record: dict = {"train": len(learned), "validation": len(checked)}
    arrays = {"places": places}
    for done, output in enumerate(OUTPUTS):
        context.log.check_stop()
        context.log("stage", name="heads", done=done, total=len(OUTPUTS))
        head = _head(context.config, output)
        before = head.layers[-1].get_weights()[0].copy()
        history = head.fit(
            features[0], labels[0], batch_size=context.config.batch_size,
            epochs=context.config.feature_extraction.epochs, validation_data=(features[1], labels[1]),
            verbose=cast(Any, 0),  # Keras types it by its default, a word
        ).history  # fmt: skip
        after = head.layers[-1].get_weights()[0]
        record[output] = {
            **{name: [float(value) for value in history[name]] for name in ("val_accuracy", "loss")},
            "moved": float(np.linalg.norm(after - before) / np.linalg.norm(before)),
        }
        arrays[output] = np.asarray(head(features[1][places]), np.float32)[:, 0]
    return record, arrays


def _head(config: ExperimentConfig, output: str) -> "keras.Sequential":
    import keras

    from core.method import training

    head = training.build_head(config.head, 2, config.seed)
    head.layers[-1].activation = keras.activations.get(output)
    rate = config.feature_extraction.learning_rate
    keras.utils.set_random_seed(config.seed)  # the order of batches
    head.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return head
