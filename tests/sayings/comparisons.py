"""What is said of networks against each other."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.compare import calibration, disagreements, folds, networks, per_class, seeds, threshold
from core.compare.disagreements import Predictions
from core.compare.folds import OutOfFold
from core.compare.networks import Compared
from core.compare.notes import compare_notes
from core.compare.seeds import Repeated
from core.statistics.paired import compare, wilson_interval
from core.statistics.temperature import at_temperature, fit_temperature
from tests import fakes, worlds
from tests.claims import Facts, Told, facts_of, facts_of_pair
from tests.sayings.grid import pair, saying
from tests.worlds import OUTCOMES, world


def _compared(outcome: str) -> tuple[Compared, Compared]:
    found = world(outcome=outcome)
    first, last = found.result.phases
    return (
        Compared(found.run, first, "A · feature extraction"),
        Compared(found.run, last, "A · from block 13 · 3e‑5"),
    )


@saying
def two_networks() -> Iterator[Told]:
    far = replace(pair("better"), fixed=150, broke=0)
    for outcome in OUTCOMES:
        first, second = _compared(outcome)
        verdict = pair(outcome)
        told = compare_notes(first, second, verdict, "validation")
        facts = facts_of(first.run.result) + facts_of_pair(verdict)
        yield Told("compare_notes", told, facts, None, [verdict])
        assert "33 s" not in told[1], "a fine-tuned network needs both phases"
        apart = first.checked("validation").interval, second.checked("validation").interval
        overlap = apart[0][0] <= apart[1][1] and apart[1][0] <= apart[0][1]
        assert "do not overlap" not in told[0] or not overlap
    first, second = _compared("better")
    low = replace(first.phase, validation=fakes.evaluation(fakes.wrong_answers(0, 300), 10))
    told = compare_notes(Compared(first.run, low, "A"), second, far, "validation")
    assert "do not overlap" in told[0]
    few = compare(np.arange(20) >= 6, np.arange(20) >= 1)
    told = compare_notes(first, second, few, "validation")
    yield Told("compare_notes", told, facts_of(first.run.result) + facts_of_pair(few), None, [few])


@saying
def how_sure() -> Iterator[Told]:
    random = np.random.default_rng(2)
    labels = random.integers(0, 4, 400)
    for sharpness in (0.2, 1.0, 6.0):
        scores = random.normal(size=(400, 4)) + 1.2 * np.eye(4)[labels]
        values = np.exp(sharpness * scores)
        probabilities = values / values.sum(axis=1, keepdims=True)
        found = calibration.calibrate(probabilities, labels, 4)
        right = float((probabilities.argmax(axis=1) == labels).mean())
        sure = float(probabilities.max(axis=1).mean())
        facts = Facts([right, sure], points=[100 * found.gap.low, 100 * found.gap.high])
        told = calibration.gap_sentence(found)
        assert ("too sure of itself" in told) == (found.gap.low > 0)
        assert ("not sure enough**" in told) == (found.gap.high < 0)
        yield Told("gap_sentence", [told], facts)
        told = calibration.chance_sentence("A", found)
        assert ("is more than luck" in told) == (found.error > found.error_by_chance[1])
        yield Told("chance_sentence", [told], Facts([found.error, *found.error_by_chance], [400, 95, 100]))
        bins = Facts(counts=[one_.n for one_ in found.bins])
        bins.shares = [v for one_ in found.bins for v in (one_.confidence, one_.accuracy, *one_.interval)]
        bins.points = [100 * v for one_ in found.bins for v in one_.interval]
        yield Told("bin_sentence", [calibration.bin_sentence(found)], bins)
        fitted = fit_temperature(probabilities, labels)
        assert fitted is not None
        after = calibration.calibrate(at_temperature(probabilities, fitted.value), labels, 4)
        for split in ("validation", "test"):
            told = calibration.temperature_sentence(fitted, found, after, split)
            was, now = (f"{100 * one_.error:.1f}%" for one_ in (found, after))
            assert (f"from {was} to {now}" if was != now else f"stays at {now}") in told
            assert ("flatters" in told) == (split == "validation")
            facts = Facts([found.error, after.error], [fitted.value, 400])
            yield Told("temperature_sentence", [told], facts)
    told = calibration.temperature_sentence(None, found, None, "test")
    assert told.startswith("No temperature can be fitted")
    yield Told("temperature_sentence", [told], Facts())


@saying
def where_they_disagree() -> Iterator[Told]:
    for classes, outcome in itertools.product((2, 10), OUTCOMES):
        masks = worlds.masks(outcome)
        true = fakes.labels(500, classes)
        sides = [Predictions.of(fakes.probabilities(mask, classes), true) for mask in masks]
        both, wrong = int((masks[0] & masks[1]).sum()), int(masks[0].sum())
        told = [disagreements.shared_mistakes_note(*sides)]
        yield Told("shared_mistakes_note", told, Facts(counts=[both]))
        confident = disagreements.confidence_note(sides[0], "A")
        facts = Facts([0.9, 0.9], [wrong])
        yield Told("confidence_note", [confident], facts)
        rows = np.flatnonzero(masks[0])
        pairs = np.bincount(true[rows])
        told = disagreements.commonest_mix_up(
            sides[0], rows, [f"c{'abcdefghij'[at]}" for at in range(classes)]
        )
        yield Told("commonest_mix_up", [told], Facts(counts=[int(pairs.max()), len(rows)]))
    apart = Predictions.of(np.eye(3)[[1, 1, 1, 1]], np.array([0, 0, 2, 2]))
    other = Predictions.of(np.eye(3)[[2, 2, 0, 1]], np.array([0, 0, 2, 2]))
    told = disagreements.shared_mistakes_note(apart, other)
    yield Told("shared_mistakes_note", [told], Facts(counts=[4, 1]))


@saying
def by_class() -> Iterator[Told]:
    names_ = [f"c{'abcdefghij'[at]}" for at in range(10)]
    for outcome in OUTCOMES:
        first, second = (fakes.evaluation(mask, 10) for mask in worlds.masks(outcome))
        counts, recalls = [50.0], []
        for checked in (first, second):
            matrix = np.array(checked.confusion)
            counts += [
                *np.diag(matrix),
                *matrix.max(axis=1),
                *(matrix - np.diag(np.diag(matrix))).max(axis=1),
            ]
            recalls += [*(np.diag(matrix) / matrix.sum(axis=1))]
        told = [per_class.hardest_note(second, names_, "A"), per_class.change_note(first, second, names_)]
        yield Told("per_class", told, Facts([float(r) for r in recalls], [float(c) for c in counts]))


@saying
def in_folds() -> Iterator[Told]:
    for wrong in (0, 30, 200):
        right = np.ones(250, bool)
        right[:wrong] = False
        found = OutOfFold(np.arange(250, dtype=np.uint64), np.arange(250) % 5, right)
        held_out = fakes.evaluation(fakes.wrong_answers(0, 80), 10)
        low, high = wilson_interval(250 - wrong, 250)
        shares = [float(right[np.arange(250) % 5 == fold].mean()) for fold in range(5)]
        mean = (250 - wrong) / 250
        facts = Facts(
            shares, [250 - wrong, 250, 500],
            points=[100 * (high - low), 100 * (held_out.interval[1] - held_out.interval[0]),
                    100 * float(np.std(shares, ddof=1)), 100 * np.sqrt(mean * (1 - mean) * 5 / 250)],
        )  # fmt: skip
        facts.counts += [round(facts.points[1], 1), round(facts.points[3], 1)]
        yield Told("fold_notes", folds.fold_notes("A", found, held_out), facts)


@saying
def by_seed() -> Iterator[Told]:
    runs = {seed: world(outcome=outcome).result for seed, outcome in enumerate(OUTCOMES)}
    for seeds_ in (5, 1):
        chosen = dict(list(runs.items())[:seeds_])
        shown = [round(100 * run.last.validation.accuracy, 1) for run in chosen.values()]
        low, high = next(iter(chosen.values())).last.validation.interval
        told = seeds.spread_sentence(Repeated("A", "fine_tuning", chosen), "validation")
        yield Told("spread_sentence", [told], Facts(points=[max(shown) - min(shown), 100 * (high - low)]))


@saying
def alarms() -> Iterator[Told]:
    truth = np.arange(200) < 40
    scores = np.where(truth, 0.7, 0.3) + 0.25 * np.sin(np.arange(200))
    usual = threshold.alarms(scores, truth, 0.5)
    for level in (0.1, 0.3, 0.5, 0.52, 0.7, 0.9):
        chosen = threshold.alarms(scores, truth, level)
        facts = Facts(
            [
                chosen.recall_interval[0],
                *(float(((scores >= at) == truth).mean()) for at in (level, 0.5)),
                0.5,
            ],
            [40, abs(chosen.found - usual.found), abs(chosen.false - usual.false)],
        )
        told = threshold.alarm_sentences(chosen, usual, "ill")
        if len(told) > 1:
            assert ("of ill more, " in told[0] and " finds " in told[0]) == (chosen.found > usual.found)
            assert ("misses" in told[0]) == (chosen.found < usual.found)
            assert ("more false" in told[0], "fewer false" in told[0]) == (
                chosen.false > usual.false, chosen.false < usual.false
            )  # fmt: skip
        yield Told("alarm_sentences", told, facts)


@saying
def links() -> Iterator[Told]:
    found = world()
    here = networks.networks([found.run], worlds.names(found))
    for text in ("nonsense", f"{'e' * 16}.tuned", networks.to_link(here.values())):
        yield Told("from_link", list(networks.from_link(text, here, [found.run]).notes), Facts())
