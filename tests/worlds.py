"""Made-up runs of every kind and outcome, for tests of what is said about them. Nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS, ExperimentConfig, with_setting
from core.errors import StoreError
from core.lab.questions import Case, variants
from core.lab.runs import Evidence
from core.presets import digits_quick
from core.results import EpochMetrics, PhaseResult, RunResult
from core.statistics.paired import PairedVerdict, compare
from core.store import FinishedRun
from core.transforms import AugmentationConfig
from tests import fakes

TURNED = AugmentationConfig(rotation=0.03, zoom=0.1)
OUTCOMES = {  # images that the second phase fixes and breaks, of 500
    "better": (38, 12),
    "worse": (12, 38),
    "even": (25, 25),
    "near": (4, 3),
    "same": (0, 0),
}


@dataclass(frozen=True)
class World:
    """One made-up run.

    Attributes:
        said: What it is, for a failing test's message.
        wrong: Name of a phase -> the validation images it gets wrong, bool (500,).
    """

    said: str
    run: FinishedRun
    wrong: dict[str, np.ndarray]

    @property
    def result(self) -> RunResult:
        return self.run.result

    @property
    def thaws(self) -> bool:
        """Whether any pretrained layer was ever thawed."""
        config = self.run.config
        return (
            config.fine_tuning.epochs > 0
            and config.fine_tuning.unfreeze_from < BACKBONE_LAYERS
            and not config.from_scratch
        )

    @property
    def verdict(self) -> PairedVerdict:
        """Of the last phase against the first."""
        masks = list(self.wrong.values())
        return compare(~masks[0], ~masks[-1])


# Kinds of runs


def _set(**settings) -> ExperimentConfig:
    config = digits_quick()
    for name, value in settings.items():
        config = with_setting(config, name.replace("__", "."), value)
    return config


KINDS: dict[str, ExperimentConfig] = {
    "thawed": digits_quick(),
    "head only": _set(fine_tuning__unfreeze_from=BACKBONE_LAYERS),
    "whole": _set(fine_tuning__unfreeze_from=0),
    "frozen": digits_quick().first_phase_only(),
    "at once": _set(feature_extraction__epochs=0),
    "head at once": _set(feature_extraction__epochs=0, fine_tuning__unfreeze_from=BACKBONE_LAYERS),
    "scratch": digits_quick().without_transfer(),
    "augmented": replace(digits_quick(), augmentation=TURNED),
    "batch": _set(batch_norm="batch"),
    "two classes": digits_quick(),
    "without dropout": _set(head__dropout=0.0),
    "plain as asked": digits_quick(),
    "far": digits_quick(),
    "resumed": digits_quick(),
    "kept": _set(keep="best", patience=2),
    "kept last": _set(keep="best"),
    "stopped": _set(patience=2),
}


def _phases(change: Callable[[PhaseResult], PhaseResult]) -> Callable[[RunResult], RunResult]:
    return lambda result: replace(result, phases=tuple(map(change, result.phases)))


def _far(phase: PhaseResult) -> PhaseResult:
    moved = [replace(row, trainable=50 * row.trainable) for row in phase.weight_change]
    return replace(phase, weight_change=tuple(moved))


def _batch(phase: PhaseResult) -> PhaseResult:
    normalises = [row.name.endswith(("BN", "_bn", "bn_Conv1")) for row in phase.weight_change]
    rows = zip(phase.weight_change, normalises, strict=True)
    moved = [replace(row, statistics=0.12 * (row.trainable > 0 and norm)) for row, norm in rows]
    return replace(phase, weight_change=tuple(moved))


def _kept(phase: PhaseResult) -> PhaseResult:
    """It kept its third epoch and stopped two later."""
    return replace(phase, epochs=phase.epochs[:5], kept_epoch=phase.epochs[2].epoch, most_epochs=9)


def _resumed(phase: PhaseResult) -> PhaseResult:
    return replace(phase, epochs=tuple(replace(epoch, seconds=9.0) for epoch in phase.epochs))


CHANGES: dict[str, Callable[[RunResult], RunResult]] = {
    "plain as asked": lambda result: replace(
        result, path="plain", phases=(result.phases[0], replace(result.last, path="plain"))
    ),
    "far": _phases(_far),
    "batch": _phases(_batch),
    "resumed": _phases(_resumed),
    "kept": _phases(_kept),
    "kept last": _phases(lambda phase: replace(phase, kept_epoch=phase.epochs[-1].epoch)),
    "stopped": _phases(lambda phase: replace(_kept(phase), kept_epoch=None)),
}


# Curves of the last phase


def _ending(accuracy_above: float) -> Callable[[PhaseResult], PhaseResult]:
    def change(phase: PhaseResult) -> PhaseResult:
        last = phase.epochs[-1]
        ends = replace(last, accuracy=last.val_accuracy + accuracy_above)
        return replace(phase, epochs=(*phase.epochs[:-1], ends))

    return change


def _second(above: float) -> Callable[[PhaseResult], PhaseResult]:
    """The second epoch is as good on validation images as the last one, or better."""

    def change(phase: PhaseResult) -> PhaseResult:
        first, second, *rest = phase.epochs
        second = replace(second, val_accuracy=rest[-1].val_accuracy + above)
        return replace(phase, epochs=(first, second, *rest))

    return change


CURVES: dict[str, Callable[[PhaseResult], PhaseResult]] = {
    "as made": lambda phase: phase,
    "by heart": _ending(0.0854),  # .0854 above: its shown parts must add up
    "a little by heart": _ending(0.004),
    "level": _ending(0.0),
    "below": _ending(-0.05),
    "best early": _second(0.014),
    "a tie": _second(0.0),
    "one epoch": lambda phase: replace(phase, epochs=phase.epochs[-1:]),
    "chance": lambda phase: replace(
        phase, epochs=tuple(replace(epoch, val_accuracy=0.1, accuracy=0.1) for epoch in phase.epochs)
    ),
}


def masks(outcome: str) -> tuple[np.ndarray, np.ndarray]:
    """What two networks get wrong, bool (500,) each: the second fixes and breaks so many."""
    fixed, broke = OUTCOMES[outcome]
    tuned = fakes.wrong_answers(fixed, 80 - fixed) | fakes.wrong_answers(200, broke)
    return fakes.wrong_answers(0, 80), tuned


def world(kind: str = "thawed", outcome: str = "better", curve: str = "as made", number: int = 1) -> World:
    """A made-up run, its seconds all different: 9.4 s and 12 s in its phases, 22 s and 33 s from nothing."""
    config = KINDS[kind]
    frozen, tuned = masks(outcome)
    wrong = fakes.wrong_by_phase(config, frozen, tuned)
    classes = ("cats", "dogs") if kind == "two classes" else tuple("0123456789")
    key = f"run-v1-{number:016x}"
    result = fakes.record(key, config, wrong, classes)
    phases = [_timed(phase, index) for index, phase in enumerate(result.phases)]
    phases[-1] = CURVES[curve](phases[-1])
    result = CHANGES.get(kind, lambda same: same)(replace(result, phases=tuple(phases)))
    run = FinishedRun(key, "finished", config, float(number), result=result)
    return World(f"{kind}, {outcome}, {curve}", run, wrong)


def _timed(phase: PhaseResult, index: int) -> PhaseResult:
    total, nothing = ((9.4, 22.0), (12.0, 33.0))[index]
    return replace(phase, seconds={**phase.seconds, "total": total}, seconds_from_nothing=nothing)


def control_of(one: World, outcome: str) -> World:
    """The head trained as long: against it the run's last phase fixes and breaks what the outcome says."""
    config = one.run.config.control() or one.run.config
    fixed, broke = OUTCOMES[outcome]
    tuned = list(one.wrong.values())[-1]
    wrong = tuned.copy()
    wrong[np.flatnonzero(~tuned)[:fixed]] = True
    wrong[np.flatnonzero(tuned)[:broke]] = False
    made = {"feature_extraction": wrong}
    key = f"run-v1-{99:016x}"
    result = fakes.record(key, config, made, one.result.dataset.classes)
    run = FinishedRun(key, "finished", config, 99.0, result=result)
    return World(f"control of {one.said}: {outcome}", run, made)


