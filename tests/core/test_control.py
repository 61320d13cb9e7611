"""The control that a fine-tuning is judged against: the same head, trained as long with nothing thawed."""

from dataclasses import replace

import numpy as np
import pytest

from core.commands import training
from core.compare.networks import networks, opening
from core.config import with_setting
from core.data import datasets
from core.errors import StoreError
from core.presets import digits_quick
from core.results import to_plain
from core.running import jobs, keeping, price
from core.running.identity import ask, identify
from core.store import Store
from core.transforms import AugmentationConfig
from core.wording import words
from tests import fakes
from tests.core.tiny_run import TinyRun

SETTINGS = {
    "data.limit": 120, "feature_extraction.epochs": 2,
    "fine_tuning.epochs": 3, "fine_tuning.unfreeze_from": 151,
}  # fmt: skip
TUNED, CONTROL, OTHER = (f"run-v1-{digit * 16}" for digit in "abc")


def alike(record: dict) -> dict:
    """A phase's record without what a clock said."""
    plain = {name: value for name, value in record.items() if "seconds" not in name}
    epochs = [
        {name: value for name, value in epoch.items() if name != "seconds"} for epoch in plain["epochs"]
    ]
    return plain | {"epochs": epochs}


# Which run it is


def test_it_is_feature_extraction_at_its_own_rate_for_the_epochs_of_both_phases():
    config = with_setting(digits_quick(), "fine_tuning.learning_rate", 1e-4)
    control = config.control()
    assert control == with_setting(config.first_phase_only(), "feature_extraction.epochs", 20)
    assert (control.feature_extraction.optimizer, control.feature_extraction.learning_rate) == ("adam", 1e-3)


def test_thawing_at_once_is_judged_against_a_head_trained_for_as_long():
    config = with_setting(digits_quick(), "feature_extraction.epochs", 0)
    assert config.control().feature_extraction.epochs == config.fine_tuning.epochs
    assert config.control().fine_tuning.epochs == 0


def test_head_only_at_fine_tunings_rate_has_a_control_too():
    config = with_setting(digits_quick(), "fine_tuning.unfreeze_from", 154)
    assert config.control().canonical() == digits_quick().control().canonical()


def test_where_nothing_is_fine_tuned_there_is_none():
    assert digits_quick().first_phase_only().control() is None
    assert digits_quick().without_transfer().control() is None


def test_neither_the_unfreeze_point_nor_its_rate_changes_it(store):
    dataset = datasets.find("digits", store.home)
    configs = [
        digits_quick(),
        with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98),
        with_setting(digits_quick(), "fine_tuning.learning_rate", 1e-4),
        with_setting(digits_quick(), "batch_norm", "batch"),
    ]
    assert len({identify(config.control(), dataset) for config in configs}) == 1


def test_the_plain_path_has_none_since_it_would_take_as_long_again(store):
    assert ask(digits_quick(), store, plain=True).control is None
    assert ask(digits_quick(), store).control is not None


# Training it


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tensorflow_configured):
    return TinyRun(tmp_path_factory.mktemp("home"), SETTINGS)


@pytest.mark.tensorflow
def test_it_comes_with_a_run_and_equals_feature_extraction_asked_for_with_so_many_epochs_more(tiny, tmp_path):
    from core.running import experiment

    control = ask(tiny.config, tiny.store).control
    longer = with_setting(tiny.config.first_phase_only(), "feature_extraction.epochs", 5)
    elsewhere = Store(tmp_path / "elsewhere")
    with jobs.training_lock(elsewhere):
        alone = experiment.run(ask(longer, elsewhere))
    assert tiny.store.finished(control.key)
    found, wanted = (alike(to_plain(run.last)) for run in (tiny.store.load(control.key), alone))
    assert found == wanted
    arrays, others = tiny.store.arrays(control.key), elsewhere.arrays(alone.run_key)
    assert arrays.keys() == others.keys()
    assert all(np.array_equal(arrays[name], others[name]) for name in arrays)


