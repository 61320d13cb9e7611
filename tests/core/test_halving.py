"""Which recipes a search drops, and which one it names: rules over answers that were made up."""

import numpy as np
import pytest

from core.statistics.paired import compare
from core.statistics.verdict import Verdict
from core.sweeps import halving
from tests.fakes import wrong_answers

IMAGES = 200


def answers(*wrong: np.ndarray) -> np.ndarray:
    """bool (recipes, 1, images) of networks that are wrong on these."""
    return ~np.array(wrong)[:, None]


def wrong(first: int, count: int) -> np.ndarray:
    return wrong_answers(first, count, IMAGES)


def test_what_is_worse_on_the_same_images_is_dropped_and_what_cannot_be_told_apart_stays():
    judged = halving.judge(answers(wrong(0, 20), wrong(0, 23), wrong(0, 80)))
    assert judged.best == 0
    assert judged.together == (0, 1)
    assert judged.dropped == (2,)
    assert judged.p_values[2] < 0.05 < judged.p_values[1]


def test_looking_at_many_asks_for_more_evidence():
    """Seven images less, all of them lost: enough for two recipes, not for the best and worst of twelve."""
    two = answers(wrong(0, 20), wrong(0, 27))
    assert halving.judge(two).dropped == (1,)
    many = answers(wrong(0, 20), *(wrong(0, 21 + step % 3) for step in range(10)), wrong(0, 27))
    assert halving.judge(many).dropped == ()


def test_the_one_that_is_spared_goes_on_whatever_it_did():
    some = answers(wrong(0, 20), wrong(0, 80), wrong(0, 90))
    judged = halving.judge(some, spared=[1])
    assert judged.dropped == (2,)
    assert judged.together == (0,)


def test_one_alone_is_the_best_and_is_kept():
    judged = halving.judge(answers(wrong(0, 20)))
    assert (judged.best, judged.together, judged.dropped) == (0, (0,), ())


def test_with_several_seeds_a_lucky_one_drops_nobody():
    """From one seed the second is worse; the scatter of three says that it need not be."""
    first = [wrong(0, 20), wrong(0, 40), wrong(0, 30)]
    second = [wrong(0, 40), wrong(0, 22), wrong(0, 33)]
    assert halving.judge(answers(first[0], second[0])).dropped == (1,)
    assert halving.judge(~np.array([first, second])).dropped == ()


# The one that is named


def test_the_cheapest_that_cannot_be_told_apart_is_named():
    some = answers(wrong(0, 20), wrong(0, 24), wrong(0, 22))
    assert halving.named(some, (0, 1, 2), default=1, seconds=[90.0, 30.0, 12.0]) == 2


def test_a_cheaper_one_that_got_fewer_right_than_the_default_is_not_named():
    some = answers(wrong(0, 20), wrong(0, 24), wrong(0, 22))
    assert halving.judge(some).dropped == ()
    assert halving.named(some, (0, 1, 2), default=2, seconds=[90.0, 3.0, 12.0]) == 2


def test_of_equally_cheap_ones_the_more_accurate_is_named():
    some = answers(wrong(0, 24), wrong(0, 22), wrong(0, 20))
    assert halving.named(some, (0, 1, 2), default=0, seconds=[5.0, 5.0, 5.0]) == 2


@pytest.mark.parametrize("seeds", [1, 3])
def test_what_is_named_is_never_worse_than_the_default_on_the_images_that_chose(seeds):
    """Whatever the networks answer, and whichever of them is cheap."""
    random = np.random.default_rng(seeds)
    for _ in range(60):
        skill = random.uniform(0.55, 0.97, 6)
        some = random.random((6, seeds, IMAGES)) < skill[:, None, None]
        default, seconds = int(random.integers(6)), random.uniform(1, 100, 6).tolist()
        named = halving.named(some, halving.judge(some).together, default, seconds)
        assert some[named].sum() >= some[default].sum()
        for seed in range(seeds) if seeds == 1 else ():
            assert compare(some[default, seed], some[named, seed]).verdict != Verdict.WORSE