# The lab


def names(*worlds: World) -> dict[str, str]:
    """Key -> a name, A onwards."""
    letters = {one.run.run_key: "ABCDEFGHIJ"[index] for index, one in enumerate(worlds)}
    return {key: f"{letter} · made up" for key, letter in letters.items()}


def case(
    one: World | None,
    *,
    scratch: World | None = None,
    at_once: World | None = None,
    augmented: tuple[World, World] | None = None,
    control: World | None = None,
    damaged: bool = False,
) -> Case:
    """The lab's case where these runs are there.

    Args:
        damaged: Whether no two networks can be compared.
    """
    known = [w for w in (one, scratch, at_once, *(augmented or ()), control) if w is not None]
    wrong = {Model(w.run.run_key, phase): mask for w in known for phase, mask in w.wrong.items()}

    def verdict(first: Model, second: Model) -> PairedVerdict:
        if damaged:
            raise StoreError("The two cannot be compared.")
        return compare(~wrong[first], ~wrong[second])

    def outputs(model: Model) -> np.ndarray:
        if damaged:
            raise StoreError("Its predictions are lost.")
        return fakes.probabilities(wrong[model], len(classes))

    classes = one.result.dataset.classes if one else tuple("0123456789")
    frozen = one.run if one and "feature_extraction" in one.wrong else None
    tuned = frozen if one and frozen and "fine_tuning" in one.wrong else None
    augmenting = next((w.run for w in known if w.run.config.augmentation.active), None)
    evidence = Evidence(
        frozen=frozen,
        tuned=tuned,
        scratch=(scratch.run, frozen) if scratch and frozen else None,
        thawed_at_once=at_once.run if at_once else None,
        augmented=(augmented[0].run, augmented[1].run) if augmented else None,
        augmenting=augmenting,
        control=control.run if control else None,
    )
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    settings = replace(digits_quick(), augmentation=TURNED)
    return Case(
        settings=settings,
        recipe=digits_quick(),
        title="Digits",
        classes=classes,
        evidence=evidence,
        names=names(*known),
        verdict=verdict,
        probabilities=outputs,
        pictures=lambda: variants(pixels, 7, classes[0], settings.augmentation, settings.seed),
    )


def epoch(number: int, accuracy: float, val_accuracy: float) -> EpochMetrics:
    """One epoch's numbers."""
    return EpochMetrics(number, 0.5, accuracy, 0.5, val_accuracy, 0.6)
