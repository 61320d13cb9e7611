"""An optimizer is a line of one list; everything else follows from it."""

from dataclasses import replace

import numpy as np
import pytest

from core.codegen.compare import folds_code
from core.codegen.keras import keras_code
from core.concepts import rate_facts
from core.config import ExperimentConfig, FineTuningConfig, parse_setting, with_setting
from core.errors import ConfigError
from core.optimizers import OPTIMIZERS, code
from core.presets import digits_quick
from core.wording import words


@pytest.fixture
def nadam(monkeypatch):
    """Keras has it, Thaw's list has not."""
    monkeypatch.setitem(OPTIMIZERS, "nadam", "Nadam")


def config() -> ExperimentConfig:
    return replace(
        digits_quick(), fine_tuning=FineTuningConfig(2, "nadam", learning_rate=1e-4, unfreeze_from=134)
    )


def test_what_is_not_in_the_list_is_refused_with_the_list():
    with pytest.raises(ConfigError) as caught:
        config()
    assert caught.value.field == "fine_tuning.optimizer"
    assert all(name in caught.value.expected for name in OPTIMIZERS)


def test_a_new_one_is_checked_typed_told_and_written(nadam):
    typed = parse_setting(digits_quick(), "fine_tuning.optimizer=nadam")
    assert typed.fine_tuning.optimizer == "nadam"
    assert words.setting("fine_tuning.optimizer", "nadam") == "Nadam"
    assert code("nadam", 1e-4) == "keras.optimizers.Nadam(0.0001)"
    assert code("nadam", 1e-4) in keras_code(config(), 10)
    head_alone = with_setting(config(), "feature_extraction.optimizer", "nadam")
    assert "keras.optimizers.Nadam(" in folds_code(head_alone)
    assert rate_facts.warning(with_setting(config(), "fine_tuning.learning_rate", 1.0)) == ""


@pytest.mark.tensorflow
@pytest.mark.parametrize("rate", [1, 10, 1e-4, 3e-5, 0.123456789])
def test_written_code_makes_keras_learn_at_the_very_rate_of_the_config(rate):
    import keras

    config = with_setting(digits_quick(), "feature_extraction.learning_rate", rate)
    written = code("adam", config.feature_extraction.learning_rate)
    assert written in keras_code(config, 10)
    made = eval(written, {"keras": keras})  # Keras refuses a rate that is an int
    assert float(made.learning_rate) == np.float32(rate)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", [*OPTIMIZERS, "nadam"])
def test_every_one_trains_a_step(nadam, name):
    from core.method import training, workshop

    order = workshop.order_for(digits_quick(), 154, name, num_classes=10, plain=False)
    bench = workshop.prepare(order, 1e-2, head_seed=1)
    before = bench.network.head.get_weights()
    rows = training.Rows(np.ones((8, 1280), np.float32), np.arange(8), np.arange(8))
    loss, _ = bench.trainer.train_batch(rows, np.arange(8))
    assert np.isfinite(float(loss))
    assert type(bench.trainer.optimizer).__name__ == OPTIMIZERS[name]
    after = bench.network.head.get_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))
