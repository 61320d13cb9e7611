"""Compare, view Certainty: calibration, a class that must not be missed, five folds, several seeds."""

from dataclasses import replace

import numpy as np
import pytest

from core.alarm import Alarm
from core.compare import seeds
from core.compare.decision import decision_of
from core.config import with_setting
from core.data import datasets
from core.explain.folds import FOLDS
from core.explain.studies import Study
from core.presets import first_visit
from core.running import jobs
from core.statistics.verdict import Verdict
from tests import fakes
from tests.fakes import SPLIT_KEY
from tests.pages.conftest import RATE, key_of, said
from tests.telling import tells

CONFIG = first_visit()
HEAD = CONFIG.first_phase_only()


@pytest.fixture
def part(open_page):
    """Open one part of the view."""

    def open_part(name, **query):
        app = open_page("compare", compare_view="certainty", certainty=name, **query)
        assert not app.exception, app.exception[0].message
        return app

    return open_part


# Calibration


def test_it_says_how_often_the_network_is_right_when_it_is_so_sure(part, finish):
    finish(CONFIG)
    text = said(part("calibration"))
    assert tells(text, 90, 84, 500, 80.5, 87.0)
    assert tells(text, 90.0, 84.0, "+6.0 points")
    assert tells(text, "too sure")


def test_the_bins_can_hold_as_many_images_each(part, finish):
    finish(CONFIG)
    app = part("calibration")
    app.segmented_control(key="calibration_bins").set_value("equal count").run()
    assert not app.exception
    assert tells(said(app), "too sure")
    assert len(app.dataframe) == 1, "the bins' own tables are made when opened"


def test_the_temperature_is_fitted_on_validation_and_told_with_what_it_does_on_these_images(
    part, finish, store
):
    finish(CONFIG)
    text = said(part("calibration"))
    assert tells(text, "Fitted on validation images", "500 validation images; they chose it")
    store.open_test(SPLIT_KEY, 1)
    text = said(part("calibration", checked_on="test"))
    assert tells(text, "Fitted on validation images", "400 test images. Which class it names does not change")


# A class that must not be missed


@pytest.fixture
def uneven(store, monkeypatch):
    """A finished run whose network gives class 3 the probability 0.01 to 1.00, more often right than not;
    test images score half of what validation images do."""
    result = fakes.finish(store, key_of(CONFIG, store), CONFIG)
    arrays = store.arrays(result.run_key)
    random = np.random.default_rng(0)
    for split, factor in (("validation", 1.0), ("test", 0.5)):
        labels = arrays[f"labels/{split}"]
        scores = factor * np.clip(random.normal(0.3 + 0.5 * (labels == 3), 0.15), 0.01, 1)
        probabilities = np.tile(((1 - scores) / 9)[:, None], (1, 10))
        probabilities[:, 3] = scores
        arrays[f"fine_tuning/{split}"] = probabilities.astype(np.float32)
    store.save(result, arrays, {})
    return arrays


def look_for_3(app, target=0.98):
    label = next(box for box in app.selectbox if box.label == "Must not be missed")
    label.set_value(3)
    next(box for box in app.selectbox if box.label == "Network").set_value(
        next(token for token in app.multiselect(key="compared").value if token.endswith("tuned"))
    )
    app.segmented_control(key="alarm-target").set_value(target).run()
    assert not app.exception, app.exception[0].message
    return app


def test_recall_and_precision_come_first_with_their_counts_and_cost(part, uneven):
    app = look_for_3(part("threshold"))
    truth = fakes.labels(500, 10) == 3
    scores = uneven["fine_tuning/validation"][:, 3].astype(np.float64)
    level = np.sort(scores[truth])[::-1][48]
    assert app.subheader[-4].value == "98.0%"
    assert f"{49} of {int((scores >= level).sum()):,} alarms are right" in said(app)
    assert "finds 49 of 50 validation images of “3”" in said(app)
    assert "These validation images chose the threshold" in said(app)


def test_on_test_images_the_threshold_is_still_the_one_that_validation_images_chose(part, uneven, store):
    store.open_test(SPLIT_KEY, 1)
    app = look_for_3(part("threshold", checked_on="test"))
    validation, test = (
        uneven[f"fine_tuning/{split}"][uneven[f"labels/{split}"] == 3, 3] for split in ("validation", "test")
    )
    level = np.sort(validation)[::-1][48]
    found = int((test >= level).sum())
    assert found < 39
    assert tells(said(app), f"finds {found} of 40 test images of “3”")
    assert "the test images had no say in it" in said(app)


def test_the_class_is_kept_with_the_run_at_one_press_and_its_files_hold_the_threshold(part, uneven, store):
    app = look_for_3(part("threshold"))
    app.button(key="keep-alarm").click().run()
    assert not app.exception
    run = next(one for one in store.list_runs() if one.run_key == key_of(CONFIG, store))
    assert run.alarm == Alarm("3", 0.98)
    assert app.button(key="keep-alarm").disabled
    level = np.sort(uneven["fine_tuning/validation"][uneven["labels/validation"] == 3, 3])[::-1][48]
    assert decision_of(store, run.result).threshold == pytest.approx(float(level))


