"""Curves over seconds: every epoch's seconds count, fine-tuning goes on, and the axis keeps its length."""

import altair as alt
import pytest

from core.charts.arms import Arm
from core.charts.seconds_curves import axis_end, curves_over_seconds, seconds_table
from tests.fakes import epochs

FROZEN = Arm("feature extraction 75%", "feature extraction", epochs(3, 0.5, 0.75))
TUNED = Arm("fine-tuning 84%", "fine-tuning", epochs(2, 0.76, 0.84, 4))
SCRATCH = Arm("from scratch 60%", "from scratch", epochs(5, 0.1, 0.6))


def test_fine_tuning_goes_on_where_feature_extraction_ended_and_from_scratch_begins_anew():
    table = seconds_table([FROZEN, TUNED, SCRATCH]).set_index(["phase", "epoch"])["seconds"]
    assert table["feature extraction", 3] == pytest.approx(2.4)
    assert table["fine-tuning", 4] == pytest.approx(3.2)
    assert table["from scratch", 1] == pytest.approx(0.8)
    assert seconds_table([TUNED])["seconds"].iloc[0] == pytest.approx(0.8)
    assert seconds_table([]).empty


@pytest.mark.parametrize(
    ("seconds", "end"), [(0, 5), (4.9, 5), (5.1, 10), (62, 90), (120, 120), (121, 180), (3601, 3660)]
)
def test_the_axis_ends_at_a_round_number_that_holds_it_all(seconds, end):
    assert axis_end(seconds) == end


def domain(chart, channel):
    """Of the first layer that has this axis."""
    spec = chart.to_dict()
    return next(
        layer["encoding"][channel]["scale"]["domain"]
        for layer in spec["layer"]
        if "scale" in layer.get("encoding", {}).get(channel, {})
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("arms", [[], [FROZEN], [FROZEN, TUNED, SCRATCH]])
@pytest.mark.parametrize("end", [1.0, 90000.0])
def test_it_is_a_chart_whose_axes_do_not_depend_on_what_is_in_yet(arms, theme, end):
    chart = curves_over_seconds(arms, end, theme, baseline=0.1)
    assert isinstance(chart, alt.LayerChart)
    assert domain(chart, "x")[0] == 0
    assert domain(chart, "x") == domain(curves_over_seconds([], end, theme, baseline=0.1), "x")
    assert domain(chart, "y") == [0, 1]


def test_the_line_of_fine_tuning_begins_at_the_end_of_feature_extraction():
    spec = curves_over_seconds([FROZEN, TUNED], 10, "light").to_dict()
    line = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "line")
    rows = [row for row in spec["datasets"][line["data"]["name"]] if row["phase"] == "fine-tuning"]
    assert rows[0]["seconds"] == pytest.approx(2.4)
    assert rows[0]["accuracy"] == pytest.approx(0.75)
    assert len(rows) == 3
