"""Where transfer learning is used, what it gains and what it risks, each beside what can be seen here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import layers
from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS
from core.errors import StoreError
from core.lab.answers import Trained, quoted, worth_of_thawing
from core.lab.answers_why import phases_of
from core.lab.questions import Case
from core.results import PhaseResult, spent_on
from core.statistics.baseline import commonest_share
from core.statistics.verdict import Verdict
from core.store import FinishedRun
from core.wording import words
from core.wording.run_notes import CLEAR_GAP, why_training_is_low
from core.wording.verdicts import paired_sentence

NO_RUN = "No run of yours yet."
NO_SCRATCH = "No run from scratch of yours yet to hold it against."
NOT_TUNED = "No fine-tuned run of yours yet."
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
        f"On {case.title} a network that had learned other labels is right for {_accuracy(trained[0][2])} "
        "with only its head trained."
    )


def _commonest_mistake(case: Case, trained: list[Trained]) -> str:
    _, run, phase = trained[-1]
    wrong = np.array(phase.validation.confusion)
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "Not one validation image was mistaken."
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    names = run.result.dataset.classes
    which = "The commonest mistake" if (wrong == wrong.max()).sum() == 1 else "One of the commonest mistakes"
    return (
        f"{which}: {words.plural(int(wrong[true, predicted]), 'image')} of {quoted(names[true])} taken for "
        f"{quoted(names[predicted])}."
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
    if case.evidence.scratch is None:
        return f"{NO_SCRATCH} Nothing reused, {_pace(*trained[0][1:])} of feature extraction."
    scratch, pretrained = (phases_of(run)[-1] for run in case.evidence.scratch)
    took = [spent_on(run.result.phases).from_nothing for run in case.evidence.scratch]
    shown = [words.duration(seconds) for seconds in took]
    mark = "Your runs agree" if took[1] < took[0] else "Your runs do not agree"
    return (
        f"{mark if shown[0] != shown[1] else 'Your runs cannot tell'}: nothing reused, "
        f"{_pace(*pretrained[1:])} with transfer, {_pace(*scratch[1:])} from scratch."
    )


def _against_scratch(case: Case, scratch: Trained, pretrained: Trained) -> tuple[Verdict | None, str]:
    """The verdict on transfer against training from scratch, None where there is none, and its sentence."""
    title = "Transfer against from scratch"
    models = [Model(run.run_key, phase.name) for _, run, phase in (scratch, pretrained)]
    try:
        paired = case.verdict(*models)
    except StoreError as problem:
        return None, f"{title}: {problem.happened}"
    return paired.verdict, f"{title}: {paired_sentence(paired)}."


def _better(case: Case, trained: list[Trained]) -> str:
    if case.evidence.scratch is not None:
        scratch, pretrained = (phases_of(run)[-1] for run in case.evidence.scratch)
        verdict, said = _against_scratch(case, scratch, pretrained)
        return f"{_AGREES[verdict]}{said}"
    if len(trained) == 1:
        return NO_SCRATCH
    return " ".join([NO_SCRATCH, *worth_of_thawing(case, *trained[:2])])


def _few_images(case: Case, trained: list[Trained]) -> str:
    if case.evidence.scratch is None:
        _, run, phase = trained[-1]
        return (
            f"{run.result.dataset.counts['train']:,} training images led to {_accuracy(phase)}. Whether "
            "that is the pretrained weights' doing, only a run from scratch on the same images can tell."
        )
    scratch, pretrained = (phases_of(run)[-1] for run in case.evidence.scratch)
    verdict, _ = _against_scratch(case, scratch, pretrained)
    return (
        f"{_AGREES[verdict]}{pretrained[1].result.dataset.counts['train']:,} training images led to "
        f"{_accuracy(pretrained[2])} with transfer, {_accuracy(scratch[2])} from scratch."
    )


_AGREES = {
    Verdict.BETTER: "Your runs agree. ",
    Verdict.WORSE: "Your runs do not agree. ",
    Verdict.CANNOT_TELL: "Your runs cannot tell. ",
    None: "",
}


def _mismatch(case: Case, trained: list[Trained]) -> str:
    phase = trained[0][2]
    low, high = phase.validation.interval
    bar, gap = _bar(trained), words.apart(phase.validation.accuracy, _bar(trained))
    said = (
        f"Frozen ImageNet features reach {_accuracy(phase)}; always naming the commonest class reaches "
        f"{words.percent(bar)}"
    )
    if low <= bar <= high:
        return f"{said}. That is no clear difference: nothing shows that the features fit."
    if gap < 0:
        return f"{said}, {-gap:.1f} points more: here the features are worse than none."
    return (
        f"{said}, {gap:.1f} points less. The larger this distance, the better the features fit; at none "
        "they do not."
    )


def _overfitting(case: Case, trained: list[Trained]) -> str:
    _, run, phase = trained[-1]
    if phase.name != "fine_tuning":
        return NOT_TUNED
    last, best = phase.epochs[-1], max(phase.epochs, key=lambda epoch: epoch.val_accuracy)
    gap = words.apart(last.accuracy, last.val_accuracy)
    said = (
        f"In the last epoch {words.percent(last.accuracy)} on training images, "
        f"{words.percent(last.val_accuracy)} on validation images: "
    )
    if gap >= CLEAR_GAP:
        said += f"{gap:.1f} points apart, part of what was learned holds only for training images."
    elif gap > 0:
        said += f"{gap:.1f} points apart, which is little."
    else:
        by_batch = any(change.statistics for change in phase.weight_change)
        said += f"no sign of it. {why_training_is_low(run.config, by_batch)}."
    if words.apart(best.val_accuracy, last.val_accuracy) <= 0:
        return f"{said} No earlier epoch was better on validation images."
    return (
        f"{said} Epoch {best.epoch} was better on validation images, with {words.percent(best.val_accuracy)}."
    )


def _cost(case: Case, trained: list[Trained]) -> str:
    if len(trained) == 1:
        return NOT_TUNED
    (_, run, frozen), (_, _, tuned) = trained[:2]
    times = f"nothing reused, {_pace(run, tuned)} of both phases, {_pace(run, frozen)} of the first alone"
    if tuned.unfreeze_from == BACKBONE_LAYERS:
        return (
            f"Nothing was thawed: the same {tuned.trainable_parameters:,} numbers went on learning; {times}."
        )
    return (
        f"{tuned.trainable_parameters:,} numbers learned instead of {frozen.trainable_parameters:,}; {times}."
    )


def _accuracy(phase: PhaseResult) -> str:
    checked = phase.validation
    return f"{words.percent(checked.accuracy)} ({checked.correct:,} of {checked.n:,} validation images)"


def _baseline(trained: list[Trained]) -> str:
    return words.percent(_bar(trained))


def _bar(trained: list[Trained]) -> float:
    return commonest_share(trained[0][1].result.dataset.class_counts["validation"])


def _pace(run: FinishedRun, phase: PhaseResult) -> str:
    """`53 s for 20 epochs`: of all phases up to this one."""
    epochs = sum(len(one.epochs) for one in run.result.up_to(phase))
    return f"{words.from_nothing(run.result, phase)} for {words.plural(epochs, 'epoch')}"


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
