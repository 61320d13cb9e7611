"""Which finished runs of a data set answer the lab questions. No TensorFlow."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compare.comparison import Model
from core.concepts import rate_facts
from core.config import ExperimentConfig
from core.errors import StoreError
from core.keys import canonical_json
from core.store import FinishedRun, Store, StoredRun, finished
from core.transforms import AugmentationConfig
from core.wording import words
from core.wording.run_notes import learned_nothing


@dataclass(frozen=True)
class Evidence:
    """Finished runs of one data set, by what they can show; None where there is none yet.

    Attributes:
        frozen: Pretrained, its first phase feature extraction; the same run as `tuned` where there is one,
            unless a person chose another.
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

    def used(self, number: int) -> tuple[FinishedRun, ...]:
        """The runs that answer a question, the one it is about last; none where it is not answered."""
        if number in (1, 4):
            pair = self.scratch if number == 1 else self.augmented
            return pair or ()
        one = {2: self.tuned, 7: self.augmenting}.get(number, self.frozen)
        return (one,) if one is not None else ()

    def own(self, number: int) -> bool:
        """Whether a question can be answered with numbers of the person's own runs."""
        return bool(self.used(number))


@dataclass(frozen=True)
class Candidates:
    """Finished runs of one data set by what they may answer, the best evidence first.

    Attributes:
        tuned: Fine-tuned as question 2 means it; see `unfit`.
        frozen: Pretrained, with a phase of feature extraction: a person's choice, then those of `tuned`.
        at_once: Pretrained, thawed without a frozen phase before.
    """

    tuned: tuple[FinishedRun, ...]
    frozen: tuple[FinishedRun, ...]
    at_once: tuple[FinishedRun, ...]
    scratch: tuple[FinishedRun, ...]
    plain: tuple[FinishedRun, ...]
    augmenting: tuple[FinishedRun, ...]

    def of(self, number: int) -> list[FinishedRun]:
        """The runs that may answer a question, the default first."""
        if number == 1:
            images = {_images(run) for run in self.scratch}
            return [run for run in self.frozen if _images(run) in images]
        if number == 4:
            without = {_but_for_augmentation(run) for run in self.plain}
            return [run for run in self.augmenting if _but_for_augmentation(run) in without]
        return list({2: self.tuned, 7: self.augmenting}.get(number, self.frozen))


def candidates(
    runs: Sequence[StoredRun], recipe: ExperimentConfig | None = None, preferred: str | None = None
) -> Candidates:
    """Order the runs of one data set by how well they answer: the one with key `preferred`, those of the
    recipe, then others, each newest first. A run that is `unfit` is never among `tuned` and comes last.

    Args:
        runs: Newest first.
        recipe: The data set's.
    """

    def rank(run: FinishedRun) -> tuple[bool, bool, bool]:
        return run.run_key != preferred, bool(unfit(run, recipe)), not _of_recipe(run, recipe)

    ended = sorted(finished(runs), key=rank)
    pretrained = [run for run in ended if run.config.base.weights == "imagenet"]
    frozen = [run for run in pretrained if _has(run, "feature_extraction")]
    at_once = [run for run in pretrained if run not in frozen]
    tuned = [run for run in frozen if _has(run, "fine_tuning") and not unfit(run, recipe)]
    return Candidates(
        tuned=tuple(tuned),
        frozen=tuple(sorted(frozen, key=lambda run: (run.run_key != preferred, run not in tuned))),
        at_once=tuple(at_once),
        scratch=tuple(run for run in ended if _has(run, "from_scratch")),
        plain=tuple(run for run in pretrained if not run.config.augmentation.active),
        augmenting=tuple(run for run in pretrained if run.config.augmentation.active),
    )


