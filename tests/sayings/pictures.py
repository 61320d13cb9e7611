"""What is said of features and of augmented pictures."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core import layers
from core.charts import augmentation_charts
from core.charts.rate_chart import rate_notes
from core.concepts import augmentation_gain, feature_notes, freeze_guide, tables
from core.concepts.augmentation_gain import SeedGain
from core.concepts.feature_map import Layout, map_frame
from core.explain import feature_shifts
from core.explain.learning_rates import Reading
from core.explain.probe_depths import best_against_top, probe_frame
from core.method.grad_cam import limits_note
from core.statistics.paired import compare
from core.statistics.verdict import Verdict
from core.transforms import AugmentationConfig
from core.wording.concept_notes import augmentation_notes
from tests.claims import Facts, Told, facts_of_pair
from tests.sayings.grid import pair, saying, without
from tests.worlds import world


@saying
def shapes_of_features() -> Iterator[Told]:
    for size, units in itertools.product((32, 64, 96, 160, 224), (1, 10)):
        flow = tables.flow(size, units)
        shapes = layers.output_shapes(size)
        widest = max(
            shapes[row.index][0] ** 2 * row.channels
            for row in layers.layer_table()
            if row.kind != "ZeroPadding2D"
        )
        side = shapes[-1][0]
        facts = Facts(counts=[3 * size**2, 1280, size, side, 3, widest, 16, 320, int(flow["values"].iloc[0])])
        yield Told("shape_notes", feature_notes.shape_notes(size, units), facts)
        yield Told("limits_note", [limits_note((side, side))], Facts(counts=[side]))


@saying
def a_map() -> Iterator[Told]:
    labels = np.array([0, 0, 0, 1])
    for explained, dimensions, same in itertools.product(((0.3, 0.2), ()), (2, 3), (None, 0.5, 1.0)):
        layout = Layout(np.zeros((4, dimensions)), ("a",) * dimensions, explained)
        facts = Facts([sum(explained), same or 0.0, 0.75], [1280])
        for pretrained in (True, False):
            yield Told("map_notes", feature_notes.map_notes(layout, labels, same, pretrained), facts)
    layout = Layout(np.zeros((4, 2)), ("a", "b"))
    said = [None, np.array([1, 1, 0, 1]), np.array([0, 1, 1, 1]), labels]
    for before, after in itertools.product(said, said):
        frames = {
            name: map_frame(layout, labels, "abcd", ["x", "y"], answers)
            for name, answers in (("before", before), ("after", after))
        }
        counts: list[float] = []
        if before is not None and after is not None:
            was, now = before == labels, after == labels
            counts = [int((~was).sum()), int((~was & now).sum()), int((was & ~now).sum())]
        for was, now in ((0.5, 0.75), (0.75, 0.5), (0.5, 0.5)):
            told = feature_notes.change_notes(was, now, frames)
            yield Told("feature change_notes", told, Facts([was, now], counts))


@saying
def one_image() -> Iterator[Told]:
    for silent in (0, 3, 1280):
        pooled = np.arange(1, 1281, dtype=float)
        pooled[:silent] = 0
        ordered = np.sort(pooled)[::-1]
        half = next((n for n in range(1, 1281) if ordered[:n].sum() >= pooled.sum() / 2), 0)
        yield Told(
            "channel_note", [feature_notes.channel_note(pooled)], Facts(counts=[half, 1280, silent, 0])
        )
    before = np.array([3.0, 2.0, 1.0, 0.5])
    for after in (before, 2 * before, before[::-1].copy(), np.zeros(4)):
        cosine = before @ after / max(np.linalg.norm(before) * np.linalg.norm(after), 1e-9)
        kept = len(set(np.argsort(-before)[:2]) & set(np.argsort(-after)[:2]))
        told = feature_notes.tuned_note(before, after, 2)
        assert ("to the last bit" in told) == bool((before == after).all())
        yield Told("tuned_note", [told], Facts(counts=[kept, 2, float(cosine), 1]))
    for same, after in itertools.product((0, 4, 6), (True, False)):
        told = feature_notes.neighbour_note(same, 6, "cats", after)
        yield Told("neighbour_note", [told], Facts(counts=[same, 6]))


def _depths(top: int, best: int) -> np.ndarray:
    """bool (20, 100): block 10 gets `best` right, the top `top`, the others 40."""
    right = np.zeros((20, 100), bool)
    right[:, :40] = True
    right[12], right[-1] = np.arange(100) < best, np.arange(100) < top
    return right


@saying
def by_depth() -> Iterator[Told]:
    shuffled = np.full((20, 3), 11)
    frames = {}
    for top, best in ((90, 50), (50, 90), (50, 52), (60, 60)):
        right = _depths(top, best)
        frame = frames[top] = probe_frame(right, shuffled, 64)
        verdict = best_against_top(right)
        facts = facts_of_pair(verdict) + Facts([top / 100, best / 100, 0.11, 0.1, 0.4], [3])
        told = feature_notes.probe_notes(frame, 0.1, verdict)
        assert ("The top is the best" in told[0]) == (top > best)
        assert ("best place is not the top" in told[0]) == (verdict.verdict == Verdict.BETTER)
        yield Told("probe_notes", told, facts)
    for (was, now), point in itertools.product(((50, 90), (90, 50), (60, 60)), (0, 116, 154)):
        told = feature_notes.tuned_probe_note(frames[was], frames[now], point)
        yield Told("tuned_probe_note", [told], Facts([was / 100, now / 100]), None)
        assert ("every layer learned" in told) == (point == 0)


@saying
def the_guide() -> Iterator[Told]:
    for sure, (good, bad) in itertools.product((0.18, 0.6), ((450, 400), (400, 450), (400, 400))):
        first, second = np.arange(500) < bad, np.arange(500) < good
        verdict = compare(first, second)
        probes = {"pretrained": {"correct": good, "n": 500, "interval": [0, 1]},
                  "random": {"correct": bad, "n": 500, "interval": [0, 1]}}  # fmt: skip
        record = {"dataset": "Cells", "images_per_class": 100.0, "confidence": sure,
                  "confidence_interval": [0.16, 0.2], "favourites": [["Petri dish", 0.3]],
                  "probes": probes, "commonest": 0.1, "entropy_bits": 6.0}  # fmt: skip
        told = freeze_guide.guide_notes(record, verdict)
        facts = facts_of_pair(verdict) + Facts([sure, 0.3, good / 500, bad / 500], [good, bad, 500])
        helps, similar = verdict.verdict == Verdict.BETTER, sure >= freeze_guide.SIMILAR
        assert ("Both measures say the same" in told[-1]) == (helps == similar)
        yield Told("guide_notes", told, facts, paired=[verdict])


# Augmentation


@saying
def does_augmentation_help() -> Iterator[Told]:
    for seeds_, curve, slower, kind in itertools.product(
        (1, 3), ("as made", "by heart", "below"), (1.0, 4.0), ("augmented", "whole")
    ):
        gains = []
        for number in range(seeds_):
            plain = world("thawed", curve="a little by heart").result
            turned = world(kind, "better", curve).result
            phases = [
                replace(one_, seconds_from_nothing=slower * one_.seconds_from_nothing)
                for one_ in turned.phases
            ]
            gains.append(SeedGain(plain, replace(turned, phases=tuple(phases)), 42 + number, pair("better")))
        gaps = [
            100 * np.mean([run.last.epochs[-1].accuracy - run.last.validation.accuracy for run in runs])
            for runs in ([gain.without for gain in gains], [gain.augmented for gain in gains])
        ]
        told = augmentation_gain.gain_notes(gains)
        assert ("harder" in told[0]) == (gaps[1] < gaps[0])
        assert ("since" in told[1]) == (slower > 1)
        assert ("interval is" in told[2]) == (seeds_ > 1)
        yield Told("gain_notes", told, Facts(points=gaps, counts=[slower]))


@saying
def variants() -> Iterator[Told]:
    original = np.full((4, 4, 3), 100, np.uint8)
    some = np.stack([original, original + 10])
    for config, made in (
        (AugmentationConfig(), np.stack([original])),
        (AugmentationConfig(flip="horizontal"), some),
        (AugmentationConfig(rotation=0.1), some),
        (AugmentationConfig(rotation=0.1), some + 1),
    ):
        told = augmentation_notes(original, made, config)
        assert not any("a coin" in note for note in told) or "flip" in config.on
        moved = np.abs(made.astype(int) - original).mean()
        same = int((made == original).all(axis=(1, 2, 3)).sum())
        yield Told("augmentation_notes", told, Facts(counts=[float(moved), 255, same, len(made)]))
    for scaling, low in (("-1..1", 100 / 127.5 - 1), ("0..1", 100 / 255)):
        told = augmentation_charts.values_said(original, scaling)
        yield Told(
            "values_said", [told.replace(scaling.replace("..", " to "), "")], Facts(counts=[low, 0, 255])
        )


@saying
def shifts_of_features() -> Iterator[Told]:
    names, pooled = ["x", "y"], np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    for answers_, kin in itertools.product(([0, 1, 0], [0, 0, 0]), ([2.0, 9.0], [7.0], [])):
        sure = np.array([[0.9, 0.1] if named == 0 else [0.1, 0.9] for named in answers_])
        others = {"others of its class": np.array([[0.0, distance] for distance in kin]).reshape(-1, 2)}
        found = feature_shifts.shifts([1, 2], ["turned", "moved"], pooled, sure, names, others)
        nearer = sum(distance < 5 for distance in kin)
        changed = sum(named != answers_[0] for named in answers_[1:])
        facts = Facts(counts=[1, 5.0, nearer, len(kin), min(kin, default=0.0), changed, 2])
        told = feature_shifts.shift_notes(found)
        assert any("nearer to the original than this" in note for note in told) == (nearer > 0)
        yield Told("shift_notes", told, facts)
    still = feature_shifts.shifts([1], ["as it is"], pooled[[0, 0]], np.full((2, 2), 0.5), names, {})
    yield Told("shift_notes", feature_shifts.shift_notes(still), Facts())
    transforms = feature_shifts.one_by_one(AugmentationConfig(rotation=0.1))
    for changed in (False, True):
        distance = np.arange(1, len(transforms) + 1)[:, None, None] * np.ones((1, 4, 2))
        other = np.zeros(distance.shape, bool)
        other[0] = changed
        frame = feature_shifts.ranking(transforms, 64, distance, other, 10.0)
        labels = [str(row) for row in frame["transform"]]
        told = feature_shifts.ranking_notes(frame, 10.0, 20.0)
        told = [without(text, [label.strip("()") for label in labels]) for text in told]
        facts = Facts([0.1 * len(transforms), 0.1, 2.0], [8])
        yield Told("ranking_notes", told, facts)


@saying
def rates_tried() -> Iterator[Told]:
    nothing = Reading(np.array([1e-5]), np.zeros(1), np.zeros(1), 1.0, None, 1e-5, None)
    falls = replace(nothing, steepest=1e-4)
    for reading, use in ((nothing, None), (falls, 1e-4), (replace(falls, harms_from=1e-2), 1e-4)):
        told = rate_notes(reading, use)
        assert any("stands above" in note for note in told) == (reading.harms_from is not None)
        yield Told("rate_notes", told, Facts(counts=[0.01]))