@pytest.mark.tensorflow
def test_its_first_epochs_are_those_of_the_runs_own_feature_extraction(tiny):
    result, control = tiny.store.load(tiny.run), tiny.store.load(ask(tiny.config, tiny.store).control.key)
    first = alike(to_plain(result.phases[0]))["epochs"]
    assert alike(to_plain(control.last))["epochs"][: len(first)] == first


@pytest.mark.tensorflow
def test_it_takes_nothing_from_the_run_but_the_features_and_is_no_run_of_its_own_in_lists(tiny):
    control = ask(tiny.config, tiny.store).control
    runs = tiny.store.list_runs()
    assert [run.run_key for run in keeping.visible(runs)] == [tiny.run]
    assert keeping.controls(runs)[tiny.run].run_key == control.key
    assert price.predict(
        ask(with_setting(tiny.config, "fine_tuning.unfreeze_from", 134), tiny.store)
    ).phases.keys() == {"fine_tuning"}


# Its price


def test_its_seconds_are_in_the_price_until_it_is_there(store):
    asked = ask(digits_quick(), store)
    before = price.predict(asked)
    assert before.phases.keys() == {"feature_extraction", "fine_tuning", "control"}
    assert before.seconds == pytest.approx(sum(before.phases.values()))
    fakes.finish(store, asked.control.key, asked.control.config)
    after = price.predict(asked)
    assert after.seconds == pytest.approx(before.seconds - before.phases["control"])


def test_with_augmentation_it_has_a_price_of_its_own_and_is_asked_for(store):
    config = replace(digits_quick(), augmentation=AugmentationConfig(rotation=0.1))
    asked = ask(config, store)
    assert "control" not in price.predict(asked).phases
    assert not asked.control.free
    assert price.predict(asked.control).parts["features"] > 0


# Kept with the run


@pytest.fixture
def stored(store):
    """A run with its control."""
    fakes.finish(store, CONTROL, digits_quick().control(), frozen_wrong=fakes.wrong_answers(0, 60))
    fakes.finish(store, TUNED, digits_quick())
    return store


def test_deleting_the_run_deletes_it_unless_another_run_needs_it(stored):
    fakes.finish(stored, OTHER, with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98))
    keeping.delete(stored, [TUNED])
    assert {run.run_key for run in stored.list_runs()} == {CONTROL, OTHER}
    keeping.delete(stored, [OTHER])
    assert stored.list_runs() == []


def test_a_head_checked_on_other_images_is_none(store):
    fakes.finish(store, CONTROL, digits_quick().control(), split_key="split-v1-00000000000000bb")
    fakes.finish(store, TUNED, digits_quick())
    assert keeping.controls(store.list_runs()) == {}


# Compared


def test_compare_opens_on_both_phases_of_the_run_last_shown_with_the_control_between_them(stored):
    runs = stored.list_runs()
    shown = keeping.visible(runs)
    here = networks(shown, words.run_names(shown), keeping.controls(runs))
    assert [one.token for one in opening(here, TUNED)] == [
        "aaaaaaaaaaaaaaaa.frozen", "bbbbbbbbbbbbbbbb.frozen", "aaaaaaaaaaaaaaaa.tuned",
    ]  # fmt: skip
    tuned = here["aaaaaaaaaaaaaaaa.tuned"]
    assert tuned.control is here["bbbbbbbbbbbbbbbb.frozen"]
    assert "20 epochs" in tuned.control.label


def test_without_a_control_it_opens_on_the_phases_alone(store):
    fakes.finish(store, TUNED, digits_quick())
    runs = store.list_runs()
    here = networks(runs, words.run_names(runs))
    assert [one.token for one in opening(here, TUNED)] == [
        "aaaaaaaaaaaaaaaa.frozen",
        "aaaaaaaaaaaaaaaa.tuned",
    ]


def test_a_control_that_cannot_be_trained_takes_nothing_from_the_run(store, monkeypatch, capsys):
    asked = ask(digits_quick(), store)
    fakes.finish(store, asked.key, asked.config)

    def refuse(control):
        raise StoreError("The folder cannot be written.", fix="Free some disk space.")

    monkeypatch.setattr(training, "train", refuse)
    answer = training.answer_of(asked)
    assert (answer.result.run_key, answer.control) == (asked.key, None)
    assert "The folder cannot be written." in capsys.readouterr().err
