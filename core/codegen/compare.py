"""The code behind the views of the Compare page: the verdict, mistakes, certainty and luck, in Keras,
scikit-learn and SciPy."""

from core import optimizers
from core.compare.calibration import BINS, STRATEGIES
from core.compare.networks import Compared
from core.compare.threshold import USUAL
from core.config import ExperimentConfig
from core.explain.folds import FOLDS


def paired_code(first: Compared, second: Compared, csv_name: str) -> str:
    """Python that reads an exported file of predictions and tests `second` against `first`.

    Args:
        csv_name: Of the file, as it is downloaded.
    """
    return f"""import numpy as np
import pandas as pd
from scipy.stats import binomtest, bootstrap

table = pd.read_csv({csv_name!r})
first = table[{f"{first.label}: right"!r}].to_numpy()
second = table[{f"{second.label}: right"!r}].to_numpy()

# McNemar's exact test: only images on which the two differ count
fixed, broke = int((second & ~first).sum()), int((first & ~second).sum())
p = binomtest(fixed, fixed + broke, 0.5).pvalue if fixed + broke else 1.0
print(f"fixed {{fixed}}, broke {{broke}} of {{len(table)}} images: p = {{p:.4f}}")

# The gain, with the 95% interval of a paired bootstrap
difference = second.astype(float) - first.astype(float)
if fixed + broke:
    found = bootstrap([difference], np.mean, method="percentile", random_state=0)
    low, high = found.confidence_interval
    print(f"gain {{100 * difference.mean():+.1f}} points, {{100 * low:+.1f}} to {{100 * high:+.1f}}")
"""


def mistakes_code(image_size: int, num_classes: int) -> str:
    """Per-class numbers and Grad-CAM for a run's `model.keras`.

    Args:
        image_size: Side of the pictures in px, as the run was trained.
    """
    two = num_classes == 2
    answer = "(probabilities[:, 0] > 0.5).astype(int)" if two else "probabilities.argmax(axis=1)"
    score = "scores[0, 0] if class_index else -scores[0, 0]" if two else "scores[0, class_index]"
    return _MISTAKES.format(size=image_size, answer=answer, score=score)


_MISTAKES = '''\
import keras
import tensorflow as tf
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

model = keras.models.load_model("model.keras", compile=False)  # pixels 0..255 in, probabilities out


def per_class(images, labels):
    """images: (n, {size}, {size}, 3), 0..255; labels: (n,). Rows: precision, recall, F1, images."""
    probabilities = model.predict(images)
    predicted = {answer}
    print(confusion_matrix(labels, predicted))  # rows are true classes
    return precision_recall_fscore_support(labels, predicted, zero_division=0)


def grad_cam(pixels, class_index):
    """Evidence for a class, 0..1, by place. pixels: ({size}, {size}, 3), 0..255."""
    scaled = model.get_layer("rescaling")(tf.cast(pixels, tf.float32)[None])
    maps = model.get_layer("mobilenetv2")(scaled, training=False)  # what out_relu gives
    *hidden, last = model.get_layer("head").layers
    with tf.GradientTape() as tape:
        tape.watch(maps)
        values = model.get_layer("pooling")(maps)
        for layer in hidden:
            values = layer(values, training=False)
        scores = values @ last.kernel + last.bias  # before the softmax or sigmoid
        score = {score}
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
    evidence = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0]
    return (evidence / tf.maximum(tf.reduce_max(evidence), 1e-12)).numpy()
'''


def calibration_code(strategy: str, num_classes: int) -> str:
    """Reliability diagram, expected calibration error and Brier score of `model.predict`'s answers.

    Args:
        strategy: One of `calibration.STRATEGIES`.
    """
    two = num_classes == 2
    return _CALIBRATION.format(
        shape="(n, 1)" if two else f"(n, {num_classes})",
        sure="np.maximum(probabilities, 1 - probabilities)[:, 0]" if two else "probabilities.max(axis=1)",
        answer="(probabilities[:, 0] > 0.5).astype(int)" if two else "probabilities.argmax(axis=1)",
        edges=f"np.linspace(0, 1, {BINS + 1})"
        if strategy == STRATEGIES[0]
        else f"np.quantile(confidence, np.linspace(0, 1, {BINS + 1}))",
        of_second="probabilities[:, 0]" if two else "probabilities",
        classes=num_classes,
    )


