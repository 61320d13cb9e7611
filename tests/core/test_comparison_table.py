"""Networks in numbers: what the table says, and in which settings they differ."""

import pytest

from core.compare.networks import networks
from core.compare.settings import NOT_USED, differing_settings
from core.compare.table import comparison_table, readable
from core.config import with_setting
from core.presets import digits_quick, tf_tutorial
from core.wording import words
from tests import fakes

FROM_98 = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98)


@pytest.fixture
def pair(store):
    fakes.finish(store, "run-v1-00000000000000aa", digits_quick())
    fakes.finish(store, "run-v1-00000000000000bb", with_setting(FROM_98, "batch_norm", "batch"))
    runs = store.list_runs()
    found = {one.label: one for one in networks(runs, words.run_names(runs)).values()}
    return [found["A · from block 13 · 3e‑5"], found["B · from block 11 · 3e‑5"]]


def test_only_what_differs_is_told_in_words():
    assert differing_settings([digits_quick(), FROM_98]) == {
        "unfreeze point": ["block 13 · 116 layers frozen", "block 11 · 98 layers frozen"]
    }
    assert differing_settings([digits_quick(), digits_quick()]) == {}


def test_settings_of_a_phase_that_was_not_trained_are_not_told():
    found = differing_settings([digits_quick(), digits_quick().first_phase_only()])
    assert found["rate fine-tuning"] == ["3e‑5", NOT_USED]
    assert "rate frozen" not in found


def test_cores_are_told_only_of_runs_whose_numbers_hang_on_them():
    old, large = (with_setting(config, "threads", None) for config in (digits_quick(), tf_tutorial()))
    assert differing_settings([digits_quick(), old]) == {"cores trained on": ["1", "all"]}
    assert "cores trained on" not in differing_settings([digits_quick(), old.first_phase_only()])
    assert "cores trained on" not in differing_settings([digits_quick(), large])


def test_augmentation_is_told_in_its_own_units():
    found = differing_settings([tf_tutorial(), with_setting(tf_tutorial(), "augmentation.rotation", 0.0)])
    assert found == {"augmentation": ["flips left-right, rotation 0.2 turn · ±72°", "flips left-right"]}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("data.limit", 100, "100"),
        ("head.hidden", [128], "128"),
        ("base.weights", "random", "random"),
        ("fine_tuning.optimizer", "sgd", "SGD"),
        ("data.image_size", 96, "96 px"),
        ("head.dropout", 0.5, "0.5"),
        ("threads", None, "all"),
    ],
)
def test_every_kind_of_setting_has_words(name, value, said):
    (values,) = differing_settings([digits_quick(), with_setting(digits_quick(), name, value)]).values()
    assert values[1] == said
    assert values[0] != said


def test_the_table_keeps_the_measured_numbers_and_names_the_batch_norm_mode(pair):
    table = comparison_table(pair, "validation")
    assert table["validation accuracy"].tolist() == [one.phase.validation.accuracy for one in pair]
    assert table["images"].tolist() == [500, 500]
    assert table["BatchNorm"].tolist() == ["statistics kept", "each batch"]
    assert table["unfreeze point"].tolist()[1] == "block 11 · 98 layers frozen"
    assert "learning rate" not in " ".join(table.columns)


def test_a_person_reads_percent_counts_and_what_was_reused(pair):
    shown = readable(comparison_table(pair, "validation"), "validation")
    assert shown["validation accuracy"].tolist() == ["89.2%", "89.2%"]
    assert shown["95% interval"][0] == "86.2 to 91.6%"
    assert shown["right"][0] == "446 of 500"
    assert shown["time"][0] == "24 s (features reused; 53 s from nothing)"
    assert list(shown.columns)[-1] == "unfreeze point"
