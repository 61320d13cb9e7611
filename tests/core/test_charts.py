"""Figures: what they draw, from records alone."""

import json
from dataclasses import replace

import pytest

from core.charts import (
    AccuracyRow,
    Curve,
    accuracy_dots,
    confusion_heatmap,
    curve_table,
    learning_curve,
)
from core.charts.palette import PALETTES
from core.compare import per_class
from tests.fakes import epochs, evaluation, wrong_answers

WHOLE = Curve("B · from block 11", epochs(3, 0.5, 0.8) + epochs(2, 0.82, 0.9, 4), 3)


def spec(chart) -> dict:
    return chart.to_dict()


def without_data(chart) -> str:
    """The specification alone: names of data sets are hashes of their content."""
    plain = spec(chart)
    plain.pop("datasets")
    for layer in plain["layer"]:
        layer.pop("data", None)
    plain.pop("data", None)
    return json.dumps(plain, sort_keys=True)


def rows(chart, *columns) -> list[tuple]:
    """Rows of the first data set that has these columns."""
    for data in spec(chart)["datasets"].values():
        if data and set(columns) <= set(data[0]):
            return [tuple(row[column] for column in columns) for row in data]
    return []


def domain(chart, axis: str) -> list[float]:
    return next(
        layer["encoding"][axis]["scale"]["domain"]
        for layer in spec(chart)["layer"]
        if "scale" in layer.get("encoding", {}).get(axis, {})
    )


def test_the_axis_has_its_full_length_before_the_first_epoch():
    empty = learning_curve(Curve("A", ()), "accuracy", (3, 2), "light", num_classes=10, baseline=0.1)
    full = learning_curve(WHOLE, "accuracy", (3, 2), "light", num_classes=10, baseline=0.1)
    assert domain(empty, "x") == domain(full, "x")
    assert domain(empty, "y") == domain(full, "y")


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_a_new_epoch_changes_data_and_nothing_else(metric):
    """Streamlit swaps data into a standing chart; another specification would make it flicker."""
    first = Curve("B", WHOLE.epochs[:1])
    charts = [learning_curve(c, metric, (3, 2), "light", num_classes=10) for c in (first, WHOLE)]
    assert without_data(charts[0]) == without_data(charts[1])


def test_phases_part_where_fine_tuning_starts():
    chart = learning_curve(WHOLE, "accuracy", (3, 2), "light")
    phases = dict(rows(chart, "epoch", "phase"))
    assert phases == {1: "feature extraction", 2: "feature extraction", 3: "feature extraction",
                      4: "fine-tuning", 5: "fine-tuning"}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phases_have_the_colours_of_their_theme(theme):
    text = json.dumps(spec(learning_curve(WHOLE, "loss", (3, 2), theme)))
    assert PALETTES[theme].frozen in text
    assert PALETTES[theme].trainable in text


def test_training_is_dashed_and_validation_solid():
    text = json.dumps(spec(learning_curve(WHOLE, "accuracy", (3, 2), "light")))
    assert '"domain": ["training", "validation"], "range": [[5, 4], [1, 0]]' in text


def test_an_accuracy_curve_carries_the_commonest_class_and_a_loss_curve_does_not():
    accuracy = learning_curve(WHOLE, "accuracy", (3, 2), "light", baseline=0.5)
    loss = learning_curve(WHOLE, "loss", (3, 2), "light")
    assert "always the commonest class" in json.dumps(spec(accuracy))
    assert "always the commonest class" not in json.dumps(spec(loss))


def test_earlier_runs_are_ghosts_with_their_letter():
    ghost = Curve("A · from block 13", epochs(3, 0.4, 0.7))
    chart = learning_curve(WHOLE, "accuracy", (3, 2), "light", ghosts=[ghost])
    assert "A · from block 13" in json.dumps(spec(chart), ensure_ascii=False)
    assert PALETTES["light"].ghost in json.dumps(spec(chart))


def test_letters_of_ghosts_that_end_alike_do_not_cover_each_other():
    ghosts = [Curve(f"{letter} · from block 13", epochs(3, 0.4, 0.99)) for letter in "ABC"]
    chart = learning_curve(WHOLE, "accuracy", (3, 2), "light", ghosts=ghosts)
    places = sorted(value for value, _ in rows(chart, "value", "letter"))
    assert len(places) == 3
    assert places[-1] <= 1
    assert min(b - a for a, b in zip(places, places[1:], strict=False)) > 0.03


