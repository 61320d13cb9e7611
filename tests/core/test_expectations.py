"""What a data set can be expected to show: the bar to clear and the smallest difference its test can find."""

import numpy as np
import pytest

from core.data.expectations import detectable_difference, expected, power
from core.statistics.paired import compare
from core.statistics.verdict import Verdict


def found_share(n: int, difference: float, disagree: float, repeats: int = 1_000) -> float:
    """How often the verdict of the app finds the difference between two simulated networks."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(repeats):
        drawn = random.random(n)
        fixed = drawn < (disagree + difference) / 2
        broke = (drawn >= (disagree + difference) / 2) & (drawn < disagree)
        found += compare(~fixed, ~broke).verdict != Verdict.CANNOT_TELL
    return found / repeats


@pytest.mark.parametrize(("n", "difference", "disagree"), [(45, 0.17, 0.17), (200, 0.06, 0.1)])
def test_the_power_is_how_often_the_verdict_finds_the_difference(n, difference, disagree):
    assert found_share(n, difference, disagree) == pytest.approx(power(n, difference, disagree), abs=0.05)


def test_without_a_difference_the_test_seldom_finds_one():
    assert power(500, 0.0) <= 0.05


@pytest.mark.parametrize("n", [10, 45, 192, 1_000, 10_000])
def test_the_smallest_difference_shown_is_found_four_times_out_of_five(n):
    least = detectable_difference(n)
    assert power(n, least, max(0.1, least)) == pytest.approx(0.8, abs=0.03)


def test_more_images_show_smaller_differences_and_five_show_none():
    shown = [detectable_difference(n) for n in (6, 20, 45, 192, 1_000, 10_000)]
    assert shown == sorted(shown, reverse=True)
    assert shown[2] == pytest.approx(0.17, abs=0.005)
    assert detectable_difference(5) is None, "five of five has p = 0.0625"
    assert detectable_difference(0) is None


def test_the_card_names_counts_the_bar_and_what_the_test_can_show():
    said = expected({"fine": 240, "defect": 60}, 45, "photos")
    assert said[0] == "300 photos, 2 classes; the smallest, defect, has 60."
    assert "80%" in said[1]
    assert said[2] == "45 test photos can show differences between two networks from about 17 points on."
    assert expected({"a": 5, "b": 5}, 2, "photos")[0] == "10 photos, 2 classes of 5."
    assert expected({"a": 5, "b": 5}, 2, "photos", 10)[0] == "10 photos, 2 classes of 5."
    assert expected({"a": 5, "b": 5}, 2, "photos", 1234)[0] == "10 of 1,234 photos, 2 classes of 5."
    assert expected({"a": 5, "b": 5}, 2, "photos", 1234)[3:] == []
    assert "too few" in expected({"a": 5, "b": 5}, 2, "photos")[2]


def test_a_class_with_few_validation_images_is_named_with_what_they_leave_open():
    counts = {"amber": 6, "birch": 60, "cedar": 60}
    (said,) = expected(counts, 45, "photos", None, {"amber": 1, "birch": 9, "cedar": 9})[3:]
    assert said.startswith("The class amber has 1 validation image: for one class alone, 1 of 1 right leaves")
    assert said.endswith("from 21% to 100% possible.")
    (said,) = expected(counts, 45, "photos", None, {"amber": 9, "birch": 9, "cedar": 12})[3:]
    assert said.startswith("2 classes have 9 validation images: for one class alone, 9 of 9 right")
    assert not expected(counts, 45, "photos", None, dict.fromkeys(counts, 10))[3:]
