"""The LiteRT file of a trained run, opened and run apart from the check that was made of it."""

import numpy as np
import pytest

from core.config import ExperimentConfig, from_dict
from core.data import datasets
from core.errors import StoreError
from core.explain.studies import Study
from core.running import experiment
from core.running.identity import ask
from core.running.jobs import training_lock
from tests.core.study import answer

pytestmark = pytest.mark.tensorflow


def config(**changes) -> ExperimentConfig:
    plain = {
        "data": {"name": "digits", "image_size": 32, "limit": 120},
        "feature_extraction": {"epochs": 1, "learning_rate": 1e-3},
        "fine_tuning": {"epochs": 0},
    }
    return from_dict(plain | changes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tensorflow_configured):
    """A store with one small run, its result, and the study's answer."""
    from core.store import Store

    store = Store(tmp_path_factory.mktemp("exported"))
    with training_lock(store):
        result = experiment.run(ask(config(), store))
    dataset = datasets.find("digits", store.home)
    record, arrays = answer(Study("exported", config(), {"run": result.run_key}), store, dataset)
    return store, result, record, arrays


def test_the_file_answers_as_the_stored_predictions_do(trained):
    from ai_edge_litert.interpreter import Interpreter

    store, result, record, arrays = trained
    splits = datasets.load(config().data, store.home)
    interpreter = Interpreter(model_content=arrays["model"].tobytes())
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["shape"].tolist() == [1, 32, 32, 3]
    said = []
    for image in splits.pixels[splits.validation]:
        interpreter.set_tensor(given["index"], image[None].astype(np.float32))  # pixels 0..255, as promised
        interpreter.invoke()
        said.append(interpreter.get_tensor(made["index"])[0])
    stored = store.arrays(result.run_key)["feature_extraction/validation"]
    assert np.abs(np.array(said) - stored).max() < 1e-3
    assert (np.array(said).argmax(axis=1) == stored.argmax(axis=1)).all()


def test_the_record_says_how_well_it_agrees_with_keras(trained):
    _, result, record, arrays = trained
    assert record["images"] == result.dataset.counts["validation"]
    assert record["changed"] == 0
    assert 0 <= record["largest_difference"] < 1e-4
    assert record["bytes"] == len(arrays["model"]) > 1_000_000


def test_a_run_that_is_gone_is_refused_with_words(trained):
    store, _, _, _ = trained
    missing = "run-v1-00000000000000ff"
    with pytest.raises(StoreError, match="There is no finished run"):
        answer(Study("exported", config(), {"run": missing}), store, datasets.find("digits", store.home))
