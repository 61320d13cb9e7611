"""The eight lab questions, what their answers are made of, and what may still be missing. No TensorFlow.

    runs.gather(stored) -> Evidence -> Case -> document.answer(number, case, theme) -> Answer

The page and the downloaded document are drawn from the same answers, so their numbers are the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compare.comparison import Model
from core.concepts.variants import vary
from core.config import ExperimentConfig
from core.lab.runs import Evidence, unfit, without_augmentation
from core.statistics.paired import PairedVerdict
from core.store import FinishedRun
from core.transforms import AugmentationConfig

EPOCHS_SHOWN = 3  # variants of each picture


@dataclass(frozen=True)
class Question:
    """One of the eight.

    Attributes:
        name: Two words, for a button.
        page: The page where it can be tried, as the file's stem, and `link`, what the link to it says.
        code: Whether the question asks for code.
    """

    number: int
    name: str
    text: str
    page: str
    link: str
    code: bool = False


QUESTIONS = (
    Question(1, "Transfer",
             "What is transfer learning, and how does it differ from training from scratch?",
             "start", "Train a pretrained network"),
    Question(2, "Fine-tuning", "What is fine-tuning, and why is it useful?",
             "fine_tuning", "Thaw and retrain"),
    Question(3, "Freezing", "Why is the convolutional base frozen during feature extraction?",
             "layers", "See what freezing leaves to learn"),
    Question(4, "Augmenting", "Why are the training images augmented?",
             "augmentation", "Turn, flip and zoom a picture"),
    Question(5, "Load", "Which code loads MobileNetV2 without its top?",
             "layers", "See all 154 layers", code=True),
    Question(6, "Freeze", "Which code makes it non-trainable?",
             "fine_tuning", "Freeze another part", code=True),
    Question(7, "Augment", "Which code defines the augmentation layers?",
             "augmentation", "Choose other transforms", code=True),
    Question(8, "Classify", "Which code adds the new classifier?",
             "bottleneck_features", "Follow the shapes through the network", code=True),
)  # fmt: skip


# Tiles


@dataclass(frozen=True)
class Tile:
    """A picture or a variant of it as the network gets it, uint8 (s, s, 3), and what it shows."""

    pixels: np.ndarray
    said: str


def variants(
    pixels: np.ndarray, image_id: int, label: str, config: AugmentationConfig, seed: int
) -> list[Tile]:
    """An image and what training with this seed makes of it in its first epochs; the label stays.

    Args:
        pixels: uint8 (s, s, 3).
        image_id: Its name in random draws, as in training.
    """
    made = vary(pixels, image_id, config, seed, range(EPOCHS_SHOWN))
    changed = zip(made.epochs, made.said, made.pixels, strict=True)
    return [
        Tile(pixels, f"{label}: as it is"),
        *(Tile(variant, f"{label}: epoch {epoch}, {said}") for epoch, said, variant in changed),
    ]


# What an answer is made of, and what it may lack


@dataclass(frozen=True)
class Case:
    """All that the answers are made of.

    Attributes:
        settings: The current settings; the code is for these where no run answers (`coded`).
        recipe: What a button trains where there is no run yet.
        title: What the data set is called.
        names: Run key -> its name on the pages, `B · from block 11 · 1e-5`.
        verdict: The second model against the first on the same validation images; may raise StoreError.
        probabilities: A model's output for the validation images, float32 (n,) or (n, classes); may raise
            StoreError.
        pictures: Two images with their variants, made when asked for; may raise DatasetError.
        probed: What probes on pretrained and on random features say, in sentences; empty while none do.
    """

    settings: ExperimentConfig
    recipe: ExperimentConfig
    title: str
    classes: tuple[str, ...]
    evidence: Evidence
    names: dict[str, str]
    verdict: Callable[[Model, Model], PairedVerdict]
    probabilities: Callable[[Model], np.ndarray]
    pictures: Callable[[], Sequence[Tile]]
    probed: tuple[str, ...] = ()

    def called(self, run: FinishedRun) -> str:
        """`run B`."""
        return "run " + self.names[run.run_key].split(" ·")[0]

    def coded(self, number: int = 0) -> ExperimentConfig:
        """What an answer's code trains: its run's own config, else the current settings.

        Args:
            number: Of the question; 0 for all four pieces together, which are one run's.
        """
        run = self.evidence.augmenting if number == 7 else self.evidence.frozen
        return run.config if run else self.settings

    @property
    def own(self) -> list[int]:
        """Numbers of the questions that the person's own runs answer."""
        return [question.number for question in QUESTIONS if self.evidence.own(question.number)]


@dataclass(frozen=True)
class Missing:
    """The run that would answer a question with the person's own numbers.

    Attributes:
        note: What will be trained, and what for.
        label: What its button says; empty for a first run like any other.
    """

    note: str
    label: str
    config: ExperimentConfig


def missing_run(number: int, case: Case) -> Missing | None:
    """What to train for a question; None where nothing is missing, or the settings leave nothing to train."""
    evidence = case.evidence
    if evidence.own(number):
        return None
    if number == 7 or (number == 4 and evidence.frozen):
        return _missing_augmentation(case)
    if evidence.frozen is None:
        then = {
            1: "First a pretrained network, then one from scratch to compare.",
            4: "First one network, then its twin that differs in augmentation alone.",
        }
        note = "No run on these images yet. " + then.get(number, "One run fills in your own numbers.")
        return Missing(note, "", case.recipe)
    config = evidence.frozen.config
    if number == 1:
        note = (
            f"The same network from random numbers, on the images of {case.called(evidence.frozen)}, for as "
            "many epochs in all. Every layer has to learn, so it takes longer."
        )
        return Missing(note, "Train from scratch", config.without_transfer())
    note = f"The second phase of {case.called(evidence.frozen)} is missing."
    if why := unfit(evidence.frozen, case.recipe):
        note = (
            f"{case.called(evidence.frozen).capitalize()} is not the fine-tuning that is asked about: {why}."
        )
    wanted = replace(config, fine_tuning=case.recipe.fine_tuning, batch_norm=case.recipe.batch_norm)
    return Missing(note, "Fine-tune it", wanted)


def _missing_augmentation(case: Case) -> Missing | None:
    known, wanted = case.evidence.frozen, case.settings.augmentation
    config = known.config if known else case.recipe
    if known and config.augmentation.active:
        note = f"Like {case.called(known)} in everything, but on the images as they are."
        return Missing(note, "Train without augmentation", without_augmentation(config))
    if not wanted.active:
        return None
    note = f"Like {case.called(known)} in everything else." if known else "No run on these images yet."
    return Missing(note, "Train with augmentation", replace(config, augmentation=wanted))
