"""The figures of the Certainty view compile, and show what they are given."""

import json

import numpy as np
import pytest
import vl_convert

from core.charts.calibration_charts import precision_recall_chart, reliability_diagram
from core.charts.seed_charts import Spread, seed_bands, spread_dots
from core.compare import threshold
from core.compare.calibration import STRATEGIES, calibrate
from core.compare.seeds import BandEpoch


def drawn(chart) -> dict:
    """The specification, after Vega-Lite has compiled it."""
    spec = chart.to_dict()
    assert vl_convert.vegalite_to_vega(json.dumps(spec))
    return spec


def rows_with(spec: dict, column: str) -> list[dict]:
    return next(rows for rows in spec["datasets"].values() if column in rows[0])


@pytest.fixture
def answers():
    """(probabilities of the second class, labels)"""
    random = np.random.default_rng(0)
    probabilities = random.random(200)
    return probabilities, (random.random(200) < probabilities).astype(int)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_diagram_shows_every_bin_and_its_images_where_they_differ(answers, strategy):
    found = calibrate(*answers, 2, strategy)
    spec = drawn(reliability_diagram(found, "fine_tuning", "dark"))
    rows = rows_with(spec, "images")
    assert [row["confidence"] for row in rows] == [one.confidence for one in found.bins]
    shown = any("images" in str(layer.get("encoding", {}).get("text")) for layer in spec["layer"])
    assert shown == (strategy == "equal width")


def test_the_diagram_of_a_network_that_is_always_sure(answers):
    found = calibrate(np.ones(20), np.ones(20, int), 2)
    drawn(reliability_diagram(found, "feature_extraction", "light"))


@pytest.mark.parametrize("level", [0.2, 1.1])
def test_the_curve_marks_the_chosen_and_the_usual_threshold(answers, level):
    scores, truth = answers[0], answers[1] == 1
    chosen, usual = (threshold.alarms(scores, truth, one) for one in (level, 0.5))
    curve = threshold.precision_recall(scores, truth)
    spec = drawn(precision_recall_chart(curve, chosen, usual, "fine_tuning", "light"))
    marked = [row["text"] for row in rows_with(spec, "shape")]
    assert marked == (["usual 50%", "threshold 20%"] if level < 1 else ["usual 50%"]), "no alarm, no point"


def test_bands_of_two_recipes_have_their_own_dashes():
    epochs = [BandEpoch(e, "fine_tuning", 0.7, 0.75, 0.8, 3) for e in (1, 2)]
    spec = drawn(seed_bands({"A · one": epochs, "B · two": epochs}, "dark", baseline=0.5))
    assert [row["recipe"] for row in rows_with(spec, "seeds")] == ["A · one"] * 2 + ["B · two"] * 2
    dashes = next(
        layer["encoding"]["strokeDash"]["scale"]["range"]
        for layer in spec["layer"]
        if "strokeDash" in layer["encoding"]
    )
    assert dashes[0] != dashes[1]


def test_a_single_measurement_has_no_interval_to_draw():
    row = Spread("A", "fine_tuning", {"seed 42": 0.9}, 0.9, float("nan"), float("nan"))
    spec = drawn(spread_dots([row], "light", "validation accuracy"))
    assert rows_with(spec, "low")[0]["low"] is None
