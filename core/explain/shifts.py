"""How far each transform moves the features of many images, and how often the answer changes with it."""

import numpy as np

from core.errors import DatasetError
from core.explain import feature_shifts, lenses
from core.explain.feature_shifts import SHIFT_DRAWS, SHIFT_IMAGES
from core.explain.studies import Context, Kind
from core.method import augmentation
from core.method.lens import Lens, imagenet_probabilities
from core.transforms import TRANSFORMS, AugmentationConfig
from core.wording import augmentation as augmentation_words

BATCH = 16  # images between two looks for a wish to stop
LOOKS = 1 + SHIFT_DRAWS * (
    len(TRANSFORMS) + 1
)  # at an image: as it is, by each transform, and by all together
KIND = Kind(
    title="Ranking of transforms",
    version=1 + len(TRANSFORMS) - 6,  # it was 1 when there were six: a ranking of more is another answer
    parts=("data", "base", "seed"),
    images=lambda counts, options: LOOKS * min(counts["validation"], SHIFT_IMAGES),
    fixed=3.0,
)


def compute(context: Context) -> tuple[dict, dict[str, np.ndarray]]:
    """Options: `augmentation` (settings as `augmentation_words.to_address` writes them); `run` (a run's last
    phase; without it the pretrained network, which answers with ImageNet's classes).

    Validation images go through the same converted network that the page looks through, as they are and
    as each transform of `feature_shifts.one_by_one` makes them, in the epochs 0 to `SHIFT_DRAWS` - 1 of a
    training with the config's seed.

    Returns:
        record: `within` and `between`, mean distances between two images of one class and of two; `between`
            is None where all are of one class.
        arrays: `distance` float64 and `changed` bool, both (transforms, images, draws); `positions` int64
            (images,), the images' places in `splits`.

    Raises:
        DatasetError: no two of the images are of one class, so that there is no distance to compare with.
    """
    splits = context.splits
    positions = splits.validation[:SHIFT_IMAGES]
    lens = Lens(*lenses.compute(context))
    transforms = feature_shifts.one_by_one(augmentation_words.from_address(context.options["augmentation"]))
    total, done = len(positions) * (1 + SHIFT_DRAWS * len(transforms)), 0

    def look(make) -> tuple[np.ndarray, np.ndarray]:
        """Features and answers of all images, each batch first changed by `make(pixels, image_ids)`."""
        nonlocal done
        features, named = [], []
        for at in range(0, len(positions), BATCH):
            context.log.check_stop()
            batch = positions[at : at + BATCH]
            pooled, probabilities = _see(lens, make(splits.pixels[batch], splits.image_ids[batch]))
            features.append(pooled)
            named.append(feature_shifts.answers(probabilities)[0])
            done += len(batch)
            context.log("stage", name="pictures_looked_at", done=done, total=total)
        return np.concatenate(features), np.concatenate(named)

    plain, named = look(lambda pixels, _: pixels)
    within, between = feature_shifts.between_images(plain, splits.labels[positions])
    if not within > 0:
        raise DatasetError(
            f"Among {len(positions)} validation images no two of one class differ.",
            "Expected several different images a class.", "Use more images.", field="data.limit",
        )  # fmt: skip
    shape = (len(transforms), len(positions), SHIFT_DRAWS)
    distance, changed = np.zeros(shape), np.zeros(shape, bool)
    for row, transform in enumerate(transforms):
        for epoch in range(SHIFT_DRAWS):
            moved, other = look(_maker(transform.config, context.config.seed, epoch))
            distance[row, :, epoch] = feature_shifts.distances(moved, plain)
            changed[row, :, epoch] = other != named
    record = {"within": within, "between": between if np.isfinite(between) else None}
    return record, {"distance": distance, "changed": changed, "positions": positions}


def _maker(config: AugmentationConfig, seed: int, epoch: int):
    def make(pixels: np.ndarray, image_ids: np.ndarray) -> np.ndarray:
        draws = augmentation.draw(config, seed, epoch, image_ids)
        return augmentation.augment(np.asarray(pixels), draws, config.fill_mode)

    return make


def _see(lens: Lens, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pooled features and probabilities: a run's own, or those of ImageNet's 1000 classes."""
    seen = lens.look(np.asarray(pixels))
    pooled = seen["pooled"]
    return pooled, seen["probabilities"] if "probabilities" in seen else imagenet_probabilities(pooled)
