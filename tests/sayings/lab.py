"""What the lab answers, and what it says beside the claims of articles."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np

from core import layers
from core.lab import answers, article, document, questions
from core.lab.questions import Case
from core.statistics.paired import PairedVerdict, compare
from core.wording import words
from tests import fakes, worlds
from tests.claims import Facts, Told, facts_of
from tests.sayings.grid import saying, without
from tests.worlds import CURVES, KINDS, OUTCOMES, World, world

LabCase = tuple[Case, World | None, list[PairedVerdict], Facts]  # what its sentences are about, and may tell


@cache
def lab_cases() -> list[LabCase]:
    """Cases with what their sentences are about: the run, all verdicts, all numbers."""
    found: list[LabCase] = [(worlds.case(None), None, [], Facts())]
    once = [world(kind, outcome) for kind in KINDS for outcome in ("better", "same")]
    once += [world(kind, curve=curve) for kind in ("thawed", "batch") for curve in CURVES]
    found += [_lab(one_) for one_ in once if "feature_extraction" in one_.wrong]
    for kind, outcome in itertools.product(
        ("thawed", "head only", "augmented", "batch", "two classes"), OUTCOMES
    ):
        found.append(_lab(world(kind), scratch=outcome, control=outcome))
        found.append(_lab(world(kind), control=outcome, at_once=outcome))
    for kind, outcome in itertools.product(("frozen", "thawed"), ("better", "worse", "same")):
        found.append(_lab(world(kind), scratch=outcome, augmented=outcome))
    return [*found, _lab(world(), scratch="better", control="better", damaged=True)]


def _lab(
    found: World,
    *,
    scratch: str = "",
    control: str = "",
    at_once: str = "",
    augmented: str = "",
    damaged=False,
) -> LabCase:
    parts: dict = {}
    others: list[World] = []
    tuned = list(found.wrong.values())[-1]

    def beside(kind: str, outcome: str, number: int) -> World:
        """A run of this kind against which the last phase fixes and breaks what the outcome says."""
        fixed, broke = OUTCOMES[outcome]
        wrong = tuned.copy()
        wrong[np.flatnonzero(~tuned)[:fixed]] = True
        wrong[np.flatnonzero(tuned)[:broke]] = False
        made = world(kind, number=number)
        masks = dict.fromkeys(made.wrong, wrong)
        result = fakes.record(made.run.run_key, made.run.config, masks, found.result.dataset.classes)
        phases = [
            replace(phase, seconds_from_nothing=97.0 + number, weight_change=old.weight_change)
            for phase, old in zip(result.phases, made.result.phases, strict=True)
        ]
        return World(kind, replace(made.run, result=replace(result, phases=tuple(phases))), masks)

    if scratch:
        parts["scratch"] = beside("scratch", scratch, 2)
    if control:
        parts["control"] = worlds.control_of(found, control)
    if at_once:
        parts["at_once"] = beside("at once", at_once, 4)
    if augmented:
        parts["augmented"] = (found, beside("augmented", augmented, 5))
    others = [one_ for part in parts.values() for one_ in (part if isinstance(part, tuple) else (part,))]
    every = [found, *others]
    facts = facts_of(*(one_.result for one_ in every))
    known = [(one_, mask) for one_ in every for mask in one_.wrong.values()]
    paired = [compare(~one_, ~other) for _, one_ in known for _, other in known]
    for verdict in paired:
        facts = facts + Facts(counts=[verdict.fixed, verdict.broke, verdict.n])
    return worlds.case(found, **parts, damaged=damaged), found, paired, facts


# Numbers of the network itself, and of what others published
STATIC = Facts(
    [0.96, 0.98, 0.2], [1281, 1280, 32, 224, 1_281_000, 1000, 2000, 2, 0, 1, 5, 10, 154, 52, 96, 64]
)


def _without_charts() -> contextlib.ExitStack:
    """The lab's answers without their figures' drawings, which take most of the time and say nothing."""
    stack, drawn = contextlib.ExitStack(), {"weight_change_by_phase": lambda *_: None}
    why = drawn | {"accuracy_dots": lambda *_: None, "learning_curve": lambda *_, **__: None}
    stack.enter_context(patch.multiple("core.lab.answers_code", **drawn))
    stack.enter_context(patch.multiple("core.lab.answers_why", **why))
    return stack


@saying
def lab_answers() -> Iterator[Told]:
    with _without_charts():
        yield from _answers()


def _answers() -> Iterator[Told]:
    for case, found, paired, facts in lab_cases():
        for question in questions.QUESTIONS:
            told = document.answer(question.number, case)
            facts_here = facts + STATIC + _of_code(case, question.number)
            texts = [without(told.origin, list(case.names.values())), *told.findings]
            texts += [figure.said for figure in told.figures]
            thaws = None if found is None else found.thaws or case.evidence.thawed_at_once is not None
            yield Told(f"answer {question.number}", texts, facts_here, thaws, paired)
            yield Told(f"explanation {question.number}", [told.explanation], facts_here)
            _code_is_of_its_run(told.code, case, question.number)
        yield Told("document", [document.summary(case.own)], Facts(counts=[len(case.own), 8]))
        for number in range(1, 9):
            wanted = questions.missing_run(number, case)
            yield Told("missing_run", [wanted.note] if wanted else [], Facts())


def _of_code(case: Case, number: int) -> Facts:
    config = case.coded(number)
    head = layers.head_parameters(config.head, len(case.classes))[1]
    thawed, frozen = (layers.count_trainable(at, config.head, len(case.classes)) for at in (0, 154))
    size = config.data.image_size
    probability = Facts([0.9, 0.1], [0.9, 0.1])
    return probability + Facts(
        [config.head.dropout],
        [head, size, layers.output_shapes(size)[-1][0], thawed.parameters, frozen.parameters,
         config.batch_size, len(case.classes)],
    )  # fmt: skip


def _code_is_of_its_run(code: str, case: Case, number: int) -> None:
    """No augmentation that its run never used, and its BatchNorm mode by name where it thaws."""
    config = case.coded(number)
    if number == 8:
        assert ("data_augmentation(inputs)" in code) == config.augmentation.active
        thaws = config.fine_tuning.epochs > 0 and config.fine_tuning.unfreeze_from < 154
        assert ("it uses each batch's" in code) == (thaws and config.batch_norm == "batch")
        assert ("keeps them after thawing" in code) == (thaws and config.batch_norm == "inference")
    if number == 7:
        assert ("RandomRotation" in code) == (config.augmentation.rotation > 0)


@saying
def the_article() -> Iterator[Told]:
    for case, found, paired, facts in lab_cases():
        for claims in article.material(case).values():
            for claim in claims:
                thaws = None if found is None else found.thaws
                baseline = found and found.result.dataset.class_counts["validation"][0] / 500
                here = facts + STATIC
                if found is not None and baseline:
                    shown = [round(100 * phase.validation.accuracy, 1) for phase in found.result.phases]
                    here.points += [value - round(100 * baseline, 1) for value in shown]
                    here.counts += [float(np.max(_mistakes(phase))) for phase in found.result.phases]
                result = found.result if found else None
                yield Told(claim.claim.text, [claim.here], here, thaws, paired, result)
                _marked(claim, case, paired)


def _mistakes(phase) -> np.ndarray:
    matrix = np.array(phase.validation.confusion)
    return matrix - np.diag(np.diag(matrix))


def _marked(claim: article.Material, case: Case, paired: list[PairedVerdict]) -> None:
    """A claim agrees with the runs only where the verdict on transfer says so, or the seconds."""
    if claim.claim.text not in ("Better results.", "Small data sets are enough."):
        return
    if case.evidence.scratch is None:
        assert "Your runs" not in claim.here
        return
    scratch, pretrained = (run.result for run in case.evidence.scratch)
    right = [phase.validation.correct for phase in (scratch.last, pretrained.last)]
    assert "Your runs agree" not in claim.here or right[1] > right[0]
    assert "do not agree" not in claim.here or right[1] < right[0]


@saying
def parts_of_answers() -> Iterator[Told]:
    found = world()
    case, _, paired, facts = _lab(found, control="better")
    frozen, tuned = [(words.PHASE_NAMES[phase.name], found.run, phase) for phase in found.result.phases]
    yield Told("worth_of_thawing", answers.worth_of_thawing(case, frozen, tuned), facts, True, paired)
    table = answers.results_table([frozen, tuned])
    assert table.loc["seconds of all phases, nothing reused", "fine-tuning"] == "55.0"
    yield Told("from_run", [without(answers.from_run(case, found.run), list(case.names.values()))], Facts())
    lonely, *_ = _lab(found)
    told = answers.worth_of_thawing(lonely, frozen, tuned)
    assert any("not known" in text for text in told), "without a control the gain is not thawing's alone"
    yield Told("worth_of_thawing", told, facts, True, paired)
