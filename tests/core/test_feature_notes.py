"""What to notice on the Bottleneck features page is computed, and true at the edges too."""

import numpy as np
import pytest

from core.codegen.features import map_code, one_image_code, probe_code
from core.concepts.feature_map import Layout, map_frame, pca_layouts
from core.concepts.feature_notes import (
    change_notes,
    channel_note,
    map_notes,
    neighbour_note,
    probe_notes,
    shape_notes,
    tuned_note,
    tuned_probe_note,
)
from core.explain.probe_depths import best_against_top, best_depth, depths, probe_frame
from core.statistics.paired import wilson_interval

LABELS = np.array([0, 0, 0, 1])


def test_the_last_map_of_a_tiny_picture_is_one_position():
    assert "single position" in shape_notes(32, 10)[-1]
    assert len(shape_notes(160, 10)) == 2
    assert "614,400 after `block_1_expand`" in shape_notes(160, 10)[0]


def test_one_image_makes_a_map_without_neighbours():
    (layout,) = pca_layouts([np.ones((1, 4))], 2)
    assert len(map_notes(layout, np.array([0]), None)) == 1


def test_a_map_is_measured_against_the_commonest_class():
    (layout,) = pca_layouts([np.random.default_rng(0).normal(size=(4, 9))], 2)
    first, second = map_notes(layout, LABELS, 0.5)
    assert f"{sum(layout.explained):.0%} of the spread" in first
    assert "For 50.0% of the images" in second
    assert "commonest class would be right for 75.0%" in second
    assert "learned nothing from this data set" in second
    assert "learned nothing" not in map_notes(layout, LABELS, 0.5, pretrained=False)[1]


def test_tsne_is_not_said_to_show_a_share_of_the_spread():
    assert (
        "the distance between two clouds do not"
        in map_notes(Layout(np.zeros((4, 2)), ("a", "b")), LABELS, 0.5)[0]
    )


def test_a_change_counts_what_was_fixed_and_what_broke():
    layout = Layout(np.zeros((4, 2)), ("a", "b"))

    def frame(predicted):
        return map_frame(
            layout, LABELS, "abcd", ["x", "y"], None if predicted is None else np.array(predicted)
        )

    frames = {"before": frame([1, 1, 0, 1]), "after": frame([0, 1, 1, 1])}
    assert (
        "Of 2 images misclassified before (ringed) 1 are right after it; 1 that were right"
        in change_notes(0.5, 0.75, frames)[1]
    )
    assert "50.0% before fine-tuning and for 75.0% after" in change_notes(0.5, 0.75, frames)[0]
    assert len(change_notes(0.5, 0.75, {**frames, "before": frame(None)})) == 1


def test_half_of_all_activation_is_counted_in_channels():
    pooled = np.zeros(1280)
    pooled[:4] = [4.0, 2.0, 1.0, 1.0]
    assert "Half of all activation sits in 1 of the 1,280 channels; 1,276 are silent" in channel_note(pooled)
    assert "Every channel is silent" in channel_note(np.zeros(1280))


def test_neighbours_and_turning_are_told_in_numbers():
    assert "4 of the 6 most similar" in neighbour_note(4, 6, "cats", after=False)
    assert neighbour_note(5, 6, "cats", after=True) == "After fine-tuning 5 of 6 are."
    before = np.array([3.0, 2.0, 1.0, 0.0])
    assert "2 of its 2 strongest channels are the same" in tuned_note(before, 2 * before, 2)
    assert "by 1.00" in tuned_note(before, 2 * before, 2)
    assert "0 of its 2" in tuned_note(before, before[::-1], 2)
    assert "by 0.00" in tuned_note(before, np.zeros(4), 2)


def probed(accuracies, n=200):
    """Correctness at 20 depths with these accuracies, the same images right first; controls at 10%."""
    right = np.arange(n)[None] < np.round(n * np.array(accuracies))[:, None]
    return right, np.full((20, 10), n // 10)


def test_depths_are_the_picture_and_the_19_segments():
    assert [depth.name for depth in depths()][:3] == ["picture", "stem", "block 0"]
    assert [depth.channels for depth in depths()][:4] == [3, 32, 16, 24]
    assert (depths()[-1].name, depths()[-1].layer, depths()[-1].channels) == ("Conv_1", 153, 1280)
    assert len(depths()) == 20


def test_the_table_of_depths_carries_counts_and_wilson_intervals():
    right, shuffled = probed(np.linspace(0.2, 0.9, 20))
    frame = probe_frame(right, shuffled, 160)
    assert frame["right"].tolist() == right.sum(axis=1).tolist()
    assert (frame["low"][4], frame["high"][4]) == wilson_interval(int(frame["right"][4]), 200)
    assert frame["control"].tolist() == [0.1] * 20
    assert frame["side"].tolist()[:3] == [160, 80, 80]
    assert frame["side"].iloc[-1] == 5


def test_the_top_is_praised_only_where_it_is_best():
    right, shuffled = probed(np.linspace(0.2, 0.9, 20))
    notes = probe_notes(probe_frame(right, shuffled, 64), 0.1, best_against_top(right))
    assert best_depth(right) == 19
    assert notes[0].startswith("**The top is the best place**")


@pytest.mark.parametrize(("lead", "said"), [(0.2, "fixed 40, broke 0"), (0.01, "too close to tell")])
def test_a_better_place_below_the_top_is_judged_on_the_same_images(lead, said):
    accuracies = np.full(20, 0.4)
    accuracies[-1], accuracies[12] = 0.7, 0.7 + lead
    right, shuffled = probed(accuracies)
    note = probe_notes(probe_frame(right, shuffled, 64), 0.1, best_against_top(right))[0]
    assert "`block 10`" in note
    assert said in note


def test_fine_tuning_is_told_by_what_it_did_at_the_top():
    before, after = (probe_frame(*probed(np.full(20, share)), 64) for share in (0.6, 0.8))
    said = tuned_probe_note(before, after, 116)
    assert "took the top from 60.0% to 80.0%; below block 13 nothing changed" in said
    assert tuned_probe_note(before, after, 0).endswith("every layer learned.")


@pytest.mark.parametrize("scaling", ["-1..1", "0..1"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_code_scales_as_asked(scaling, after, method):
    for code in (
        map_code(64, scaling, method, 3, 40, after),
        one_image_code(64, scaling),
        probe_code(64, scaling),
    ):
        assert ("preprocess_input" in code) == (scaling == "-1..1")
        assert "255" in code
