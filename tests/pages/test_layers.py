"""The Layers page: its numbers are the core's for the same unfreeze point."""

import pytest

from core import tables
from core.layers import count_trainable
from core.presets import digits_quick
from tests.pages.conftest import said

HEAD = digits_quick().head


def move(app, layer):
    """Move the slider over every layer."""
    app.toggle(key="every_layer").set_value(True).run()
    return app.select_slider(key="layer").set_value(layer).run()


@pytest.mark.parametrize("point", [154, 153, 100, 98, 0])
def test_the_counts_are_those_of_the_core(open_page, point):
    app = move(open_page("layers"), point)
    learning = count_trainable(point, HEAD, 10)
    assert app.metric[0].value == f"{learning.parameters:,}"
    shown = app.table[0].value
    assert list(shown["learn"]) == [learning.backbone_layers, learning.variables, learning.batch_norm_layers]
    assert list(shown["of"]) == [154, 158, 52]


def test_freezing_most_layers_leaves_most_parameters_and_the_page_says_so(open_page):
    words = said(move(open_page("layers"), 100))
    assert "**65% of the layers** (100 of 154)" in words
    assert "**82% of the parameters**" in words
    assert "50 of the 154 positions change nothing" in words


def test_a_position_that_changes_nothing_is_called_out_and_another_is_not(open_page):
    app = move(open_page("layers"), 154)
    assert "this is one of them" in said(app)
    assert "`out_relu`" in said(app)
    assert "this is one of them" not in said(move(app, 153))


def test_every_view_opens_and_only_the_open_one_is_drawn(open_page):
    app = open_page("layers")
    assert len(app.get("plotly_chart")) == 1
    for view, element in (("What still learns", "vega_lite_chart"), ("All layers", "dataframe")):
        app.segmented_control(key="layers_view").set_value(view).run()
        assert not app.exception
        assert len(app.get("plotly_chart")) == 0
        assert len(app.get(element)) == 1, view


def test_the_table_holds_all_154_layers_at_the_chosen_size(open_page):
    app = open_page("layers")
    app.selectbox(key="look-size-digits").set_value(160).run()
    app.segmented_control(key="layers_view").set_value("All layers").run()
    shown = app.dataframe[0].value
    assert len(shown) == 154
    assert shown["out"].iloc[-1] == "5 × 5 × 1,280"
    assert shown["numbers that learn"].sum() == tables.layer_frame(116, 160)["numbers that learn"].sum()


def test_batch_norms_two_switches_carry_their_counts(open_page):
    app = move(open_page("layers"), 100)
    app.segmented_control(key="layers_view").set_value("BatchNorm").run()
    assert "18 of 52 BatchNorm layers" in said(app)
    assert list(app.table[1].value["BatchNorm layers"]) == [34, 18]


def test_the_code_sets_the_flag_of_every_layer(open_page):
    app = move(open_page("layers"), 120)
    app = move(app, 100)
    code = app.code[0].value
    assert "for index, layer in enumerate(base.layers):\n    layer.trainable = index >= 100" in code
    assert "\nbase.trainable" not in code


def test_the_unfreeze_point_is_the_one_of_the_fine_tuning_page(open_page):
    app = open_page("layers")
    app.select_slider(key="unfreeze").set_value(98).run()
    app.switch_page("pages/fine_tuning.py").run()
    assert app.select_slider(key="unfreeze").value == 98
