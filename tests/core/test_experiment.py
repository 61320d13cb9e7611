"""The recipe end to end on real digits and real weights: what is reused, what repeats, what stays frozen."""

import dataclasses
import json

import numpy as np
import pytest

from core import log
from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    HeadConfig,
    with_setting,
)
from core.data.watched import watched
from core.errors import ConfigError, Stopped
from core.method import phase
from core.results import to_plain
from core.running import experiment, identity, in_training, jobs
from core.running.answers import stored_answers
from core.running.identity import ask
from core.running.state import read_state
from core.store import Store
from core.transforms import AugmentationConfig

pytestmark = pytest.mark.tensorflow

TINY = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=160, shares=(0.5, 0.25, 0.25)),
    head=HeadConfig(dropout=0.2),
    feature_extraction=FeatureExtractionConfig(epochs=2, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=2, optimizer="adam", learning_rate=1e-4, unfreeze_from=143),
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tensorflow_configured):
    """(store, result, events) of one run of both phases, shared by the tests that only look."""
    store, events = Store(tmp_path_factory.mktemp("home")), []
    result = run(TINY, store, report=lambda event, **values: events.append((event, values)))
    return store, result, events


def run(config, store, plain=False, **options):
    with jobs.training_lock(store):
        return experiment.run(ask(config, store, plain), **options)


