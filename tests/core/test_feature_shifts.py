"""How far transforms move features: distances, answers, and what is said about them."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ttest_1samp

from core.codegen.keras import shift_code
from core.explain import feature_shifts
from core.explain.feature_shifts import (
    TOGETHER,
    answers,
    between_images,
    distances,
    one_by_one,
    ranking,
    shifts,
)
from core.transforms import TRANSFORMS, AugmentationConfig

RANDOM = np.random.default_rng(5)


def test_equal_features_are_exactly_0_apart():
    pooled = RANDOM.normal(size=(3, 1280)).astype(np.float32)
    assert distances(pooled, pooled).tolist() == [0, 0, 0]
    assert distances(pooled, pooled[1])[1] == 0


def test_answers_are_the_same_for_one_sigmoid_unit_and_two_softmax_units():
    second = np.array([0.1, 0.5, 0.8])
    expected = ([0, 0, 1], [0.9, 0.5, 0.8])
    for probabilities in (second, second[:, None], np.stack([1 - second, second], axis=1)):
        named, sure = answers(probabilities)
        assert (named.tolist(), sure.tolist()) == (expected[0], pytest.approx(expected[1]))


def test_distances_between_images_are_means_over_pairs():
    pooled, labels = RANDOM.normal(size=(9, 20)), np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    apart = cdist(pooled, pooled)
    pairs = [(i, j) for i in range(9) for j in range(i)]
    same = [apart[i, j] for i, j in pairs if labels[i] == labels[j]]
    other = [apart[i, j] for i, j in pairs if labels[i] != labels[j]]
    assert between_images(pooled, labels) == pytest.approx((np.mean(same), np.mean(other)))


def test_without_pairs_there_is_no_distance_between_images():
    within, between = between_images(np.eye(3), np.array([0, 1, 2]))
    assert np.isnan(within)
    assert between == pytest.approx(np.sqrt(2))
    assert np.isnan(between_images(np.eye(3), np.zeros(3))[1])


def test_every_transform_stands_alone_and_those_that_are_off_get_their_usual_amount():
    config = AugmentationConfig(rotation=0.1, zoom=0.3, fill_mode="wrap")
    rows = {transform.name: transform for transform in one_by_one(config)}
    assert list(rows) == [*TRANSFORMS, TOGETHER]
    assert rows["rotation"].config == AugmentationConfig(rotation=0.1, fill_mode="wrap")
    assert rows["flip"].config == AugmentationConfig(flip="horizontal", fill_mode="wrap")
    assert rows[TOGETHER].config == config
    assert rows["rotation"].label(160) == "rotation 0.1 turn · ±36°"
    assert rows["flip"].label(160) == "(flips left-right)"


def test_one_transform_is_not_told_twice():
    assert TOGETHER not in [row.name for row in one_by_one(AugmentationConfig(rotation=0.1))]


@pytest.fixture
def moved():
    """Four variants: unchanged, near, far, and far with another answer; two kin at distances 1 and 5."""
    pooled = np.array([[0, 0], [0, 0], [0.5, 0], [3, 0], [0, 6]], float)
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.2, 0.8]])
    others = {"other cats": np.array([[0, 1], [0, 5]], float), "dogs": np.array([[9, 0]], float)}
    said = ["unchanged", "+1°", "+9°", "+90°"]
    return shifts(range(1, 5), said, pooled, probabilities, ["cat", "dog"], others)


def test_a_variants_shift_is_set_against_other_images(moved):
    assert moved.frame["distance"].tolist() == [0, 0.5, 3, 6]
    assert moved.frame["nearer"].tolist() == [0, 0, 0.5, 1]
    assert moved.frame["changed"].tolist() == [False, False, False, True]
    assert moved.frame["answer"].tolist() == ["cat", "cat", "cat", "dog"]
    assert (moved.answer, moved.probability) == ("cat", 0.9)
    assert moved.others["dogs"].tolist() == [9]


def test_what_to_notice_counts_the_images_that_lie_nearer(moved):
    first, second, third = feature_shifts.shift_notes(moved)
    assert first == "Variant 4 (+90°) moved farthest, by 6.0."
    assert "2 of 2 other cats lie nearer" in second
    assert "changed for 1 of 4 variants" in third


def test_a_small_shift_is_told_as_one():
    pooled = np.array([[0, 0], [0.5, 0]])
    found = shifts([1], ["+1°"], pooled, np.array([0.2, 0.3]), "ab", {"other cats": np.array([[0.0, 1.0]])})
    assert (
        "it is nearer than any of 1 other cats; the nearest is 1.0 away"
        in feature_shifts.shift_notes(found)[1]
    )


def test_variants_that_did_not_move_are_told_as_such():
    pooled = np.ones((3, 4))
    found = shifts([1, 2], ["unchanged"] * 2, pooled, np.full(3, 0.4), "ab", {})
    assert "to the last bit" in feature_shifts.shift_notes(found)[0]
    assert found.frame["nearer"].isna().all()


def test_the_ranking_is_sorted_and_its_intervals_are_students_over_images():
    transforms = one_by_one(AugmentationConfig(rotation=0.2))[:3]
    distance = RANDOM.uniform(1, 2, (3, 8, 2)) * np.array([1, 5, 3])[:, None, None]
    changed = np.zeros((3, 8, 2), bool)
    changed[1, :3] = True
    frame = ranking(transforms, 160, distance, changed, within=4.0)
    assert frame["transform"].tolist() == [
        "rotation 0.2 turn · ±72°",
        "(zoom 0.83x to 1.25x)",
        "(flips left-right)",
    ]
    expected = ttest_1samp(distance[1].mean(axis=1) / 4.0, 0).confidence_interval()
    assert (frame["low"][0], frame["high"][0]) == pytest.approx((expected.low, expected.high))
    assert (frame["changed"].tolist(), frame["looks"].tolist()) == ([6, 0, 0], [16, 16, 16])
    first, second, third = feature_shifts.ranking_notes(frame, 4.0, 6.0)
    assert first.startswith(
        f"**rotation 0.2 turn · ±72°** moves a picture {frame['shift'][0]:.0%} of the way"
    )
    assert "150%" in second
    assert "6 of 16 variants" in third


@pytest.mark.parametrize("scaling", ["-1..1", "0..1"])
def test_the_code_scales_the_variants_as_the_images(scaling):
    code = shift_code(AugmentationConfig(rotation=0.2), 96, scaling)
    scaled = [line for line in code.splitlines() if line.startswith("scaled =")]
    assert len(scaled) == 2
    assert scaled[1] == scaled[0].replace("images", "variants")
