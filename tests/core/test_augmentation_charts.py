"""The Augmentation page's figures hold the numbers given, compile, and tell nothing by colour alone."""

import json

import numpy as np
import pytest
import vl_convert

from core.charts import augmentation_charts
from core.data import sample_photos
from core.data.images import scale
from core.explain import feature_shifts
from core.transforms import AugmentationConfig

THEMES = ("light", "dark")


def rows_of(chart, column: str) -> list[dict]:
    """The rows of a chart's data sets that have a column."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows if column in row]


def compiles(chart) -> bool:
    """Whether Vega-Lite accepts the whole figure; Altair alone does not find every mistake."""
    return bool(vl_convert.vegalite_to_vega(json.dumps(chart.to_dict())))


@pytest.mark.parametrize(("scaling", "ends"), [("-1..1", (-1, 1)), ("0..1", (0, 1))])
def test_the_histogram_counts_every_value_that_the_network_gets(scaling, ends):
    photo = sample_photos.photo("chelsea", 64)
    table = augmentation_charts.value_table(photo, photo[None], scaling)
    assert (table["low"].iloc[0], table["high"].iloc[-1]) == ends
    assert table["original"].sum() == pytest.approx(1)
    assert table["original"].tolist() == table["variants"].tolist()
    values = scale(photo, scaling)
    assert table["original"].iloc[:16].sum() == pytest.approx((values < sum(ends) / 2).mean())
    said = augmentation_charts.values_said(photo, scaling)
    assert f"mean {values.mean():.2f}" in said
    assert f"scaled to {ends[0]} to {ends[1]}" in said


@pytest.fixture
def shifts():
    random = np.random.default_rng(1)
    pooled, probabilities = random.normal(size=(5, 8)), random.dirichlet(np.ones(3), 5)
    others = {"other cats": random.normal(size=(7, 8)), "dogs": np.zeros((0, 8))}
    return feature_shifts.shifts([1, 2, 3, 4], list("wxyz"), pooled, probabilities, ["a", "b", "c"], others)


@pytest.mark.parametrize("theme", THEMES)
def test_shifts_are_drawn_in_order_and_a_changed_answer_by_its_shape(shifts, theme):
    chart = augmentation_charts.shift_dots(shifts, theme)
    rows = rows_of(chart, "drawn")
    assert [row["distance"] for row in rows] == sorted(shifts.frame["distance"])
    assert len(rows_of(chart, "distance")) == 4 + 7 + 1  # variants, other cats, their median
    text = json.dumps(chart.to_dict())
    assert '"domain": [false, true], "range": ["circle", "cross"]' in text
    assert compiles(chart)


def test_a_picture_that_did_not_move_has_a_figure_too():
    still = feature_shifts.shifts([1], ["unchanged"], np.ones((2, 4)), np.full(2, 0.5), "ab", {})
    assert compiles(augmentation_charts.shift_dots(still, "light"))


@pytest.mark.parametrize("between", [6.0, float("nan")])
def test_the_ranking_shows_means_intervals_and_changed_answers(between):
    transforms = feature_shifts.one_by_one(AugmentationConfig(rotation=0.2, zoom=0.1))
    distance = np.random.default_rng(2).uniform(1, 2, (len(transforms), 6, 2))
    frame = feature_shifts.ranking(transforms, 160, distance, distance > 1.5, 4.0)
    chart = augmentation_charts.ranking_dots(frame, 4.0, between, "light")
    rows = rows_of(chart, "looks")
    told = {row["transform"]: (row["shift"], row["text"]) for row in rows}
    assert [told[name][0] for name in frame["transform"]] == frame["shift"].tolist()
    assert told[frame["transform"][0]][1] == f"{frame['changed'][0]} of 12 changed"
    lines = {row["text"] for row in rows_of(chart, "shift") if "looks" not in row}
    assert len(lines) == (2 if np.isfinite(between) else 1)
    assert compiles(chart)