_CALIBRATION = '''\
import numpy as np
from sklearn.metrics import brier_score_loss


def calibration(probabilities, labels):
    """probabilities: {shape}, as model.predict gives them; labels: (n,)."""
    confidence = {sure}
    right = {answer} == labels
    edges = {edges}
    bins = np.searchsorted(edges[1:-1], confidence)
    error = 0.0
    for b in np.unique(bins):
        here = bins == b
        gap = right[here].mean() - confidence[here].mean()
        error += here.mean() * abs(gap)
        print(here.sum(), f"images: {{confidence[here].mean():.1%}} sure, {{right[here].mean():.1%}} right")
    brier = brier_score_loss(labels, {of_second}, labels=range({classes}))
    return error, brier
'''


def threshold_code(class_name: str, label: int, num_classes: int, target: float | None) -> str:
    """The threshold chosen on validation images and tried on test images.

    Args:
        label: Index of the class that must not be missed.
        target: Its recall on validation images; None for a threshold set by hand.
    """
    if num_classes > 2:
        score = f"probabilities[:, {label}]"
    else:
        score = "probabilities[:, 0]" if label == 1 else "1 - probabilities[:, 0]"
    chosen = (
        f"threshold = {USUAL}  # or any other\n"
        if target is None
        else "precision, recall, thresholds = precision_recall_curve(validation_labels == LABEL, "
        f"score(validation))\nthreshold = thresholds[recall[:-1] >= {target:g}].max()\n"
    )
    return _THRESHOLD.format(name=class_name, label=label, score=score, chosen=chosen)


_THRESHOLD = """\
from sklearn.metrics import precision_recall_curve, precision_score, recall_score

LABEL = {label}  # {name!r}


def score(probabilities):  # of the class, from what model.predict gives
    return {score}


# validation, test: model.predict of each split; validation_labels, test_labels: (n,)
{chosen}alarm = score(test) >= threshold
print("recall", recall_score(test_labels == LABEL, alarm))
print("precision", precision_score(test_labels == LABEL, alarm))
"""


def folds_code(config: ExperimentConfig) -> str:
    """Five folds over pooled features with the config's head, in Keras."""
    head = config.feature_extraction
    epochs, optimizer, rate = head.epochs, head.optimizer, head.learning_rate
    if not epochs:
        tuning = config.fine_tuning
        epochs, optimizer, rate = tuning.epochs, tuning.optimizer, tuning.learning_rate
    hidden = "".join(
        f'        keras.layers.Dense({units}, activation="relu"),\n' for units in config.head.hidden
    )
    together = config.data.groups is not None
    return _FOLDS.format(
        splitter="StratifiedGroupKFold" if together else "StratifiedKFold",
        groups="\n# groups: (n,), the same value for images that belong together" if together else "",
        split="split(features, labels, groups)" if together else "split(features, labels)",
        folds=FOLDS, seed=config.data.split_seed, hidden=hidden, dropout=config.head.dropout,
        optimizer=optimizers.code(optimizer, rate), epochs=epochs, batch=config.batch_size,
    )  # fmt: skip


_FOLDS = """\
import keras
import numpy as np
from sklearn.model_selection import {splitter}

# features: (n, 1280), pooled, of all images by the frozen network; labels: (n,){groups}
classes = int(labels.max()) + 1
right = np.zeros(len(labels), bool)
folds = {splitter}({folds}, shuffle=True, random_state={seed})
for train, test in folds.{split}:
    head = keras.Sequential([
{hidden}        keras.layers.Dropout({dropout}),
        keras.layers.Dense(classes, activation="softmax"),
    ])
    head.compile({optimizer}, "sparse_categorical_crossentropy")
    head.fit(features[train], labels[train], epochs={epochs}, batch_size={batch}, verbose=0)
    # to fine-tune, go on here with the blocks above the unfreeze point, on images[train]
    right[test] = head.predict(features[test], verbose=0).argmax(axis=1) == labels[test]
print(f"{{right.sum()}} of {{len(right)}} images right, each tested once")
"""


def seeds_code(config: ExperimentConfig, k: int) -> str:
    """A loop over seeds and Student's interval of the mean."""
    seeds = ", ".join(str(config.seed + step) for step in range(k))
    return _SEEDS.format(seeds=seeds)


_SEEDS = """\
import keras
import numpy as np
from scipy.stats import t


def mean_over_seeds(train, seeds=({seeds})):
    \"\"\"train(): builds the network anew, fits it and gives its validation accuracy.\"\"\"
    accuracies = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)  # first weights, order of batches, dropout, augmentation
        accuracies.append(train())
    n, mean = len(accuracies), np.mean(accuracies)
    half = t.ppf(0.975, n - 1) * np.std(accuracies, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half
"""
