"""Layers: the drawing that Altair would make of them, in less time."""

import altair as alt
import pandas as pd
import pytest

from core.charts.layering import layered

ONE = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
OTHER = pd.DataFrame({"x": [5], "y": [6]})


def line(data=ONE) -> alt.Chart:
    return alt.Chart(data).mark_line().encode(x="x:Q", y=alt.Y("y:Q", title="why"))


def point(data=ONE) -> alt.Chart:
    return alt.Chart(data).mark_point(size=9).encode(x="x:Q", y=alt.YValue(3), tooltip=["x:Q"])


def chosen() -> alt.Chart:
    return point().add_params(alt.selection_point(name="chosen"))


@pytest.mark.parametrize(
    "charts",
    [
        [line(), point()],
        [line(), point(OTHER)],
        [point(OTHER), line(OTHER).transform_filter("datum.x > 1"), point()],
        [line().properties(height=50), point()],
        [line(), chosen(), chosen()],
        [layered(line(), point()), point(OTHER)],
        [alt.layer(line(), chosen()), point()],
        [line()],
    ],
    ids=[
        "one table",
        "two tables",
        "three layers",
        "a height",
        "a selection",
        "nested",
        "nested selection",
        "one",
    ],
)
def test_layers_are_drawn_as_altair_draws_them_and_stay_so_with_properties(charts):
    ours, theirs = layered(*charts), alt.layer(*charts)
    assert ours.to_dict() == theirs.to_dict()
    assert (
        ours.properties(height=70, title="a").to_dict() == theirs.properties(height=70, title="a").to_dict()
    )


def test_a_layer_can_be_drawn_alone_afterwards():
    one = line()
    before = one.to_dict()
    layered(one, point()).to_dict()
    assert one.to_dict() == before
