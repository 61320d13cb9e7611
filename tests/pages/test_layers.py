"""The Layers page: its numbers are the core's for the same settings, in each of its four views."""

import numpy as np
import pytest

from core import layers
from core.concepts import activations, tables
from core.concepts.freeze_guide import advice, place
from core.concepts.layer_costs import stored_bytes
from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.layers import count_trainable, layer_table, output_shapes
from core.presets import first_visit
from core.running import price
from core.running.identity import ask
from core.statistics.verdict import Verdict
from core.wording.words import size as bytes_said
from tests.core.test_freeze_guide import a_record
from tests.pages.conftest import TRAINING_DIGITS, key_of, said
from tests.telling import tells

HEAD = first_visit().head


def move(app, layer):
    """Move the slider over every layer."""
    app.toggle(key="every_layer").set_value(True).run()
    return app.select_slider(key="layer").set_value(layer).run()


def to_view(app, name):
    app.segmented_control(key="layers_view").set_value(name).run()
    assert not app.exception, app.exception[0].message
    return app


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


# Map


@pytest.mark.parametrize("point", [100, 0])
def test_the_counts_and_costs_are_those_of_the_core(open_page, store, point):
    app = move(open_page("layers"), point)
    config = with_setting(first_visit(), "fine_tuning.unfreeze_from", point)
    learning = count_trainable(point, HEAD, 10)
    seconds = price.predict(ask(config, store)).seconds
    shown = metrics(app)
    assert shown["Parameters that learn"] == f"{learning.parameters:,}"
    assert shown["Stored for an image"] == (bytes_said(stored_bytes(point, 64)) if point else "nothing")
    assert shown["Predicted time"] == f"about {round(seconds)} s"
    table = app.table[0].value
    assert list(table["learn"]) == [learning.backbone_layers, learning.variables, learning.batch_norm_layers]
    assert list(table["of"]) == [154, 158, 52]


def test_freezing_most_layers_leaves_most_parameters_and_the_page_says_so(open_page):
    words = said(move(open_page("layers"), 100))
    assert "**65% of the layers** (100 of 154)" in words
    assert tells(words, 82, "parameters")
    assert tells(words, 50, 154, "positions")
    assert "**BatchNorm has two switches**" in words


def test_a_position_that_changes_nothing_is_called_out_and_another_is_not(open_page):
    app = move(open_page("layers"), 154)
    assert tells(said(app), "one of them")
    assert "`out_relu`" in said(app)
    assert not tells(said(move(app, 153)), "one of them")


def test_the_numbers_behind_the_map_hold_all_154_layers_at_the_chosen_size(open_page):
    app = open_page("layers")
    app.selectbox(key="look-size-digits").set_value(160).run()
    assert metrics(app)["Stored for an image"] == bytes_said(stored_bytes(116, 160))
    app.session_state["all-layers"] = True  # the box is open
    app.run()
    shown = next(frame.value for frame in app.dataframe if len(frame.value) == 154)
    assert shown["out"].iloc[-1] == "5 × 5 × 1,280"
    assert shown["numbers that learn"].sum() == tables.layer_frame(116, 160)["numbers that learn"].sum()


def test_only_the_open_view_is_drawn(open_page):
    app = open_page("layers")
    assert (len(app.get("plotly_chart")), len(app.get("vega_lite_chart"))) == (1, 3)
    to_view(app, "freeze")
    assert (len(app.get("plotly_chart")), len(app.get("vega_lite_chart"))) == (0, 1)


def test_the_code_sets_the_flag_of_every_layer(open_page):
    app = open_page("layers")
    code = app.code[0].value
    assert "for index, layer in enumerate(base.layers):\n    layer.trainable = index >= 116" in code
    assert "\nbase.trainable" not in code


def test_the_unfreeze_point_is_the_one_of_the_fine_tuning_page(open_page):
    app = open_page("layers")
    app.select_slider(key="unfreeze").set_value(98).run()
    app.switch_page("pages/fine_tuning.py").run()
    assert app.select_slider(key="unfreeze").value == 98


# Evidence


