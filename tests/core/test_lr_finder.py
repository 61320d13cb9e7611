"""A range test on real digits and real weights."""

import numpy as np
import pytest

from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    with_setting,
)
from core.data import datasets
from core.explain import learning_rates, studies
from core.explain.studies import Study
from core.running import in_training
from core.running.identity import identify
from core.store import Store
from tests.core import study

pytestmark = pytest.mark.tensorflow

CONFIG = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=160, shares=(0.5, 0.25, 0.25)),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=143),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory, tensorflow_configured):
    """(store, data set, record, arrays)"""
    store = Store(tmp_path_factory.mktemp("home"))
    dataset = datasets.find("digits", store.home)
    return store, dataset, *study.answer(Study("lr_finder", CONFIG), store, dataset)


def test_it_starts_where_fine_tuning_starts_and_ends_where_the_loss_breaks(found):
    _, _, record, arrays = found
    rates, losses, untrained = (arrays[name] for name in ("rates", "losses", "untrained"))
    assert len(rates) == len(losses) == len(untrained) <= learning_rates.STEPS
    np.testing.assert_array_equal(rates, learning_rates.sweep()[: len(rates)])
    assert losses[0] == untrained[0], "nothing has been learned before the first step"
    assert np.abs(losses - untrained)[:15].max() < 0.01
    assert record["diverged"]
    assert losses[-5:].mean() > 2 * untrained.mean()


def test_it_trained_the_missing_feature_extraction_and_kept_it(found):
    store, dataset, _, _ = found
    assert store.finished(identify(CONFIG.first_phase_only(), dataset))
    assert in_training.keys(store) == []


def test_another_rate_asks_the_same_question_and_another_optimizer_a_new_one(found):
    _, dataset, _, _ = found
    key = Study("lr_finder", CONFIG).key(dataset)

    def asked(name, value):
        return Study("lr_finder", with_setting(CONFIG, name, value)).key(dataset)

    assert asked("fine_tuning.learning_rate", 1e-6) == key
    assert asked("fine_tuning.epochs", 9) == key
    assert asked("fine_tuning.optimizer", "sgd") != key
    assert asked("batch_norm", "batch") != key
    assert asked("fine_tuning.unfreeze_from", 134) != key


def test_asking_again_costs_nothing(found):
    store, dataset, _, arrays = found
    assert studies.predicted_seconds(Study("lr_finder", CONFIG), store, dataset) == 0
    again = study.answer(Study("lr_finder", CONFIG), store, dataset)[1]
    np.testing.assert_array_equal(again["losses"], arrays["losses"])


def test_its_price_falls_when_feature_extraction_is_stored(found, tmp_path):
    store, dataset, _, _ = found
    other = with_setting(CONFIG, "fine_tuning.unfreeze_from", 134)
    here = studies.predicted_seconds(Study("lr_finder", other), store, dataset)
    assert 0 < here < studies.predicted_seconds(Study("lr_finder", other), Store(tmp_path), dataset)
