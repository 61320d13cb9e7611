"""What is said on the first visit: its question, its guess, and what pretraining is worth."""

import itertools
from collections.abc import Iterator

import numpy as np

from core.charts import watched_tile
from core.concepts import first_visit, pretrained_or_random
from core.explain.probe_depths import best_against_top
from core.statistics.paired import compare
from core.statistics.verdict import Verdict
from tests import fakes
from tests.claims import Facts, Told, facts_of_pair
from tests.sayings.grid import pair, saying
from tests.worlds import OUTCOMES, masks

LABELS = ("tabby", "goldfish", "snail")


@saying
def the_question() -> Iterator[Told]:
    kinds = {
        "digits": tuple("0123456789"), "cats_and_dogs": ("cats", "dogs"), "own": ("snails", "tabby"),
        "mixed": ("snails", "bolts"), "none": ("nuts", "bolts"), "many": tuple("abcdefghijkl"),
    }  # fmt: skip
    images = ((20, 20), (18, 22), (1, 1), (5, 5))
    for (name, classes), (least, most) in itertools.product(kinds.items(), images):
        asked = first_visit.Facts(name, classes, least, most)
        known = len(first_visit.known_classes(classes, LABELS))
        facts = Facts(counts=[least, most, len(classes), known, first_visit.WANTED, 1000])
        yield Told("question", [first_visit.question(asked, LABELS)], facts)
        told = first_visit.few_note(asked)
        assert bool(told) == (least < first_visit.WANTED)
        yield Told("few_note", [told], facts)
        yield Told("watched_note", [first_visit.watched_note(min(9, len(classes)), len(classes))],
                   Facts(counts=[min(9, len(classes)), len(classes)]))  # fmt: skip


@saying
def the_guess() -> Iterator[Told]:
    guesses = ("feature_extraction", "fine_tuning", "from_scratch", None)
    for outcome, guess in itertools.product(OUTCOMES, guesses):
        wrong = dict(zip(("feature_extraction", "fine_tuning"), masks(outcome), strict=True))
        wrong["from_scratch"] = fakes.wrong_answers(0, 250)
        found = {name: fakes.evaluation(mask, 10) for name, mask in wrong.items()}
        for shown in (found, {"feature_extraction": found["feature_extraction"]}):
            told = first_visit.guess_answer(guess, shown, lambda one, two, w=wrong: compare(~w[one], ~w[two]))
            right = [shown[name].correct for name in shown if name != guess]
            if guess in shown and right:
                assert "right." not in told[-7:] or shown[guess].correct > max(right)
                assert "wrong" not in told or shown[guess].correct < max(right)
            yield Told("guess_answer", [told], Facts(counts=[500]))


@saying
def probes() -> Iterator[Told]:
    for outcome in OUTCOMES:
        random, pretrained = masks(outcome)
        found, n = pair(outcome), 500
        record = {"train": 200, "probes": {
            name: {"correct": int((~mask).sum()), "n": n, "interval": [0.5, 0.9]}
            for name, mask in (("pretrained", pretrained), ("random", random))
        }}  # fmt: skip
        shares = [float((~mask).mean()) for mask in (random, pretrained)]
        facts = facts_of_pair(found) + Facts([*shares, 0.5, 0.9], [200, 500 * shares[0], 500 * shares[1]])
        facts.points = [50.0, 90.0, *facts.points]
        told = pretrained_or_random.sentences(record, found)
        assert ("brings along helps" in told[2]) == (found.verdict == Verdict.BETTER)
        assert ("less use here" in told[2]) == (found.verdict == Verdict.WORSE)
        yield Told("pretrained or random", told, facts, paired=[found])
    for top, best in ((90, 50), (50, 90), (50, 52)):
        right = np.zeros((20, 100), bool)
        right[:, :40] = True
        right[12], right[-1] = np.arange(100) < best, np.arange(100) < top
        told = pretrained_or_random.depth_sentence(right)
        better = best_against_top(right).verdict == Verdict.BETTER
        assert ("no place" in told) != better
        yield Told("depth_sentence", [told], Facts([top / 100, max(top, best) / 100]))


@saying
def tiles() -> Iterator[Told]:
    pixels = np.zeros((8, 8, 3), np.uint8)
    for name, truth, sure in (("cat", "cat", 0.97), ("dog", "cat", 0.41), ("", "cat", 0.0)):
        said = [watched_tile.Said("fine_tuning", name, sure, name == truth)]
        facts = Facts([sure])
        told = watched_tile.tile_alt(truth, said)
        assert ("right" in told, "wrong" in told) == (name == truth, bool(name) and name != truth)
        watched_tile.tile(pixels, truth, said, "light")
        watched_tile.untrained_tile(pixels, name, sure or None, "light")
        yield Told("tile_alt", [told, watched_tile.untrained_alt(truth, name, sure or None)], facts)
