"""Where transfer learning is used, what it gains and what it risks, each beside what can be seen here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import layers
from core.lab.answers import Trained, quoted, verdict_of, worth_of_thawing
from core.lab.answers_why import phases_of
from core.lab.questions import Case
from core.results import PhaseResult
from core.statistics.baseline import commonest_share
from core.wording import words

NO_RUN = "No run of yours yet."
Here = Callable[[Case, list[Trained]], str]  # says what the phases of a run show; there is at least one


@dataclass(frozen=True)
class Claim:
    """What articles say, and where it can be looked into: a page, as its file's stem, and a link's words."""

    text: str
    here: Here
    page: str
    link: str


@dataclass(frozen=True)
class Material:
    """A claim beside what this person's runs say to it, or that there is none yet."""

    claim: Claim
    here: str


def material(case: Case) -> dict[str, tuple[Material, ...]]:
    """Heading -> claims, each beside what can be seen here."""
    trained = phases_of(case.evidence.frozen) if case.evidence.frozen is not None else []
    return {
        heading: tuple(Material(claim, claim.here(case, trained) if trained else NO_RUN) for claim in claims)
        for heading, claims in CLAIMS.items()
    }


def _unseen_classes(case: Case, trained: list[Trained]) -> str:
    return (
        f"On {case.title} a network that knew none of these classes is right for "
        f"{_accuracy(trained[0][2])} with only its head trained."
    )


def _commonest_mistake(case: Case, trained: list[Trained]) -> str:
    _, run, phase = trained[-1]
    wrong = np.array(phase.validation.confusion)
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "Not one validation image was mistaken."
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    names = run.result.dataset.classes
    return (
        f"The commonest mistake: {words.plural(int(wrong[true, predicted]), 'image')} of "
        f"{quoted(names[true])} taken for {quoted(names[predicted])}."
    )


def _body_and_head(case: Case, trained: list[Trained]) -> str:
    head = trained[0][2].trainable_parameters
    return (
        "There is no text here, but the plan is the same: a pretrained body and a small new head, here "
        f"{head:,} of {layers.PARAMETERS + head:,} numbers."
    )


def _rare(case: Case, trained: list[Trained]) -> str:
    return (
        "Rare classes flatter accuracy, so every accuracy here stands beside that of always naming the "
        f"commonest class: {_baseline(trained)}."
    )


def _faster(case: Case, trained: list[Trained]) -> str:
    said = f"Nothing reused, {_pace(trained[0][2])} of feature extraction"
    if case.evidence.scratch is None:
        return f"{said}."
    return f"{said}; {_pace(case.evidence.scratch[0].result.last)} from scratch."


def _better(case: Case, trained: list[Trained]) -> str:
    if case.evidence.scratch is not None:
        scratch, pretrained = (phases_of(run)[-1] for run in case.evidence.scratch)
        return verdict_of(case, "Transfer against from scratch", scratch, pretrained)
    if len(trained) == 1:
        return NO_RUN
    return " ".join(worth_of_thawing(case, *trained[:2]))


def _few_images(case: Case, trained: list[Trained]) -> str:
    _, run, phase = trained[-1]
    return f"{run.result.dataset.counts['train']:,} training images led to {_accuracy(phase)}."


def _mismatch(case: Case, trained: list[Trained]) -> str:
    return (
        f"Frozen ImageNet features reach {_accuracy(trained[0][2])}; always naming the commonest class "
        f"reaches {_baseline(trained)}. The closer the two, the less the features fit."
    )


def _overfitting(case: Case, trained: list[Trained]) -> str:
    epochs = trained[-1][2].epochs
    last, best = epochs[-1], max(epochs, key=lambda epoch: epoch.val_accuracy)
    said = (
        f"In the last epoch {words.percent(last.accuracy)} on training images, "
        f"{words.percent(last.val_accuracy)} on validation images"
    )
    if best.val_accuracy == last.val_accuracy:
        return f"{said}; no earlier epoch was better."
    return f"{said}; epoch {best.epoch} was better, with {words.percent(best.val_accuracy)}."


def _cost(case: Case, trained: list[Trained]) -> str:
    if len(trained) == 1:
        return NO_RUN
    frozen, tuned = trained[0][2], trained[1][2]
    return (
        f"{tuned.trainable_parameters:,} numbers learned instead of {frozen.trainable_parameters:,}; nothing "
        f"reused, {_pace(tuned)} instead of {_pace(frozen)}."
    )


def _accuracy(phase: PhaseResult) -> str:
    checked = phase.validation
    return f"{words.percent(checked.accuracy)} ({checked.correct:,} of {checked.n:,} validation images)"


def _baseline(trained: list[Trained]) -> str:
    return words.percent(commonest_share(trained[0][1].result.dataset.class_counts["validation"]))


def _pace(phase: PhaseResult) -> str:
    return f"{words.duration(phase.seconds_from_nothing)} for {words.plural(len(phase.epochs), 'epoch')}"


CLAIMS = {
    "Where it is used": (
        Claim("Pictures: finding objects, recognising faces, sorting photos.",
              _unseen_classes, "start", "Train a head"),
        Claim("Health care: X-rays, MRI, blood cells. Labelled pictures are few, and not all mistakes weigh "
              "the same.", _commonest_mistake, "compare", "See what is mistaken for what"),
        Claim("Language: BERT, GPT and ELMo, fine-tuned to judge moods, translate or answer questions.",
              _body_and_head, "layers", "See body and head"),
        Claim("Finance: fraud, risk, credit. What is looked for is rare.",
              _rare, "compare", "See the dotted line"),
    ),
    "What it gains": (
        Claim("Faster training.", _faster, "fine_tuning", "Watch the seconds"),
        Claim("Better results.", _better, "compare", "Compare runs"),
        Claim("Small data sets are enough.", _few_images, "data", "See the images and their splits"),
    ),
    "What it risks": (
        Claim("Domain mismatch: the new images may have little in common with those of ImageNet.",
              _mismatch, "bottleneck_features", "See how far the classes lie apart"),
        Claim("Overfitting by too much fine-tuning.", _overfitting, "fine_tuning", "Tune for longer"),
        Claim("Cost: fine-tuning is slower and has more to set.", _cost, "fine_tuning", "Slide and see"),
    ),
}  # fmt: skip
