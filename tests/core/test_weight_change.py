"""The evidence of a run: frozen is exactly zero, and a layer that moved cannot hide."""

from dataclasses import replace

import pytest

from core.charts.weight_change import change_chart
from core.concepts.frozen_or_trainable import comparison
from core.concepts.weight_change import (
    KERNELS,
    PARTS,
    SCALE_SHIFT,
    STATISTICS,
    change_frame,
    change_notes,
    frozen_badge,
)
from core.presets import digits_quick
from tests.fakes import finish


@pytest.fixture
def result(store):
    return finish(store, "run-v1-00000000000000aa", digits_quick())


@pytest.fixture
def tuned(result):
    return result.last


def moved(phase, layer: int, **change):
    """The phase with one layer's change set."""
    rows = [replace(row, **change) if row.layer == layer else row for row in phase.weight_change]
    return replace(phase, weight_change=tuple(rows))


def test_every_layer_with_numbers_has_a_row_and_batch_norm_has_two(tuned):
    frame = change_frame(tuned)
    assert frame["part"].value_counts().to_dict() == {KERNELS: 52, SCALE_SHIFT: 52, STATISTICS: 52}
    assert frame["layer"].nunique() == 104
    assert (frame["frozen"] == (frame["layer"] < 116)).all()


def test_a_frozen_layer_that_moved_breaks_the_seal(tuned):
    assert frozen_badge(tuned) == (True, "116 frozen layers (78 hold numbers): exactly 0")
    broken = moved(tuned, 1, trainable=1e-9)
    assert frozen_badge(broken) == (False, "1 frozen layer changed, Conv1 first")
    assert not any("bit for bit" in note for note in change_notes(broken, "inference"))


def test_statistics_alone_break_the_seal_too(tuned):
    assert not frozen_badge(moved(tuned, 2, statistics=1e-9))[0]


def test_the_notes_name_what_moved_most_and_whose_doing_the_statistics_are(tuned):
    notes = " ".join(change_notes(moved(tuned, 151, trainable=0.3), "inference"))
    assert "most moved `Conv_1` (convolution kernels), by 30%" in notes
    assert "stayed as they were before" in notes
    batch = " ".join(change_notes(moved(tuned, 152, statistics=0.05), "batch"))
    assert "In 1 thawed BatchNorm layer mean and variance moved too, by up to 5%" in batch


def test_feature_extraction_moves_nothing(result):
    first = result.phases[0]
    assert frozen_badge(first)[1].startswith("154 frozen layers (104 hold numbers)")
    assert change_notes(first, "inference") == [change_notes(result.last, "inference")[0]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", PARTS)
def test_the_figure_says_zero_only_where_it_is_zero(tuned, part, theme):
    expected = ["frozen: exactly 0", "kept: exactly 0"] if part == STATISTICS else ["frozen: exactly 0"]
    assert written(change_chart(tuned, part, theme)) == expected
    layer = {KERNELS: 1, SCALE_SHIFT: 2, STATISTICS: 2}[part]
    broken = moved(tuned, layer, trainable=1e-9, statistics=1e-9)
    assert "frozen: exactly 0" not in written(change_chart(broken, part, theme))


def written(chart) -> list[str]:
    """The words that stand in a chart."""
    datasets = chart.to_dict()["datasets"].values()
    return [row["text"] for rows in datasets for row in rows if "text" in row]


class Tens:
    """As much of a data set as the comparison looks at."""

    classes = tuple("0123456789")


def test_the_comparison_takes_its_figures_from_the_run_and_names_it(result):
    table = comparison(digits_quick(), Tens, 1000, result, "A · from block 13")
    assert table.loc["learning", "frozen"] == "No updates: 78 layers with weights moved by exactly 0"
    assert "26 layers moved by 1%" in table.loc["learning", "trainable"]
    assert table.loc["cost", "frozen"] == "12,810 numbers, 0.63 s of training an epoch; features were there"
    assert table.loc["accuracy", "frozen"].startswith("84.0%")
    assert table.loc["accuracy", "trainable"].startswith("89.2%")
    assert list(table["figures from"]).count("run A · from block 13") == 3


def test_without_a_run_the_comparison_says_so_and_invents_nothing():
    table = comparison(digits_quick(), Tens, 1000, None, "")
    assert list(table.loc[["learning", "cost", "accuracy"], "figures from"]) == ["no run yet"] * 3
    assert list(table.loc["cost", ["frozen", "trainable"]]) == ["–", "–"]
    assert "1,694,154 numbers" in table.loc["definition", "trainable"]


def test_numbers_that_stay_and_numbers_that_learn_are_all_there_are():
    table = comparison(digits_quick(), Tens, 1000, None, "")
    learn, stay = (int(word.replace(",", "")) for word in ("1,694,154", "542,528"))
    assert "542,528 numbers" in table.loc["definition", "frozen"]
    assert learn + stay == 2_257_984 - 34_112 + 12_810
