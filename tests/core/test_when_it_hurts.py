"""What shows harm is an ordinary run, quick and alike but for one thing; the bugs are the lab's."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.concepts import harm
from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.presets import digits_quick, first_visit, tf_tutorial
from core.store import Store
from tests.core import study


@pytest.mark.parametrize(
    ("config", "rate", "train"), [(first_visit(), 1e-4, 200), (tf_tutorial(), 1e-5, 2000)]
)
def test_the_ladder_differs_in_its_rate_alone_which_grows(config, rate, train):
    ladder = harm.ladder(config, rate, train)
    rates = [one.fine_tuning.learning_rate for one in ladder]
    assert rates == pytest.approx([rate * factor for factor in (1, 3, 10, 100)])
    same = {replace(one, fine_tuning=replace(one.fine_tuning, learning_rate=rate)) for one in ladder}
    assert len(same) == 1
    assert ladder[0].thaws
    assert ladder[0].two_phases
    assert max(ladder[0].feature_extraction.epochs, ladder[0].fine_tuning.epochs) <= harm.MOST_EPOCHS


def test_on_the_first_visits_images_the_sensible_rate_is_the_run_that_is_there_already():
    assert harm.ladder(first_visit(), 1e-4, 200)[0] == first_visit()


def test_many_images_are_not_learned_from_for_a_look():
    assert harm.quick(digits_quick(), 1000).data.train_limit == harm.MOST_IMAGES
    assert harm.quick(with_setting(digits_quick(), "fine_tuning.unfreeze_from", 154), 1000).thaws


def test_too_long_differs_from_short_in_its_epochs_alone_on_few_images_of_each_class():
    short, long = harm.too_long(first_visit(), 10, 200)
    assert replace(long, fine_tuning=short.fine_tuning) == short
    assert (short.fine_tuning.epochs, long.fine_tuning.epochs) == (harm.SHORT, harm.LONG)
    assert long.data.train_limit == 40


def test_the_base_of_the_bug_is_random_and_frozen():
    bug = harm.random_base(first_visit(), 200)
    assert bug.base.weights == "random"
    assert not bug.thaws
    assert not bug.from_scratch


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory):
    """A folder of dark and of light noise: (data set, config, store)."""
    home = tmp_path_factory.mktemp("two")
    draw = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 150)):
        (home / "photos" / name).mkdir(parents=True)
        for number in range(20):
            pixels = draw.integers(low, low + 100, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(home / "photos" / name / f"{number}.png")
    config = with_setting(digits_quick(), "data.name", str(home / "photos"))
    for name, value in {"data.limit": 40, "data.image_size": 32, "feature_extraction.epochs": 6,
                        "feature_extraction.learning_rate": 1e-2, "batch_size": 8}.items():  # fmt: skip
        config = with_setting(config, name, value)
    return datasets.find(config.data.name, home), config, Store(home / "store")


@pytest.mark.tensorflow
def test_softmax_over_one_unit_stands_at_the_share_of_the_second_class_while_its_loss_falls(
    two_classes, tensorflow_configured
):
    dataset, config, store = two_classes
    record, arrays = study.answer(Study("one_unit", config), store, dataset)
    labels = dataset.labels[datasets.split(dataset, config.data)["validation"]]
    share = pytest.approx(float(labels.mean()))
    assert record["softmax"]["val_accuracy"] == [share] * 6
    assert np.abs(arrays["softmax"] - 1).max() < 1e-6
    assert record["softmax"]["loss"][-1] < record["softmax"]["loss"][0]
    assert record["softmax"]["moved"] == pytest.approx(record["sigmoid"]["moved"], rel=1e-3), "alike"
    assert record["sigmoid"]["val_accuracy"][-1] > record["softmax"]["val_accuracy"][-1]
