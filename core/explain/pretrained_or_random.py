"""Are pretrained features worth more than random ones, for as many images as a training here learns from?

A linear probe on each (Alain and Bengio, 2016), with nothing trained but the probe. The answer depends on the
images and on how many there are to learn from, so the probes have those of the split, up to a cap. Measured
on 500 validation images: taught by 200 digits .714 on pretrained features and .774 on random ones (the top of
the network is no good place for a digit: see the probes by depth).
"""

import numpy as np

from core.errors import DatasetError
from core.explain import similarity
from core.explain.studies import Context, Kind
from core.statistics.baseline import commonest_share

MOST_IMAGES = 2000  # of each split: a probe of more would take longer than a first training
KIND = Kind(
    title="Pretrained or random",
    version=1,
    parts=("data", "base.scaling"),
    images=lambda counts, options: (
        2 * sum(min(counts[name], MOST_IMAGES) for name in ("train", "validation"))
    ),
    fixed=6.0,
    look=True,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: none. The training images of the split teach the probes, at most `MOST_IMAGES` of them; as
    many validation images at most test them.

    Returns:
        record: `train` and `validation`, numbers of images; `probes` (by `pretrained` and `random`: correct,
            n, interval); `commonest`, the accuracy of always naming the commonest validation class.
        arrays: `pretrained_right` and `random_right` bool (validation,), whether each probe got each image
            right.

    Raises:
        DatasetError: the training images are all of one class.
    """
    splits = context.splits
    learned, tested = splits.train[:MOST_IMAGES], splits.validation[:MOST_IMAGES]
    if len(np.unique(splits.labels[learned])) < 2:
        raise DatasetError(
            "The training images looked at are all of one class.",
            "Expected several classes among them.", "Choose images with at least two well-filled classes.",
        )  # fmt: skip
    _, right = similarity.two_probes(context, learned, tested)
    record = {
        "train": len(learned),
        "validation": len(tested),
        "probes": {
            "pretrained": similarity.score(right["imagenet"]),
            "random": similarity.score(right["random"]),
        },
        "commonest": commonest_share(np.bincount(splits.labels[tested])),
    }
    return record, {"pretrained_right": right["imagenet"], "random_right": right["random"]}