def test_without_a_run_the_evidence_leads_to_one_and_no_figure_is_made_up(open_page, store):
    app = to_view(open_page("layers"), "evidence")
    assert app.button(key="ask-run").label.startswith(f"Train on {TRAINING_DIGITS:,} digits · about ")
    assert not app.get("vega_lite_chart")
    assert list(app.table[0].value["figures from"]).count("no run yet") == 3
    app.button(key="ask-run").click().run()
    assert store.status(key_of(first_visit(), store)) == "queued"


def test_after_a_run_frozen_layers_carry_the_badge_and_every_part_its_panel(open_page, finish):
    finish(first_visit())
    app = to_view(open_page("layers"), "evidence")
    words = said(app)
    assert tells(words, 154, 104, "exactly 0")
    assert tells(words, 116, 78, "exactly 0")
    assert len(app.get("vega_lite_chart")) == 3
    table = app.table[0].value
    assert "84.0%" in table.loc["accuracy", "frozen"]
    assert "89.2%" in table.loc["accuracy", "trainable"]


def test_another_run_can_be_chosen_and_the_page_says_where_the_slider_is(open_page, finish):
    older = finish(first_visit())
    finish(with_setting(first_visit(), "fine_tuning.unfreeze_from", 143))
    app = to_view(open_page("layers"), "evidence")
    assert "143 frozen layers" in said(app)
    app.selectbox(key="evidence_run").set_value(older).run()
    assert "116 frozen layers" in said(app)
    assert "the slider is at" not in said(app)
    app.select_slider(key="unfreeze").set_value(98).run()
    assert tells(said(app), "block 13", "block 11", "slider")


def test_batch_norms_two_switches_carry_their_counts(open_page):
    app = to_view(move(open_page("layers"), 100), "evidence")
    assert "18 of 52 BatchNorm layers" in said(app)
    assert list(app.table[1].value["BatchNorm layers"]) == [34, 18]


def test_the_evidence_of_a_run_is_about_the_runs_point_wherever_the_slider_stands(open_page, finish):
    finish(with_setting(first_visit(), "fine_tuning.unfreeze_from", 143))
    app = to_view(move(open_page("layers"), 100), "evidence")
    assert "18 of 52 BatchNorm layers" not in said(app)
    assert list(app.table[1].value["BatchNorm layers"]) == [48, 4]
    assert "index >= 143" in app.code[-1].value


# Inside a layer


class Glass:
    """A lens whose maps are known: channel k is k everywhere, half of them negative after a convolution."""

    def look(self, pixels, wanted):
        assert pixels.shape == (1, 64, 64, 3)
        found = {}
        for name in wanted:
            if name == "pooled":
                found[name] = np.zeros((1, 1280), np.float32)
                continue
            layer = next(layer for layer in layer_table() if layer.name == name)
            shape = output_shapes(64)[layer.index]
            sign = -1 if layer.kind == "Conv2D" else 1
            found[name] = np.broadcast_to(sign * np.arange(shape[-1], dtype=np.float32), (1, *shape))
        return found


@pytest.fixture
def glass(monkeypatch):
    monkeypatch.setattr("pages.ui.study.lens", lambda asked: Glass())


def test_a_layer_shows_its_strongest_channels_and_says_what_the_numbers_mean(open_page, glass):
    app = to_view(open_page("layers"), "inside")
    assert "`Conv1` gives 32 maps of 32 × 32 numbers" in said(app)
    assert "The 20 strongest of 32 channels" in said(app)
    index = next(layer.index for layer in layer_table() if layer.name == "block_16_project_BN")
    app.select_slider(key="inside_layer").set_value(index).run()
    assert tells(said(app), "block_16_project_BN", 320, "2 × 2")
    assert "from 0 to 319" in said(app)
    assert 'base.get_layer("block_16_project_BN")' in app.code[0].value


def test_the_pretrained_network_is_asked_about_the_picture_and_of_digits_it_has_no_idea(open_page, glass):
    app = to_view(open_page("layers"), "inside")
    assert "It has never seen a digit" in said(app)
    assert tells(said(app), 224, 64, "trained at")


