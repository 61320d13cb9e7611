"""Which finished runs of a data set answer the lab questions. No TensorFlow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compare.comparison import Model
from core.config import ExperimentConfig
from core.errors import StoreError
from core.store import FinishedRun, Store, StoredRun, finished
from core.transforms import AugmentationConfig


@dataclass(frozen=True)
class Evidence:
    """Finished runs of one data set, by what they can show; None where there is none yet.

    Attributes:
        frozen: Pretrained, its first phase feature extraction; the same run as `tuned` where there is one.
        tuned: The same, fine-tuned after it.
        scratch: A run from scratch, and a pretrained one on the same images (alike in the rest, if any is).
        thawed_at_once: Fine-tuned without a frozen phase before, on the images of `frozen`.
        augmented: Two runs alike but for augmentation: without, with.
        augmenting: Any run trained with augmentation.
        control: What `tuned` is judged against: the same head trained as long.
    """

    frozen: FinishedRun | None = None
    tuned: FinishedRun | None = None
    scratch: tuple[FinishedRun, FinishedRun] | None = None
    thawed_at_once: FinishedRun | None = None
    augmented: tuple[FinishedRun, FinishedRun] | None = None
    augmenting: FinishedRun | None = None
    control: FinishedRun | None = None

    def own(self, number: int) -> bool:
        """Whether a question can be answered with numbers of the person's own runs."""
        needed = {1: self.scratch, 2: self.tuned, 4: self.augmented, 7: self.augmenting}
        return needed.get(number, self.frozen) is not None


def gather(
    runs: Sequence[StoredRun],
    preferred: str | None = None,
    controls: Mapping[str, FinishedRun] | None = None,
) -> Evidence:
    """Choose among the runs of one data set, newest first, the one with key `preferred` before all.

    Args:
        controls: Run key -> its control, as `keeping.controls` finds them.
    """
    ended = sorted(finished(runs), key=lambda run: run.run_key != preferred)
    scratch = [run for run in ended if _has(run, "from_scratch")]
    pretrained = [run for run in ended if run.config.base.weights == "imagenet"]
    frozen = [run for run in pretrained if _has(run, "feature_extraction")]
    tuned = [run for run in frozen if _has(run, "fine_tuning")]
    at_once = [run for run in pretrained if run not in frozen]
    plain = [run for run in pretrained if not run.config.augmentation.active]
    augmenting = [run for run in pretrained if run.config.augmentation.active]
    best = (tuned + frozen)[:1]
    thawed = _pair(best, at_once, _same_images)
    return Evidence(
        frozen=best[0] if best else None,
        tuned=tuned[0] if tuned else None,
        scratch=_pair(scratch, tuned + frozen, _twins) or _pair(scratch, tuned + frozen, _same_images),
        thawed_at_once=thawed[1] if thawed else None,
        augmented=_pair(plain, augmenting, _alike_but_for_augmentation),
        augmenting=augmenting[0] if augmenting else None,
        control=(controls or {}).get(tuned[0].run_key) if tuned else None,
    )


def without_augmentation(config: ExperimentConfig) -> ExperimentConfig:
    """The same experiment on the images as they are."""
    return replace(config, augmentation=AugmentationConfig())


def _has(run: FinishedRun, phase: str) -> bool:
    return any(found.name == phase for found in run.result.phases)


def _pair(
    firsts: Sequence[FinishedRun],
    seconds: Sequence[FinishedRun],
    match: Callable[[FinishedRun, FinishedRun], bool],
) -> tuple[FinishedRun, FinishedRun] | None:
    return next(((one, two) for two in seconds for one in firsts if match(one, two)), None)


def _same_images(one: FinishedRun, two: FinishedRun) -> bool:
    """Whether both learned from the same images, too: of one division, equally many are the same ones."""
    first, second = one.result.dataset, two.result.dataset
    return first.split_key == second.split_key and first.counts == second.counts


def _twins(scratch: FinishedRun, pretrained: FinishedRun) -> bool:
    return _same_images(scratch, pretrained) and pretrained.config.without_transfer() == scratch.config


def _alike_but_for_augmentation(one: FinishedRun, two: FinishedRun) -> bool:
    plain = [without_augmentation(run.config).canonical() for run in (one, two)]
    return plain[0] == plain[1] and _same_images(one, two)


def validation_outputs(store: Store, model: Model) -> np.ndarray:
    """Probabilities by one model for the validation images, float32 (n,) or (n, classes).

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    found = store.arrays(model.run_key).get(f"{model.phase}/validation")
    if found is None:
        raise StoreError(f"Run {model.run_key} keeps no predictions of {model.phase}.", fix="Run it again.")
    return found
