"""What is said of predictions and of data sets."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from core.data import data_facts
from core.data.expectations import detectable_difference, expected
from core.data.looks import Looks
from core.explain import torn
from core.explain.confident import Share, Trial
from core.intake import report, shortcuts, suspect_labels
from core.intake.copies import Group
from core.intake.suspect_labels import Suspect, Suspects
from core.predict import many, one
from core.predict.distance import Familiarity
from core.statistics.paired import wilson_interval
from core.statistics.verdict import Verdict
from tests.claims import Facts, Told
from tests.sayings.grid import saying


@saying
def predictions() -> Iterator[Told]:
    first = one.Answer("A · made up", ("cats", "dogs"), np.array([0.9, 0.1]), np.eye(3))
    same = replace(first, name="B · made up", evidence=np.eye(3))
    moved = replace(first, name="C · made up", evidence=np.fliplr(np.eye(3)))
    other = replace(first, name="D · made up", probabilities=np.array([0.2, 0.8]))
    for answered, truth, unlike in itertools.product(
        ([first], [first, same], [first, moved], [first, other], [first, same, other], [first, same, same]),
        (None, "cats"), (True, False),
    ):  # fmt: skip
        told = one.notes(answered, ("tabby", 0.41), truth, unlike)
        shared = one.shared_evidence(first.evidence, answered[-1].evidence) or 0.0
        facts = Facts([0.41, 0.9, shared, 1.0], [1000, 2, len(answered)])
        disagree = len({answer.said for answer in answered}) > 1
        assert any("disagree" in text for text in told) == disagree
        yield Told("predict notes", told, facts)


@saying
def many_predictions() -> Iterator[Told]:
    networks_ = [SimpleNamespace(name="A"), SimpleNamespace(name="B")]
    for known, far, agree in itertools.product((True, False), (True, False), (True, False)):
        columns: dict = {
            "A says": ["x", "x", "y"], "A certainty": [0.9, 0.5, 0.99],
            "B says": ["x", "x", "y" if agree else "x"], "B certainty": [0.9, 0.9, 0.9],
        }  # fmt: skip
        columns |= {"class": ["x", "y", "y"]} if known else {}
        columns |= {many.UNLIKE: [True, False, False]} if far else {}
        told = many.notes(pd.DataFrame(columns), networks_)
        yield Told("many.notes", told, Facts([0.8, 0.05], [1, 3, 2, 0]))


@saying
def distances() -> Iterator[Told]:
    usual = np.linspace(0.1, 0.5, 100).astype(np.float32)
    familiar = Familiarity(np.eye(4, dtype=np.float32), usual)
    for distance in (0.05, 0.3, 0.47, 0.495, 0.9):
        share = float((usual < distance).mean())
        told = familiar.sentence(distance)
        assert ("do not trust" in told) == (distance > np.quantile(usual, 0.95))
        yield Told("distance", [told], Facts([1 - share, share], [100]))


# Data


@saying
def a_data_set() -> Iterator[Told]:
    for counts in ((50, 50), (50, 49), (240, 60), (3, 3, 3)):
        named = {"abc"[at]: n for at, n in enumerate(counts)}
        share = max(counts) / sum(counts)
        facts = Facts([share], [*counts, sum(counts), len(counts)])
        for disjoint in (True, False):
            told = data_facts.data_notes(pd.Series(named), disjoint)
            yield Told("data_notes", told, facts)
        for test in (3, 45, 1000):
            least = 100 * (detectable_difference(test) or 0)
            here = facts + Facts(counts=[test], points=[least])
            here.counts.append(round(least))
            yield Told("expected", expected(named, test, "photos"), here)
            yield Told("expected", expected(named, test, "photos", 9_876), here + Facts(counts=[9_876]))
        for few in itertools.product((1, 2, 9, 10), repeat=2):
            checked = dict(zip(named, (*few, 12), strict=False))
            low = wilson_interval(min(few), min(few))[0]
            here = facts + Facts([low, 1.0], [1000, *few, len(few)])
            here.points.append(100 * (detectable_difference(1000) or 0))
            yield Told("expected", expected(named, 1000, "photos", None, checked), here)


@saying
def trouble() -> Iterator[Told]:
    n = 60
    labels = np.array([0] * 50 + [1] * 10)
    items = tuple(
        SimpleNamespace(label=int(label), sha256=str(at), name=str(at)) for at, label in enumerate(labels)
    )
    dataset = SimpleNamespace(labels=labels, classes=("Cats", "cats"), items=items)
    parts = {"train": np.arange(0, 40), "validation": np.arange(40, 54), "test": np.arange(54, 60)}
    exact = (Group((0, 1), "bytes"), Group((2, 45), "pixels"), Group((3, 55), "bytes"))
    near = (
        Group((4, 5), "near"), Group((6, 51), "near"), Group((7, 50), "near"), Group((8, 41, 42), "near"),
        Group((9, 43), "near"),
    )  # fmt: skip
    for tiny, blank, lost in ((2, 1, 1), (50, 2, 3), (0, 0, 0)):
        side, spread = np.full(n, 100), np.full(n, 50.0)
        side[10 : 10 + tiny], spread[:blank] = 20, 1.0
        side[n - lost :] = 0 if lost else side[n - 1]
        some, half = np.arange(1, n + 1).astype(np.uint64), np.zeros(n)
        plain_, far, pairs = half.copy(), half + 10, np.zeros((0, 2), np.uint64)
        half[20:22], plain_[23], far[24:27] = 0.5, 0.9, (90 if tiny else 10)
        seen = Looks(some, side, side, spread, plain_, half, far, far, np.zeros((n, 3)), far, pairs)
        found = report.findings(dataset, parts, seen, (*exact, *near))
        assert not any(one_.leave_out for one_ in found if one_.kind.startswith(("near", "odd")))
        texts = [text for one_ in found for text in (one_.title, one_.meaning)]
        kinds = [len(one_.groups) for one_ in found]
        few = int(np.bincount(labels[parts["validation"]], minlength=2).min())
        low, high = wilson_interval(few // 2, few)
        facts = Facts(
            [low, high],
            [*kinds, int(((side < 32) & (side > 0)).sum()), blank, lost, 32, 4, 255, 10, few, few // 2,
             5.0, 50, round(100 * low), 1, 2, 3, 2 + 1 + 3 * bool(tiny)],
        )  # fmt: skip
        yield Told("report", texts, facts)


@saying
def suspects() -> Iterator[Told]:
    some = (Suspect(3, "dogs", 0.01, 0.99, (1, 2)), Suspect(4, "dogs", 0.02, 0.98, (1,)))
    for undecided, far, right in itertools.product(
        ((), some[:1], some), ((), (7,), (7, 8)), (0.0, 0.02, 0.57, 1.0)
    ):
        found, wrong = Share(0.81, 0.742, 0.878), Share(right, right / 2, min(1.0, right + 0.1))
        pointed = 9 if undecided or right else 0
        told = Suspects(undecided, far, 200, pointed, Trial(10, 10, found, wrong))
        findings = suspect_labels.findings(told)
        texts = [
            suspect_labels.tried(told),
            *(text for one_ in findings for text in (one_.title, one_.meaning)),
        ]
        facts = Facts(
            [0.05, 0.10, 0.81, 0.742, 0.878, wrong.low, wrong.high],
            [5, 10, pointed, len(undecided), len(far), round(10 * right), 1, 19, 20],
        )
        assert {one_.kind for one_ in findings} == {
            *(["suspects"] if undecided else []), *(["far"] if far else [])
        }  # fmt: skip
        assert not any(one_.leave_out for one_ in findings)
        yield Told("suspects", texts, facts)


@saying
def told_without_looking() -> Iterator[Told]:
    for correct, alone in itertools.product((160, 190), ((), ("brightness",), ("brightness", "size"))):
        every = shortcuts.Told(shortcuts.TOGETHER, correct, 200, 100, Verdict.BETTER)
        singly = [shortcuts.Told(by, 150, 200, 100, Verdict.BETTER) for by in alone]
        nothing = shortcuts.Told("aspect", 101, 200, 100, Verdict.CANNOT_TELL)
        found = shortcuts.finding([*singly, nothing, every])
        assert found is not None
        assert "aspect alone" not in found.meaning
        facts = Facts([correct / 200, 0.75, 0.5, *every.interval, *wilson_interval(150, 200)], [200])
        yield Told("shortcuts", [found.title, found.meaning], facts)


@saying
def groups_torn_and_kept_together() -> Iterator[Told]:
    for apart, half in itertools.product((0, 3, 25, -4), (1.0, 6.0)):
        n, kept, right = 1000, 710, 710 + 10 * apart
        ends = (apart - half) / 100, (apart + half) / 100
        first, second = wilson_interval(right, n), wilson_interval(kept, n)
        found = torn.Torn(n, 60, right, first, kept, second, ends)
        told = torn.sentences(found)
        assert ("would have pretended" in told[1]) == (apart > half) or "cannot be told" in told[1]
        assert ("cannot be told" in told[1]) == (-half <= apart <= half)
        shares = [right / n, kept / n, *first, *second]
        points = [float(apart), *(100 * end for end in (*ends, *first))]
        yield Told("torn", told, Facts(shares, [n, 60], points=points))