def history(result):
    return [
        (e.epoch, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for p in result.phases for e in p.epochs
    ]


def test_the_watched_images_are_answered_in_every_epoch_and_in_the_last_as_stored(tiny):
    store, result, events = tiny
    told = [values for event, values in events if event == "answers"]
    assert [values["epoch"] for values in told] == [1, 2, 3, 4]
    arrays, live = store.arrays(result.run_key), read_state(store, result.run_key).answers
    places = watched(arrays["labels/validation"])
    assert [answers.phase for answers in live] == ["feature_extraction", "fine_tuning"]
    for answers in live:
        probabilities = arrays[f"{answers.phase}/validation"][places]
        assert answers.said == tuple(probabilities.argmax(axis=1))
        assert answers.sure == pytest.approx(probabilities.max(axis=1), abs=1e-4)
        assert answers.said == stored_answers(store, result.run_key, answers.phase).said


def test_both_phases_are_recorded_with_counts_and_intervals(tiny):
    _, result, _ = tiny
    first, second = result.phases
    assert (first.name, first.trainable_variables, first.trainable_parameters) == (
        "feature_extraction",
        2,
        12_810,
    )
    assert (second.name, second.trainable_variables) == ("fine_tuning", 14)
    assert [e.epoch for p in result.phases for e in p.epochs] == [1, 2, 3, 4]
    assert result.dataset.counts == {"train": 80, "validation": 40, "test": 40}
    for split in (second.validation, second.test):
        assert split.n == 40
        assert sum(map(sum, split.confusion)) == 40
        assert split.interval[0] < split.accuracy < split.interval[1]
    assert result.path == "features"
    json.dumps(to_plain(result))


def test_the_last_epochs_validation_is_the_phases_validation(tiny):
    for phase_result in tiny[1].phases:
        assert phase_result.validation.accuracy == pytest.approx(phase_result.epochs[-1].val_accuracy)
        assert phase_result.validation.loss == pytest.approx(phase_result.epochs[-1].val_loss)


def test_frozen_layers_do_not_change_by_a_bit_and_thawed_ones_do(tiny):
    first, second = tiny[1].phases
    assert all(row.trainable == row.statistics == 0.0 for row in first.weight_change)
    below = [row for row in second.weight_change if row.layer < 143]
    above = [row for row in second.weight_change if row.layer >= 143]
    assert len(second.weight_change) == 104
    assert all(row.trainable == row.statistics == 0.0 for row in below)
    assert all(row.trainable > 0 for row in above)
    assert all(row.statistics == 0.0 for row in above)  # inference mode keeps the pretrained statistics


def test_batch_mode_moves_the_statistics_of_thawed_batch_norm_layers_only(tmp_path):
    config = with_setting(TINY, "batch_norm", "batch")
    rows = run(config, Store(tmp_path)).last.weight_change
    moved = {row.layer for row in rows if row.statistics > 0}
    assert moved == {
        row.layer for row in rows if row.layer >= 143 and "BN" in row.name or row.name == "Conv_1_bn"
    }
    assert all(row.trainable == row.statistics == 0.0 for row in rows if row.layer < 143)


def test_the_same_config_in_two_fresh_stores_gives_the_same_history_bit_for_bit(tiny, tmp_path):
    again = run(TINY, Store(tmp_path))
    assert history(again) == history(tiny[1])
    ours, theirs = tiny[0].arrays(tiny[1].run_key), Store(tmp_path).arrays(again.run_key)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


def test_asking_again_trains_nothing(tiny, monkeypatch):
    store, result, _ = tiny
    monkeypatch.setattr(phase, "train", lambda *arguments: pytest.fail("trained again"))
    assert run(TINY, store) == result


def test_another_stop_starts_from_the_stored_first_phase(tiny, monkeypatch):
    store, result, _ = tiny
    trained, original = [], phase.train
    monkeypatch.setattr(phase, "train", lambda *a: trained.append(1) or original(*a))
    events = []
    other = run(
        with_setting(TINY, "fine_tuning.unfreeze_from", 151),
        store,
        report=lambda event, **values: events.append(event),
    )
    assert len(trained) == 1
    assert other.phases[0] == result.phases[0]
    assert other.phases[1].trainable_variables == 5
    assert events.count("epoch") == 4  # the stored epochs are told too


@pytest.mark.soak
def test_sliding_back_from_120_to_100_trains_56_variables(tmp_path):
    store = Store(tmp_path)
    config = dataclasses.replace(TINY, fine_tuning=dataclasses.replace(TINY.fine_tuning, epochs=1))
    for stop, variables in ((120, 38), (100, 56)):
        found = run(with_setting(config, "fine_tuning.unfreeze_from", stop), store).last
        assert found.trainable_variables == variables


def test_the_saved_model_gives_the_stored_predictions(tiny):
    import keras

    from core.data import datasets

    store, result, _ = tiny
    model = keras.models.load_model(store.path(result.run_key) / "model.keras")
    arrays = store.arrays(result.run_key)
    pixels = datasets.load(TINY.data, store.home).pixels[arrays["positions/test"]]
    predicted = model.predict(pixels.astype(np.float32), verbose=0)
    np.testing.assert_allclose(predicted, arrays["fine_tuning/test"], atol=1e-3)


@pytest.mark.soak
def test_the_plain_path_tells_the_same_story(tiny, tmp_path):
    plain = run(TINY, Store(tmp_path), plain=True)
    assert plain.path == "plain"
    assert plain.run_key != tiny[1].run_key
    ours, theirs = np.array(history(tiny[1])), np.array(history(plain))
    losses, accuracies = [1, 3], [2, 4]
    np.testing.assert_allclose(ours[:, losses], theirs[:, losses], rtol=1e-3)
    # a digit whose two highest probabilities are equal to four decimals may go either way: one of 40
    np.testing.assert_allclose(ours[:, accuracies], theirs[:, accuracies], atol=1.01 / 40)


@pytest.mark.soak  # from scratch, below, takes the same path
def test_everything_trained_takes_the_plain_path(tmp_path):
    config = with_setting(TINY, "fine_tuning.unfreeze_from", 0)
    config = with_setting(config, "fine_tuning.epochs", 1)
    result = run(config, Store(tmp_path))
    assert [p.path for p in result.phases] == ["features", "plain"]
    assert result.last.trainable_variables == 158


@pytest.mark.soak  # 25 s; that it equals plain Keras is in `test_exactness`
def test_from_scratch_is_one_phase_of_its_own_in_which_every_layer_moves(tmp_path):
    import keras

    store, config = Store(tmp_path), with_setting(TINY.without_transfer(), "fine_tuning.epochs", 1)
    result = run(config, store)
    (only,) = result.phases
    assert (only.name, only.path, only.trainable_variables) == ("from_scratch", "plain", 158)
    assert result.weights.source == "random initial weights"
    assert all(row.trainable > 0 for row in only.weight_change)
    assert all(row.statistics > 0 for row in only.weight_change if "bn" in row.name.lower())
    assert "from_scratch/validation" in store.arrays(result.run_key)
    saved = keras.models.load_model(store.path(result.run_key) / "model.keras").get_layer("mobilenetv2")
    assert {getattr(layer, "momentum", 0.9) for layer in saved.layers} == {0.9}


AUGMENTED = dataclasses.replace(
    TINY.first_phase_only(), augmentation=AugmentationConfig(rotation=0.05, translation=0.1)
)


def test_augmented_features_are_the_same_whether_stored_or_recomputed(tmp_path):
    kept, cleared = Store(tmp_path / "kept"), Store(tmp_path / "cleared")
    first = run(AUGMENTED, kept)
    run(with_setting(AUGMENTED, "head.dropout", 0.5), cleared)
    for path in (cleared.home / "features").glob("*/*.npy"):
        path.write_bytes(path.read_bytes()[:200])  # as a kill or a full disk would leave it
    assert history(run(AUGMENTED, cleared)) == history(first)


def test_another_head_reuses_the_features(tmp_path):
    store = Store(tmp_path)
    first = run(AUGMENTED, store)
    second = run(with_setting(AUGMENTED, "head.dropout", 0.5), store)
    assert first.last.seconds["features"] > 0
    assert second.last.seconds["features"] == 0
    assert second.last.seconds_from_nothing > second.last.seconds["total"]


def test_a_second_phase_on_the_same_features_is_not_charged_for_them_again(tmp_path):
    first, second = run(with_setting(TINY, "fine_tuning.unfreeze_from", 154), Store(tmp_path)).phases
    assert first.seconds["features"] > 0
    assert second.seconds["features"] == 0
    assert second.seconds_from_nothing == second.seconds["total"]


def test_a_run_that_goes_on_counts_each_pass_once(tmp_path, monkeypatch):
    from core.method import checkpoint

    monkeypatch.setattr(log, "STOP_INTERVAL", 0.0)
    monkeypatch.setattr(checkpoint, "WRITING_SHARE", 0)  # every epoch is kept, however short it was
    store, trained = Store(tmp_path), []
    config = with_setting(AUGMENTED, "feature_extraction.epochs", 3)

    def report(event, **values):
        if event == "epoch":
            trained.append(values["epoch"])

    with pytest.raises(Stopped):
        run(config, store, report=report, should_stop=lambda: 2 in trained)
    made = {path.stem.partition("-")[0]: json.loads(path.read_text())["seconds"]
            for path in (store.home / "features").glob("*/*.json")}  # fmt: skip
    found = run(config, store).last
    saved = found.seconds_from_nothing - found.seconds["total"]
    ended = sum(epoch.seconds for epoch in found.epochs[:2])  # with their own variants' features
    assert saved == pytest.approx(ended + made["plain"] + made.get("epoch0002", 0.0), abs=0.01)


def test_stopping_keeps_the_finished_epochs(tmp_path):
    store, seen = Store(tmp_path), []
    config = with_setting(TINY.first_phase_only(), "feature_extraction.epochs", 50)

    def report(event, **values):
        seen.append(event)

    with pytest.raises(Stopped):
        run(config, store, report=report, should_stop=lambda: seen.count("epoch") >= 2)
    key = next(path.name for path in store.runs.iterdir())
    state = read_state(store, key)
    assert state.status == "stopped"
    assert len(state.epochs) >= 2
    assert in_training.keys(store) == []


@pytest.mark.parametrize("batch_norm", [pytest.param("inference", marks=pytest.mark.soak), "batch"])
def test_a_run_stopped_within_either_phase_goes_on_from_its_last_epoch_to_the_very_same_numbers(
    tmp_path, batch_norm, monkeypatch
):
    monkeypatch.setattr(log, "STOP_INTERVAL", 0.0)  # epochs are shorter than that here
    config = with_setting(with_setting(AUGMENTED, "batch_norm", batch_norm), "fine_tuning.epochs", 3)
    config = with_setting(config, "fine_tuning.unfreeze_from", 151)  # traced four times
    whole = Store(tmp_path / "whole")
    expected = run(config, whole)

    store, trained = Store(tmp_path / "broken"), []
    for stop_after in (1, 3):  # within feature extraction (2 epochs), then within fine-tuning

        def report(event, **values):
            if event == "epoch":
                trained.append(values["epoch"])

        with pytest.raises(Stopped):
            run(config, store, report=report, should_stop=lambda n=stop_after: n in trained)
    found = run(config, store, report=lambda event, **values: None)
    assert history(found) == history(expected)
    arrays, wanted = store.arrays(found.run_key), whole.arrays(expected.run_key)
    assert arrays.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_array_equal(arrays[name], value, err_msg=name)
    assert any("Goes on after epoch 3" in note for note in found.notes)
    assert not list(store.runs.glob("*/checkpoint.npz"))


@pytest.mark.parametrize(
    "content", [b"not a zip", *(pytest.param(content, marks=pytest.mark.soak) for content in (b"", "other"))]
)
def test_a_broken_or_foreign_checkpoint_is_passed_over(tmp_path, content):
    store, config = Store(tmp_path), TINY.first_phase_only()
    key = identity.identify(config, experiment.datasets.find("digits", store.home))
    store.create(key, config)
    path = store.path(key) / "checkpoint.npz"
    if content == "other":
        np.savez(path, epochs=np.frombuffer(b"[]", np.uint8), **{str(i): np.zeros(3) for i in range(20)})
    else:
        path.write_bytes(content)
    assert run(config, store).last.epochs[0].epoch == 1


def test_a_loss_that_is_no_number_fails_in_words_beside_the_rates_control(tmp_path, monkeypatch):
    from core.method import training

    monkeypatch.setattr(training.Trainer, "train_epoch", lambda *arguments: (float("nan"), 0.1))
    store, config = Store(tmp_path), TINY.first_phase_only()
    with pytest.raises(ConfigError) as caught:
        run(config, store)
    assert caught.value.field == "feature_extraction.learning_rate"
    (failed,) = store.list_runs()
    assert failed.status == "failed"
    assert "learning rate" in read_state(store, failed.run_key).message


def test_a_folder_that_cannot_hold_features_does_not_stop_the_run(tmp_path):
    store = Store(tmp_path)
    (tmp_path / "features").write_text("in the way")
    (tmp_path / "engines").write_text("in the way")
    assert run(TINY.first_phase_only(), store).last.validation.n == 40