def unfit(run: FinishedRun, recipe: ExperimentConfig | None = None) -> str:
    """Why a fine-tuned run is not the fine-tuning that is asked about, as the end of a sentence; else empty.

    Args:
        recipe: The data set's: another BatchNorm mode than its own is a trial of that mode.
    """
    config = run.config
    if not config.fine_tuning.epochs or config.from_scratch:
        return ""
    if not config.thaws:
        return "only its head learned"
    if recipe is not None and config.batch_norm != recipe.batch_norm:
        return f"it tries another BatchNorm mode ({words.batch_norm(config)})"
    if rate_facts.warning(config):
        return f"its rate of {words.rate(config.fine_tuning.learning_rate)} is known to wreck"
    if learned_nothing(run.result):
        return "it learned nothing"
    return ""


def gather(
    runs: Sequence[StoredRun],
    preferred: str | None = None,
    controls: Mapping[str, FinishedRun] | None = None,
    recipe: ExperimentConfig | None = None,
) -> Evidence:
    """Choose among the runs of one data set, newest first, as `candidates` orders them.

    Args:
        preferred: Key of the run that a person chose.
        controls: Run key -> its control, as `keeping.controls` finds them.
        recipe: The data set's.
    """
    found = candidates(runs, recipe, preferred)
    best = found.frozen[:1]
    thawed = _pair(best, found.at_once, _images)
    tuned = found.tuned[0] if found.tuned else None
    return Evidence(
        frozen=best[0] if best else None,
        tuned=tuned,
        scratch=_pair(found.scratch, found.frozen, _without_transfer)
        or _pair(found.scratch, found.frozen, _images),
        thawed_at_once=thawed[1] if thawed else None,
        augmented=_pair(found.plain, found.augmenting, _but_for_augmentation),
        augmenting=found.augmenting[0] if found.augmenting else None,
        control=(controls or {}).get(tuned.run_key) if tuned else None,
    )


def without_augmentation(config: ExperimentConfig) -> ExperimentConfig:
    """The same experiment on the images as they are."""
    return replace(config, augmentation=AugmentationConfig())


def _has(run: FinishedRun, phase: str) -> bool:
    return any(found.name == phase for found in run.result.phases)


def _of_recipe(run: FinishedRun, recipe: ExperimentConfig | None) -> bool:
    """Whether a run differs from the recipe in its unfreeze point and seed at most, and thaws something."""
    if recipe is None or not run.config.thaws:
        return False
    tuning = replace(run.config.fine_tuning, unfreeze_from=recipe.fine_tuning.unfreeze_from)
    alike = replace(run.config, fine_tuning=tuning, seed=recipe.seed)
    return alike.canonical() == recipe.canonical()


def _pair(
    firsts: Sequence[FinishedRun], seconds: Sequence[FinishedRun], alike: Callable[[FinishedRun], Hashable]
) -> tuple[FinishedRun, FinishedRun] | None:
    """The best second run that a first one is like, with the best of those."""
    known: dict[Hashable, FinishedRun] = {}
    for run in firsts:
        known.setdefault(alike(run), run)
    return next(((known[alike(two)], two) for two in seconds if alike(two) in known), None)


def _images(run: FinishedRun) -> Hashable:
    """What it learned from: of one division, equally many training images are the same ones."""
    dataset = run.result.dataset
    return dataset.split_key, tuple(sorted(dataset.counts.items()))


def _without_transfer(run: FinishedRun) -> Hashable:
    config = run.config if run.config.from_scratch else run.config.without_transfer()
    return canonical_json(config.canonical()), _images(run)


def _but_for_augmentation(run: FinishedRun) -> Hashable:
    return canonical_json(without_augmentation(run.config).canonical()), _images(run)


def validation_outputs(store: Store, model: Model) -> np.ndarray:
    """Probabilities by one model for the validation images, float32 (n,) or (n, classes).

    Raises:
        StoreError: the run's arrays are missing or hold no such phase.
    """
    found = store.arrays(model.run_key).get(f"{model.phase}/validation")
    if found is None:
        raise StoreError(f"Run {model.run_key} keeps no predictions of {model.phase}.", fix="Run it again.")
    return found