def test_a_threshold_of_ones_own_is_a_slider(part, uneven):
    app = look_for_3(part("threshold"), "own threshold")
    app.slider(key="alarm-threshold").set_value(80.0).run()
    assert tells(said(app), 80, "“3”", "you set")


# Five folds


@pytest.fixture
def small(store):
    """Finish a run that used 600 images."""

    def finish_small(config, **how):
        result = fakes.finish(store, key_of(config, store), config, **how)
        counts = {"train": 420, "validation": 90, "test": 90}
        fewer = replace(result, dataset=replace(result.dataset, counts=counts))
        store.save(fewer, store.arrays(result.run_key), {})

    return finish_small


def store_folds(store, config, wrong):
    """Store what a 5-fold test of `config` would give."""
    labels = fakes.labels(600, 10)
    arrays = {
        "image_ids": np.arange(600, dtype=np.uint64),
        "labels": labels,
        "folds": np.arange(600) % FOLDS,
        "probabilities": fakes.probabilities(fakes.wrong_answers(0, wrong, 600), 10),
    }
    key = Study("folds", config).key(datasets.find("digits", store.home))
    store.create(key, config, {"kind": "folds", "options": {}})
    store.save_study(key, {"folds": FOLDS, "epochs": 5}, arrays)


def test_five_folds_are_offered_with_their_price_below_1000_images(part, small, store):
    small(HEAD)
    app = part("folds")
    button = next(one for one in app.button if one.label.startswith("Test A on 5 folds · about "))
    assert "The test images take part" in said(app)
    button.click().run()
    assert [store.study(key) for key in jobs.waiting(store)] == [{"kind": "folds", "options": {}}]


def test_from_1000_images_on_it_says_why_not_and_offers_a_smaller_run(part, finish, store):
    finish(CONFIG)
    app = part("folds")
    assert (
        f"used {1000 + fakes.VALIDATION_IMAGES + fakes.TEST_IMAGES:,}: its held-out images say enough"
        in said(app)
    )
    app.button(key="ask-fewer").click().run()
    assert [store.config(key).data.limit for key in jobs.waiting(store)] == [600]


def test_two_networks_are_paired_on_all_images(part, small, store):
    small(CONFIG)
    store_folds(store, HEAD, 90)
    store_folds(store, CONFIG, 60)
    text = said(part("folds"))
    assert tells(text, 30, 0, 600, "out-of-fold", Verdict.BETTER)
    assert "is right on 510 of all 600 images" in text


# Several seeds


def test_one_click_queues_the_seeds_that_are_missing(part, finish, store):
    finish(CONFIG)
    app = part("seeds")
    button = app.button(key="ask-seeds")
    assert button.label.startswith("Train 2 runs · about ")
    button.click().run()
    assert [store.config(key) for key in jobs.waiting(store)] == seeds.repeats(CONFIG, 3)[1:]
    assert app.button(key="stop-seeds").label == "Stop"


def test_phases_are_compared_seed_by_seed(part, finish):
    keys = [
        finish(config, tuned_wrong=fakes.wrong_answers(0, wrong))
        for config, wrong in zip(seeds.repeats(CONFIG, 3), (40, 60, 50), strict=True)
    ]
    app = part("seeds", compared=",".join(f"{key.rpartition('-')[2]}.tuned" for key in keys[1:]))
    text = said(app)
    assert "Chosen runs that differ in the seed alone are one series here" in text
    paired = f"A · from block 13 · {RATE} against A · feature extraction"  # though B and C are chosen
    assert tells(text, paired, "+6.0 points", 3, "+1.0 to +11.0", Verdict.BETTER)
    table = next(frame.value for frame in app.dataframe if "seeds" in frame.value.columns)
    assert table["mean validation accuracy"].tolist() == ["84.0%", "90.0%"]
    assert not [button for button in app.button if button.key == "ask-seeds"]


def test_two_recipes_are_two_series(part, finish):
    other = with_setting(CONFIG, "fine_tuning.unfreeze_from", 98)
    for config, wrong in zip(seeds.repeats(CONFIG, 3), (40, 60, 50), strict=True):
        finish(config, tuned_wrong=fakes.wrong_answers(0, wrong))
    finish(other)
    app = part("seeds")
    assert tells(said(app), "one seed", Verdict.CANNOT_TELL)
    assert app.button(key="ask-seeds").label.startswith("Train 2 runs")


def test_a_seed_that_was_stopped_is_named(part, finish, store):
    finish(CONFIG)
    missing = replace(CONFIG, seed=44)
    key = key_of(missing, store)
    store.create(key, missing)
    store.set_status(key, "stopped", message="Stopped. Finished epochs are kept.")
    app = part("seeds")
    assert tells(said(app), "Seed 44", "Stopped", "epochs are kept")
    assert app.button(key="ask-seeds").label.startswith("Train 2 runs")


def test_test_accuracies_stay_sealed(part, finish):
    finish(CONFIG)
    app = part("seeds", checked_on="test")
    assert app.button(key="open-test")
    assert not [button for button in app.button if button.key == "ask-seeds"]
