"""Verdicts in words. The one test that a reworded verdict touches; others ask for numbers and the verdict."""

import numpy as np
import pytest

from core.statistics.gain import Gain, paired_gain
from core.statistics.means import Mean
from core.statistics.paired import PairedVerdict, compare
from core.statistics.verdict import Verdict
from core.wording import verdicts


def paired(n: int, fixed: int, broke: int) -> PairedVerdict:
    first = np.repeat([False, True, True], [fixed, broke, n - fixed - broke])
    second = np.repeat([True, False, True], [fixed, broke, n - fixed - broke])
    return compare(first, second)


def test_a_verdict_on_two_models_names_counts_split_and_decision():
    found = paired(1500, 38, 12)
    assert verdicts.paired_sentence(found) == "fixed 38, broke 12 of 1,500 validation images: better"
    assert verdicts.counts(found, "test") == "fixed 38, broke 12 of 1,500 test images"


@pytest.mark.parametrize(
    ("n", "fixed", "broke", "said"),
    [
        (500, 38, 12, "better"),
        (500, 12, 38, "worse"),
        (192, 4, 3, "cannot tell from 192 images; about 11,000 would be needed"),
        (192, 5, 5, "cannot tell from 192 images; as many were fixed as broken"),
        (192, 0, 0, "cannot tell from 192 images; not one tells them apart"),
        (20_000, 1501, 1500, "cannot tell from 20,000 images; not even a million would be likely to"),
    ],
)
def test_a_decision_that_cannot_be_made_says_how_many_images_would_make_it(n, fixed, broke, said):
    assert verdicts.decision(paired(n, fixed, broke)) == said


def test_a_gain_without_an_interval_is_told_without_one():
    assert verdicts.gain_words(paired_gain(paired(500, 0, 0))) == "gain +0.0 points"
    assert verdicts.gain_words(Gain(0.052, 0.024, 0.08)) == "gain +5.2 points (95% interval +2.4 to +8.0)"


@pytest.mark.parametrize(
    ("guess", "outcome", "told"),
    [
        (Verdict.BETTER, Verdict.BETTER, "You said better: right."),
        (Verdict.WORSE, Verdict.BETTER, "You said worse: wrong."),
        (Verdict.CANNOT_TELL, Verdict.WORSE, "You said no difference: wrong."),
        (Verdict.CANNOT_TELL, Verdict.CANNOT_TELL,
         "You said no difference: right, as far as 500 images can tell."),
        (Verdict.BETTER, Verdict.CANNOT_TELL, "You said better: 500 images cannot tell."),
        (None, Verdict.BETTER, ""),
    ],
)  # fmt: skip
def test_the_verdict_answers_the_guess(guess, outcome, told):
    assert verdicts.guess_answer(guess, PairedVerdict(500, 10, 5, 0.01, outcome)) == told


@pytest.mark.parametrize(
    ("mean", "methods", "augmentation"),
    [
        (
            Mean(3, 0.06, 0.01, 0.11),
            "B against A: +6.0 points on average over 3 seeds (95% interval +1.0 to +11.0): **better**.",
            "+6.0 points on average, 95% interval +1.0 to +11.0, 3 seeds: **it helps here**.",
        ),
        (
            Mean(3, -0.06, -0.11, -0.01),
            "B against A: -6.0 points on average over 3 seeds (95% interval -11.0 to -1.0): **worse**.",
            "-6.0 points on average, 95% interval -11.0 to -1.0, 3 seeds: **it hurts here**.",
        ),
        (
            Mean(3, 0.01, -0.01, 0.03),
            "B against A: +1.0 points on average over 3 seeds (95% interval -1.0 to +3.0): **cannot tell**.",
            "+1.0 points on average, 95% interval -1.0 to +3.0, 3 seeds: **cannot tell**: the interval "
            "holds 0.",
        ),
        (
            Mean(1, 0.05, float("nan"), float("nan")),
            "B against A: +5.0 points with one seed: **cannot tell**, since another seed may give another "
            "difference.",
            "+5.0 points with one seed: **cannot tell**, since another seed may give another gain.",
        ),
    ],
)
def test_a_verdict_over_seeds_names_the_mean_its_interval_and_their_number(mean, methods, augmentation):
    assert verdicts.seeds_sentence("A", "B", mean) == methods
    assert verdicts.augmentation_sentence(mean) == augmentation
