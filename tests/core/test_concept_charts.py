"""The concept pages' figures hold the core's numbers, and tell nothing by colour alone."""

import numpy as np
import pytest

from core import layers
from core.charts import concept_charts
from core.concepts import tables


def datasets_of(chart) -> list[list[dict]]:
    """The rows of every data set in a chart."""
    return list(chart.to_dict()["datasets"].values())


def marks_of(chart) -> list[str]:
    return [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]


def test_by_position_agrees_with_the_counts_and_fifty_change_nothing():
    frame = tables.by_position()
    for point in range(155):
        learning = layers.count_trainable(point, layers.HeadConfig(), 2).parameters - 1281
        assert frame["learning"][point] == learning
    assert tables.positions_without_effect() == 50
    unchanged = frame["learning"].diff().fillna(1) == 0
    assert list(unchanged) == list(~frame["changes"])


@pytest.mark.parametrize("counts", [[3, 5], [0, 0], [1000, 1]])
def test_the_class_balance_writes_every_number(counts):
    chart = concept_charts.class_balance(counts, ["a", "b"], "light")
    assert [row["images"] for row in datasets_of(chart)[0]] == counts
    assert "text" in marks_of(chart)


def test_balances_beside_each_other_share_their_axis():
    charts = [
        concept_charts.class_balance(counts, ["a", "b"], "light", 100) for counts in ([100, 90], [50, 45])
    ]
    ends = [chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"] for chart in charts]
    assert ends[0] == ends[1]


def test_the_splits_bar_is_cut_where_the_splits_end():
    chart = concept_charts.splits_bar({"train": 2000, "validation": 808, "test": 192}, "light")
    rows = datasets_of(chart)[0]
    assert [(row["start"], row["end"]) for row in rows] == [(0, 2000), (2000, 2808), (2808, 3000)]
    assert rows[2]["text"] == "192 (6%)"


def test_enlarging_repeats_pixels_and_invents_none():
    pixels = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), np.uint8)
    large = concept_charts.enlarged(pixels, 100)
    assert large.shape == (2, 96, 96, 3)
    np.testing.assert_array_equal(large[:, ::3, ::3], pixels)
    np.testing.assert_array_equal(large[:, 2::3, 2::3], pixels)
    assert concept_charts.enlarged(np.zeros((160, 160, 3), np.uint8), 100).shape == (160, 160, 3)


def test_a_contact_sheet_is_clear_between_and_after_the_pictures():
    sheet = concept_charts.contact_sheet(np.full((3, 4, 4, 3), 7, np.uint8), columns=2, rows=2, gap=1)
    assert sheet.shape == (9, 9, 4)
    opaque = sheet[..., 3] == 255
    assert opaque.sum() == 3 * 16
    assert (sheet[opaque][:, :3] == 7).all()
    assert not opaque[4].any()
    assert not opaque[5:, 5:].any()
