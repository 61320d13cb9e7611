"""Keeping the best epoch, stopping early, weighing classes: by Keras's own rules, and wherever runs go."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core import log
from core.__main__ import main
from core.choosing import best_epoch, is_over
from core.config import FineTuningConfig, with_setting
from core.data import datasets
from core.errors import Stopped
from core.explain import folds, head_curve
from core.explain.studies import Study
from core.presets import digits_quick
from core.results import EpochMetrics
from core.running import jobs, keeping, receipt
from core.running.answers import stored_answers
from core.running.identity import Asked, ask, identify
from core.store import Store
from core.sweeps import pool, training
from core.sweeps.plan import Sweep
from core.wording.choosing import choice_note, ending
from tests.core.tiny_run import TinyRun

# Rates at which validation loss falls, then rises: both phases of these 120 digits stop early
SETTINGS = {
    "data.limit": 120, "data.image_size": 32, "feature_extraction.epochs": 12,
    "feature_extraction.learning_rate": 0.05, "fine_tuning.epochs": 8, "fine_tuning.learning_rate": 3e-3,
    "fine_tuning.unfreeze_from": 151, "keep": "best", "patience": 2, "class_weight": "balanced",
}  # fmt: skip


def epochs_of(losses):
    return [EpochMetrics(at, 1.0, 0.5, loss, 0.5, 0.1) for at, loss in enumerate(losses, 1)]


def configured(**settings):
    config = digits_quick()
    for name, value in {**SETTINGS, **settings}.items():
        config = with_setting(config, name, value)
    return config


# The rules


@pytest.mark.tensorflow
@pytest.mark.parametrize("patience", [1, 2, 5])
def test_any_losses_end_and_choose_the_epoch_that_keras_early_stopping_does(patience):
    import keras

    class Model:
        stop_training = False

        def get_weights(self):
            return [self.epoch]

        def set_weights(self, weights):
            self.weights = weights

    random = np.random.default_rng(patience)
    for _ in range(200):
        losses = random.integers(0, 6, 12) / 4  # equal ones among them
        stop, model = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True), Model()
        stop.set_model(model)
        stop.on_train_begin()
        stop.monitor_op, done = keras.ops.less, []
        for epoch in epochs_of(losses):
            model.epoch = epoch.epoch
            done.append(epoch)
            stop.on_epoch_end(epoch.epoch - 1, {"val_loss": epoch.val_loss})
            assert is_over(done, len(losses), patience) == (model.stop_training or len(done) == len(losses))
            if model.stop_training:
                break
        stop.on_train_end()
        assert model.weights == [best_epoch(done).epoch]


def test_class_weights_are_scikit_learns_bit_for_bit():
    from sklearn.utils.class_weight import compute_class_weight

    training = pytest.importorskip("core.method.training")
    random = np.random.default_rng(0)
    for classes in (2, 3, 10):
        labels = np.concatenate([np.arange(classes), random.integers(0, classes, 57) ** 2 % classes])
        chosen = np.concatenate([np.arange(classes), random.choice(len(labels), 20)])
        ours = training.Rows(np.zeros(len(labels)), labels, chosen).class_weights
        theirs = compute_class_weight("balanced", classes=np.arange(classes), y=labels[chosen])
        np.testing.assert_array_equal(ours, theirs.astype(np.float32))


def test_a_class_that_a_fold_lacks_counts_nothing():
    training = pytest.importorskip("core.method.training")
    weights = training.Rows(np.zeros(4), np.array([0, 0, 2, 2]), np.arange(3)).class_weights
    assert weights.tolist() == [0.75, 0.0, 1.5]


@pytest.mark.tensorflow
def test_best_epoch_early_stop_and_class_weights_equal_keras_fit_bit_for_bit(monkeypatch):
    """One `fit` of the whole model with `EarlyStopping` and `class_weight`, against boundary features."""
    import keras

    from core.config import BaseConfig, HeadConfig
    from core.method import backbone, engine, phase, training
    from core.method.timing import Seconds
    from tests.core import reference

    size, batch, most, rate = 64, 16, 30, 1e-3
    pixels, labels = reference.photo_crops(size)
    labels[::5] = 0  # an uneven set, some of it mislabelled: nobody foretells that
    learned, checked = np.arange(28), np.arange(28, 40)
    base = backbone.build(size, BaseConfig(), 0)
    pretrained, head = base.get_weights(), training.build_head(HeadConfig(dropout=0.2), 3, 7)
    start = head.get_weights()
    network = training.assemble(
        base, head, unfreeze_from=143, num_classes=3, batch_norm="inference", scaling="-1..1"
    )
    features = engine.build("tensorflow", backbone.segment(base, 0, network.boundary), "-1..1", None)(pixels)
    trainer = training.Trainer(network, training.build_optimizer("adam", rate), size, weighted=True)

    class Inputs:
        def train(self, epoch):
            return training.Rows(features, labels, learned)

        def evaluation(self, split):
            return training.Rows(features, labels, checked)

    class Silent:
        def __call__(self, event, **values): ...
        def epoch(self, metrics): ...
        def note(self, text): ...
        def check_stop(self): ...
        def should_give_way(self):
            return False

    monkeypatch.setattr(training, "shuffled", lambda n, seed, epoch: np.arange(n))  # `fit` without shuffling
    config = replace(configured(batch_size=batch), fine_tuning=FineTuningConfig(most, "adam", rate, 143))
    todo = phase.Plan("fine_tuning", "fine_tuning", most, 0, "adam", rate, 143)
    found = phase.run_epochs(trainer, Inputs(), config, todo, Seconds(), Silent())

    model, plain_base, plain_head = reference.plain_model(pretrained, size, 143, "inference", 3, 0.2, 7)
    plain_head[-1].set_weights(start)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"],
                  jit_compile=False)  # fmt: skip
    scaled, counts = pixels.astype(np.float32) / np.float32(127.5) - 1, np.bincount(labels[learned])
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    fitted = model.fit(
        scaled[learned], labels[learned], batch_size=batch, shuffle=False, epochs=most, verbose=0,
        validation_data=(scaled[checked], labels[checked]), callbacks=[stop],
        class_weight={label: 28 / (3 * count) for label, count in enumerate(counts)},
    )  # fmt: skip
    assert len(fitted.epoch) == len(found) < most
    assert best_epoch(found).epoch == stop.best_epoch + 1 < len(found)
    np.testing.assert_allclose([epoch.loss for epoch in found], fitted.history["loss"], rtol=2e-6)
    np.testing.assert_allclose([epoch.val_loss for epoch in found], fitted.history["val_loss"], rtol=2e-6)
    ours, theirs = (
        base.get_weights() + head.get_weights(),
        plain_base.get_weights() + plain_head[-1].get_weights(),
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


# Settings


def test_a_patience_that_cannot_run_out_is_no_other_question():
    dataset = type("Images", (), {"key": "images-v1-0123456789abcdef"})
    patient = configured(keep="last", patience=12, class_weight="none")
    assert identify(patient, dataset) == identify(replace(patient, patience=None), dataset)
    assert identify(replace(patient, patience=11), dataset) != identify(patient, dataset)
    first = configured(
        patience=9, **{"feature_extraction.epochs": 5, "fine_tuning.epochs": 20}
    ).first_phase_only()
    assert identify(first, dataset) == identify(replace(first, patience=None), dataset)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["patience=0"], "patience is '0'. Expected a whole number from 1"),
        (["patience=15"], "patience is 15, and the longest phase has 15 epochs: no phase could stop early"),
        (["keep=newest"], "keep is 'newest'"),
        (["class_weight=heavy"], "class_weight is 'heavy'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_before_anything_is_trained(store, capsys, typed, words):
    code = main(["run", "digits-quick", *(part for one in typed for part in ("--set", one))])
    assert code == 2
    assert words in capsys.readouterr().err


def test_the_order_of_settings_does_not_matter_to_a_patience(store):
    from core.commands.training import config_of

    parsed = type("Parsed", (), {"preset": "digits-quick", "data": None, "layout": None, "table": None,
                                 "set": ["patience=20", "fine_tuning.epochs=30"]})  # fmt: skip
    assert config_of(parsed).patience == 20


# Trained


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tensorflow_configured):
    return TinyRun(tmp_path_factory.mktemp("home"), SETTINGS)


@pytest.mark.tensorflow
def test_both_phases_stop_early_and_are_worth_what_their_best_epoch_was(tiny):
    result = tiny.store.load(tiny.run)
    for phase, most in zip(result.phases, (12, 8), strict=True):
        kept = best_epoch(phase.epochs)
        assert phase.kept_epoch == kept.epoch == phase.epochs[-1].epoch - 2
        assert len(phase.epochs) < most == phase.most_epochs
        assert phase.validation.loss == pytest.approx(kept.val_loss, abs=1e-12)
        assert phase.validation.accuracy == kept.val_accuracy
        assert stored_answers(tiny.store, tiny.run, phase.name).epoch == kept.epoch
        assert f"keeps epoch {kept.epoch}, stopped after epoch {kept.epoch + 2}" in ending(phase)
    assert "test images had no say" in choice_note(result.phases)


@pytest.mark.tensorflow
def test_fine_tuning_counts_on_after_the_last_epoch_and_learns_on_from_the_best_head(tiny):
    first, second = tiny.store.load(tiny.run).phases
    assert second.epochs[0].epoch == first.epochs[-1].epoch + 1
    own = Asked(tiny.config, tiny.dataset, tiny.store).first
    alone, both = tiny.store.arrays(own.key), tiny.store.arrays(tiny.run)
    np.testing.assert_array_equal(alone["feature_extraction/head/0"], both["feature_extraction/head/0"])


@pytest.mark.tensorflow
def test_the_saved_network_is_that_of_the_kept_epoch(tiny):
    import keras

    model, splits = keras.saving.load_model(tiny.store.path(tiny.run) / "model.keras"), tiny.splits
    said = model(splits.pixels[splits.validation].astype(np.float32), training=False).numpy()
    stored = tiny.store.arrays(tiny.run)["fine_tuning/validation"]
    np.testing.assert_allclose(said, stored, atol=1e-3)


@pytest.mark.tensorflow
def test_the_control_trains_for_as_many_epochs_as_the_run_had_and_may_keep_its_best_of_them(tiny):
    result = tiny.store.load(tiny.run)
    trained = sum(len(phase.epochs) for phase in result.phases)
    control = ask(tiny.config, tiny.store).control
    found = tiny.store.load(control.key).last
    assert trained < 20
    assert len(found.epochs) == control.config.feature_extraction.epochs == trained
    assert (found.most_epochs, found.kept_epoch) == (None, best_epoch(found.epochs).epoch)
    losses = [epoch.val_loss for epoch in result.phases[0].epochs]
    assert [epoch.val_loss for epoch in found.epochs][: len(losses)] == losses
    runs = tiny.store.list_runs()
    assert [run.run_key for run in keeping.visible(runs)] == [tiny.run]
    assert keeping.controls(runs)[tiny.run].run_key == control.key


def test_nobody_knows_the_control_of_a_run_that_may_stop_early_before_it_has_ended(store):
    assert ask(configured(), store).control is None
    assert ask(configured(patience=None), store).control is not None


@pytest.mark.tensorflow
def test_a_stopped_run_goes_on_to_the_very_same_best_epoch(tiny, tmp_path, monkeypatch):
    from core.method import checkpoint
    from core.running import experiment

    monkeypatch.setattr(log, "STOP_INTERVAL", 0.0)
    monkeypatch.setattr(checkpoint, "WRITING_SHARE", 0)  # every epoch is kept, however short it was
    first, second = tiny.store.load(tiny.run).phases
    store, trained = Store(tmp_path), []
    begun = second.epochs[0].epoch
    # after each phase's best epoch, so that the network has to be had from before the break
    for stop_after in (first.kept_epoch + 1, max(second.kept_epoch, begun)):

        def report(event, **values):
            if event == "epoch":
                trained.append(values["epoch"])

        with pytest.raises(Stopped), jobs.training_lock(store):
            experiment.run(
                ask(tiny.config, store), report=report, should_stop=lambda n=stop_after: n in trained
            )
    with jobs.training_lock(store):
        again = experiment.run(ask(tiny.config, store))
    assert any("Goes on after epoch" in note for note in again.notes)
    ours, theirs = store.arrays(again.run_key), tiny.store.arrays(tiny.run)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, err_msg=name)
    assert [phase.kept_epoch for phase in again.phases] == [first.kept_epoch, second.kept_epoch]


@pytest.mark.tensorflow
def test_its_receipt_holds_and_one_that_names_another_epoch_does_not(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("THAW_HOME", str(tiny.store.home))
    path = tiny.store.path(tiny.run) / "receipt.json"
    assert main(["verify", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compared"]["exact"]
    then = receipt.read(path)
    *phases, last = then.result.phases
    other = replace(last, kept_epoch=last.kept_epoch + 1)
    from core.running import verification

    found = verification.compare(replace(then, result=replace(then.result, phases=(*phases, other))), then)
    assert [check.name for check in found.checks if check.outcome == verification.DIFFERS] == [
        "fine-tuning: epoch kept"
    ]


def assert_a_script_repeats(config, run_script, folder):
    from core.codegen import script
    from core.running import experiment
    from tests.core.test_script import history

    store = Store(folder / "home")
    dataset = datasets.find("digits", store.home)
    with jobs.training_lock(store):
        result = experiment.run(ask(config, store))
    found = run_script(script.standalone(config, dataset, "small"), folder)
    assert all(phase.most_epochs for phase in result.phases)
    assert len(found["history"]) == len(history(result))
    for ours, theirs in zip(history(result), found["history"], strict=True):
        assert theirs["loss"] == pytest.approx(ours.loss, rel=1e-3)
        assert theirs["val_accuracy"] == pytest.approx(ours.val_accuracy)
    assert found["test"]["accuracy"] == pytest.approx(result.last.test.accuracy)


@pytest.fixture
def exact_features(monkeypatch):
    """Features by TensorFlow, bit for bit those of the plain path."""
    from core.method import device

    monkeypatch.setattr(device, "engine", lambda name: "tensorflow")


@pytest.mark.tensorflow
def test_a_script_repeats_an_early_stop_the_epoch_kept_and_the_class_weights(
    tmp_path, untraced, exact_features
):
    from tests.core.test_script import run_here

    assert_a_script_repeats(configured().first_phase_only(), run_here, tmp_path)


@pytest.mark.soak
@pytest.mark.tensorflow
def test_a_script_without_thaw_repeats_them_in_both_phases(tmp_path, tensorflow_configured, exact_features):
    from tests.core.test_script import run_script

    assert_a_script_repeats(configured(), run_script, tmp_path)


# Beyond one run


@pytest.mark.tensorflow
def test_heads_of_a_curve_are_the_ordinary_runs_of_their_points(tiny):
    from core.explain.studies import Context
    from core.running import experiment

    config = configured(**{"data.train_limit": 40}).first_phase_only()
    with jobs.training_lock(tiny.store):
        run = experiment.run(ask(config, tiny.store))
    whole = with_setting(config, "data.train_limit", None)

    class Quiet:
        should_stop = None

        def __call__(self, event, **values): ...
        def note(self, text): ...
        def check_stop(self): ...

    context = Context("study-v1-0123456789abcdef", whole, {}, tiny.dataset, tiny.store, Quiet())
    said = head_curve.Heads(context).train(config)
    stored = tiny.store.arrays(run.run_key)
    for split in ("validation", "test"):
        np.testing.assert_array_equal(said[split], stored[f"feature_extraction/{split}"])


def test_the_images_that_choose_in_a_fold_are_neither_learned_from_nor_tested():
    used, fold_of = np.arange(100, 150), np.arange(50) % folds.FOLDS
    for fold in range(folds.FOLDS):
        parts = folds._divided(used, fold_of, fold, configured())
        assert {name: len(found) for name, found in parts.items()} == {
            "train": 30, "validation": 10, "test": 10,
        }  # fmt: skip
        assert sorted(np.concatenate(list(parts.values()))) == used.tolist()
        assert set(parts["test"]) == set(used[fold_of == fold])
        plain = folds._divided(used, fold_of, fold, configured(keep="last", patience=None))
        assert set(plain["validation"]) == set(used[fold_of == fold])


def test_a_study_asks_another_question_with_the_new_settings_and_keeps_its_key_without(store):
    dataset = datasets.find("digits", store.home)
    plain = configured(keep="last", patience=None, class_weight="none")
    keys = {
        kind: {Study(kind, one).key(dataset) for one in (
            plain, replace(plain, keep="best"), replace(plain, patience=3),
            replace(plain, class_weight="balanced"),
        )} for kind in ("folds", "head_curve", "lr_finder", "sweep")
    }  # fmt: skip
    assert {kind: len(found) for kind, found in keys.items()} == dict.fromkeys(keys, 4)


@pytest.mark.tensorflow
@pytest.mark.soak
def test_a_sweep_on_workers_brings_each_run_with_the_control_that_it_had(tmp_path, monkeypatch):
    monkeypatch.setenv(pool.SETTING, "2")
    store = Store(tmp_path)
    dataset = datasets.find("digits", store.home)
    sweep = Sweep(configured(), {"fine_tuning.unfreeze_from": (151, 143)})
    with jobs.training_lock(store):
        found = training.train(sweep.points(), dataset, store, told=lambda progress: None)
    controls = keeping.controls(store.list_runs())
    assert all(one.run_key in controls for one in found)