def test_any_picture_of_a_class_can_be_chosen_and_a_sample_photo_too(open_page, glass):
    app = to_view(open_page("layers"), "inside")
    next(box for box in app.selectbox if box.label == "Class").set_value(7).run()
    assert "Class 7, " in said(app)
    first = said(app)
    app.number_input[0].set_value(500).run()
    assert not app.exception
    assert said(app) != first
    app.segmented_control(key="inside_source").set_value("sample").run()
    assert "Cat, 64 × 64 px" in said(app)


def test_the_first_kernels_are_told_dead_and_alive(open_page, glass):
    app = to_view(open_page("layers"), "inside")
    assert f"**{activations.dead_kernels().sum()} of the 32 kernels are dead**" in said(app)


# What to freeze


@pytest.fixture
def measured(store):
    """A finished study of similarity: small and different, by default."""

    def keep(**changes) -> dict:
        record = a_record(dataset="Handwritten digits", **changes)
        study = Study("similarity", first_visit())
        key = study.key(datasets.find("digits", store.home))
        store.create(key, first_visit(), {"kind": "similarity", "options": {}})
        right = {"pretrained_right": np.arange(500) < 450, "random_right": np.arange(500) < 400}
        store.save_study(key, record, right)
        return record

    return keep


def test_similarity_is_measured_on_request_with_its_price(open_page, store):
    app = to_view(open_page("layers"), "freeze")
    assert metrics(app) == {"Training images a class": f"{TRAINING_DIGITS // 10}"}
    button = app.button(key="ask-similarity")
    assert button.label.startswith("Measure similarity · about ")
    button.click().run()
    key = Study("similarity", first_visit()).key(datasets.find("digits", store.home))
    assert store.status(key) == "queued"


def test_the_place_on_the_guide_is_the_measured_one(open_page, measured):
    record = measured(confidence=0.6, confidence_interval=[0.58, 0.62])
    app = to_view(open_page("layers"), "freeze")
    assert metrics(app)["Confidence of the ImageNet head"] == "60.0%"
    assert f"This data set is {advice(place(record)).case}" in said(app)
    assert "Freeze most" in said(app)
    assert "layer.trainable = index >= 143" in app.code[0].value


def test_small_and_different_is_told_with_its_doubt_and_two_runs_to_test_it(open_page, measured, store):
    measured()
    app = to_view(open_page("layers"), "freeze")
    assert "Worth doubting" in said(app)
    labels = [app.button(key=f"ask-{name}").label for name in ("contrast", "advice")]
    for label, point in zip(labels, (143, 27), strict=True):
        config = with_setting(first_visit(), "fine_tuning.unfreeze_from", point)
        seconds = price.predict(ask(config, store)).seconds
        assert label == f"Train from {layers.stop_label(point)} · about {round(seconds)} s"
    app.button(key="ask-advice").click().run()
    config = with_setting(first_visit(), "fine_tuning.unfreeze_from", 27)
    assert store.status(key_of(config, store)) == "queued"
    app.button(key="stop-advice").click().run()
    assert store.status(key_of(config, store)) == "stopped"


def test_both_runs_done_the_paired_verdict_is_told(open_page, measured, finish):
    measured()
    for point, wrong in ((143, 60), (27, 20)):
        config = with_setting(first_visit(), "fine_tuning.unfreeze_from", point)
        finish(config, tuned_wrong=np.arange(500) < wrong)
    app = to_view(open_page("layers"), "freeze")
    assert tells(said(app), 40, 0, 500, Verdict.BETTER)
    assert "The advice: from block 3 against the opposite: from block 16" in said(app)


def test_a_broken_measurement_is_named_and_can_be_asked_for_again(open_page, measured, store):
    measured()
    key = Study("similarity", first_visit()).key(datasets.find("digits", store.home))
    (store.path(key) / "arrays.npz").write_bytes(b"broken")
    app = to_view(open_page("layers"), "freeze")
    app.run()  # the sidebar was drawn before the file was read
    assert "1 damaged file" in {expander.label for expander in app.sidebar.expander}
    assert any("about" in button.label for button in app.main.button)