def test_letters_stand_at_the_ends_of_their_lines_and_words_off_them():
    short, long = Curve("A · from block 13", epochs(3, 0.4, 0.7)), Curve("B · head", epochs(5, 0.4, 0.95))
    chart = learning_curve(WHOLE, "accuracy", (3, 2), "light", ghosts=[short, long])
    assert {(epoch, letter) for epoch, letter in rows(chart, "epoch", "letter")} == {(3, "A"), (5, "B")}
    offset = {
        layer["encoding"]["text"]["field"]: layer["mark"]["dx"]
        for layer in spec(chart)["layer"]
        if layer["mark"]["type"] == "text" and layer["encoding"]["text"]["field"] in ("letter", "split")
    }
    assert offset["split"] >= offset["letter"] + 12, "a letter has room before the word"


def test_the_words_of_a_run_in_training_go_right_of_the_letters_that_they_would_stand_on():
    ghost = Curve("A · from block 13", epochs(5, 0.4, 0.7))
    for done, expected in ((1, 1), (4, 5)):
        chart = learning_curve(Curve("B", WHOLE.epochs[:done]), "accuracy", (3, 2), "light", ghosts=[ghost])
        ends = [data for data in spec(chart)["datasets"].values() if len(data) == 2 and "split" in data[0]]
        assert {row["epoch"] for row in ends[-1]} == {expected}


def test_a_diverging_loss_stays_on_the_chart():
    wild = Curve("C", tuple(epochs(2, 0.1, 0.1)))
    bad = [type(e)(**{**e.__dict__, "val_loss": 13.7}) for e in wild.epochs]
    assert domain(learning_curve(Curve("C", tuple(bad)), "loss", (2, 0), "light"), "y")[1] > 13.7


def test_the_table_behind_the_curves_holds_every_epoch():
    table = curve_table([WHOLE, Curve("A", epochs(2, 0.1, 0.2))])
    assert len(table) == 7
    assert list(table["phase"])[:5] == ["feature extraction"] * 3 + ["fine-tuning"] * 2


def test_accuracies_are_dots_with_intervals_on_one_axis():
    rows_shown = [
        AccuracyRow("A", "feature_extraction", evaluation(wrong_answers(0, 80), 10)),
        AccuracyRow("B", "fine_tuning", evaluation(wrong_answers(0, 54), 10)),
    ]
    chart = accuracy_dots(rows_shown, "light", baseline=0.1)
    assert rows(chart, "label", "said") == [("A", "420 of 500"), ("B", "446 of 500")]
    assert domain(chart, "x") == [0.05, 1]
    assert "always the commonest class" in json.dumps(spec(chart))


def test_a_confusion_matrix_has_true_classes_down_and_outlines_the_right_ones():
    chart = confusion_heatmap(evaluation(wrong_answers(0, 10), 2), ("cats", "dogs"), "dark")
    assert rows(chart, "true", "predicted", "images", "right") == [
        ("cats", "cats", 245, True),
        ("cats", "dogs", 5, False),
        ("dogs", "cats", 5, False),
        ("dogs", "dogs", 245, True),
    ]
    assert PALETTES["dark"].text in json.dumps(spec(chart))


def test_of_a_confusion_matrix_some_classes_can_be_shown_with_shares_of_all_their_images():
    counts = ((6, 1, 3), (0, 5, 0), (2, 2, 1))
    matrix = replace(evaluation(wrong_answers(0, 10), 3), confusion=counts)
    chart = confusion_heatmap(matrix, ("a", "b", "c"), "light", shown=[0, 2])
    assert rows(chart, "true", "predicted", "images", "share") == [
        ("a", "a", 6, 0.6), ("a", "c", 3, 0.3), ("c", "a", 2, 0.4), ("c", "c", 1, 0.2),
    ]  # fmt: skip


def test_the_classes_most_often_taken_for_one_another_are_found_and_every_confusion_is_listed():
    counts = ((6, 1, 3, 0), (0, 5, 0, 0), (2, 2, 1, 0), (0, 0, 0, 9))
    matrix = replace(evaluation(wrong_answers(0, 10), 4), confusion=counts)
    assert per_class.most_confused(matrix, 2) == [0, 2]
    assert per_class.most_confused(matrix, 3) == [0, 1, 2]
    assert per_class.most_confused(matrix, 40) == [0, 1, 2]  # nothing is said of what is always right
    listed = per_class.confusions(matrix, "abcd").to_numpy().tolist()
    assert listed == [["a", "c", 3], ["c", "a", 2], ["c", "b", 2], ["a", "b", 1]]


def test_a_large_confusion_matrix_shows_shades_only():
    classes = [f"class {i}" for i in range(25)]
    chart = confusion_heatmap(evaluation(wrong_answers(0, 10), 25), classes, "light")
    assert not any(layer["mark"].get("type") == "text" for layer in spec(chart)["layer"])
