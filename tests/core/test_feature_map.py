"""Maps before and after training share one layout rule, and their tables say what they show."""

import numpy as np
import pytest

from core.codegen.features import map_code
from core.concepts.feature_map import (
    Layout,
    map_frame,
    numbers_frame,
    pca_layouts,
    ranges,
    tsne_layouts,
)
from core.explain.tsne import perplexity

RANDOM = np.random.default_rng(5)


def test_a_shift_of_all_images_moves_no_point():
    before = RANDOM.normal(size=(40, 12))
    first, second = pca_layouts([before, before + 7.0], 2)
    np.testing.assert_allclose(first.points, second.points, atol=1e-9)
    np.testing.assert_allclose(first.explained, second.explained)


def test_both_maps_stand_on_the_axes_of_both_together():
    before, after = (
        RANDOM.normal(size=(40, 6)) * [9, 1, 1, 1, 1, 1],
        RANDOM.normal(size=(40, 6)) * [1, 5, 1, 1, 1, 1],
    )
    first, second = pca_layouts([before, after], 2)
    assert first.explained[0] > 0.8
    assert second.explained[1] > 0.6
    assert first.axes[0] != second.axes[0]  # each says its own share


def test_the_code_on_the_page_gives_the_points_on_the_page():
    before, after = RANDOM.normal(size=(40, 6)) * 3, RANDOM.normal(size=(40, 6)) * [1, 5, 1, 1, 1, 1]
    code = map_code(64, "-1..1", "pca", 2, 40, after=True)
    names = {"pooled": before, "tuned": after}
    exec(code[code.index("# The same with the fine-tuned base") :], names)
    for layout, name in zip(pca_layouts([before, after], 2), ("before", "after"), strict=True):
        np.testing.assert_allclose(layout.points, names[name], atol=1e-9)


def test_few_images_mind_fewer_neighbours():
    assert perplexity(500) == 30
    assert perplexity(10) == 3
    assert "perplexity=3," in map_code(64, "-1..1", "tsne", 2, 10, after=False)


def test_one_scale_holds_every_point_of_both_maps():
    layouts = [
        Layout(np.array([[0.0, 1.0], [2.0, 3.0]]), ("a", "b")),
        Layout(np.array([[-4.0, 1.0]]), ("a", "b")),
    ]
    (low, high), (bottom, top) = ranges(layouts)
    assert low < -4
    assert high > 2
    assert bottom < 1
    assert top > 3


def test_a_single_point_still_has_a_scale():
    for low, high in ranges([Layout(np.zeros((1, 2)), ("a", "b"))]):
        assert low < 0 < high


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_tsne_axis_claims_no_share_of_the_spread(dimensions):
    (layout,) = tsne_layouts([np.zeros((4, dimensions))])
    assert layout.explained == ()
    assert len(layout.axes) == dimensions


def test_wrong_is_what_the_head_called_otherwise():
    layout = Layout(np.arange(6.0).reshape(3, 2), ("a", "b"))
    labels = np.array([0, 1, 1])
    frame = map_frame(
        layout, labels, ["train/cats/1.jpg", "2.jpg", "3.jpg"], ["cats", "dogs"], np.array([0, 0, 1])
    )
    assert frame["wrong"].tolist() == [False, True, False]
    assert frame["called"].tolist() == ["cats", "cats", "dogs"]
    assert frame["file"][0] == "1.jpg"
    unknown = map_frame(layout, labels, "abc", ["cats", "dogs"])
    assert not unknown["wrong"].any()
    assert set(unknown["called"]) == {""}


def test_the_table_holds_the_place_of_every_image_on_every_map():
    layouts = [Layout(RANDOM.normal(size=(3, 3)), tuple("abc")) for _ in range(2)]
    frames = {
        when: map_frame(layout, np.array([0, 1, 1]), "abc", ["x", "y"], predicted)
        for when, layout, predicted in zip(
            ("before", "after"), layouts, (None, np.array([0, 1, 0])), strict=True
        )
    }
    table = numbers_frame(frames, layouts)
    assert list(table) == [
        "image", "class", "x, before", "y, before", "z, before",
        "x, after", "y, after", "z, after", "called, after",
    ]  # fmt: skip
    np.testing.assert_allclose(table["z, after"], layouts[1].points[:, 2], atol=1e-3)
