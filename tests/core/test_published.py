"""Published numbers: which run repeats which publication, and whether it agrees."""

import dataclasses

import pytest

from benchmarks.failing_lab import MISTAKES, at_half
from benchmarks.published import searched
from benchmarks.trainings import Answers
from core.config import parse_setting, with_setting
from core.presets import PRESETS, digits_quick, from_scratch, tf_tutorial, two_layer_head
from core.wording import published
from core.wording.published import PUBLISHED, beside, published_as, sentence, spread
from tests import fakes

KEY = "run-v1-00000000000000aa"


def expected_of(preset, quantity):
    return next(e for e in PUBLISHED[preset].expected if e.quantity == quantity)


@pytest.mark.parametrize("preset", PUBLISHED)
def test_every_published_run_has_a_preset_and_says_what_is_a_guess(preset):
    entry = PUBLISHED[preset]
    assert entry.config == PRESETS[preset]()
    assert entry.source
    assert entry.guess
    for expected in entry.expected:
        assert expected.low <= expected.high
        assert expected.why, "a spread without a reason is an invention"


def test_a_repeat_is_recognised_whatever_its_seeds_and_nothing_else():
    assert published_as(with_setting(tf_tutorial(), "seed", 7)).preset == "tf-tutorial"
    assert published_as(with_setting(tf_tutorial(), "data.split_seed", 7)).preset == "tf-tutorial"
    for setting, value in (("data.name", "digits"), ("fine_tuning.unfreeze_from", 98), ("batch_size", 16)):
        assert published_as(with_setting(tf_tutorial(), setting, value)) is None
    assert published_as(digits_quick()) is None


def test_settings_that_change_no_number_do_not_make_another_recipe():
    unused = with_setting(two_layer_head(), "augmentation.fill_mode", "wrap")
    assert published_as(unused).preset == "two-layer-head"


def test_an_accuracy_may_be_off_by_what_chance_explains_on_that_many_images():
    frozen = expected_of("tf-tutorial", "validation accuracy, last epoch frozen")
    assert frozen.agrees(0.96)
    assert frozen.agrees(0.952), "769 of 808, in a plain run"
    assert not frozen.agrees(0.93)
    assert spread(frozen) == "94.5% to 97.2%"


def test_the_printed_mnist_numbers_lie_within_their_own_spread():
    printed = {
        "validation accuracy, first epoch frozen": 0.5979,
        "validation accuracy, last epoch frozen": 0.6732,
        "validation loss, first epoch frozen": 1.3019,
        "validation loss, last epoch frozen": 0.9721,
        "validation accuracy, first epoch fine-tuned": 0.1437,
        "validation loss, first epoch fine-tuned": 10.77,
        "validation accuracy, last epoch fine-tuned": 0.8488,
        "test accuracy, fine-tuned": 0.8434,
    }
    entries = PUBLISHED["mnist-32"].expected
    assert {expected.quantity for expected in entries} == set(printed)
    for expected in entries:
        assert expected.agrees(printed[expected.quantity])
        assert published.number(expected, printed[expected.quantity])[:4] == expected.printed[:4]


def test_a_run_is_read_at_the_epochs_that_were_printed(store):
    config = PUBLISHED["mnist-32"].config
    result = fakes.finish(store, KEY, config)
    rows = {row.expected.quantity: row.value for row in beside(PUBLISHED["mnist-32"], result, with_test=True)}
    frozen, tuned = result.phases
    assert rows["validation accuracy, first epoch frozen"] == frozen.epochs[0].val_accuracy
    assert rows["validation loss, last epoch frozen"] == frozen.epochs[-1].val_loss
    assert rows["validation loss, first epoch fine-tuned"] == tuned.epochs[0].val_loss
    assert rows["test accuracy, fine-tuned"] == tuned.test.accuracy


def test_test_numbers_are_left_out_while_they_are_sealed(store):
    entry = PUBLISHED["tf-tutorial"]
    result = fakes.finish(store, KEY, entry.config, classes=("cats", "dogs"))
    assert {row.expected.split for row in beside(entry, result, with_test=False)} == {"validation"}


def test_a_run_without_the_phase_has_no_number_for_it(store):
    entry = PUBLISHED["tf-tutorial"]
    result = fakes.finish(store, KEY, entry.config.first_phase_only(), classes=("cats", "dogs"))
    assert [row.expected.phase for row in beside(entry, result, with_test=True)] == ["feature_extraction"]


def test_what_differs_is_told_with_both_numbers_and_the_direction(store):
    entry = PUBLISHED["from-scratch"]
    low = fakes.finish(store, KEY, from_scratch(), tuned_wrong=fakes.wrong_answers(0, 440))
    assert sentence(beside(entry, low, with_test=False)) == "It agrees."
    high = fakes.finish(store, KEY.replace("a", "b"), from_scratch(), tuned_wrong=fakes.wrong_answers(0, 50))
    told = sentence(beside(entry, high, with_test=False))
    assert told.endswith("is above: 90.0% here, near chance there.")
    assert told.startswith("It does not agree. Validation accuracy, last epoch from scratch is above")
    assert sentence([]) == ""


def test_of_many_disagreements_only_the_first_are_told_in_words(store):
    result = fakes.finish(store, KEY, PUBLISHED["mnist-32"].config)
    told = sentence(beside(PUBLISHED["mnist-32"], result, with_test=False))
    assert told.startswith("0 of 7 numbers agree")
    assert "; and 5 more in the table." in told


def test_both_numbers_of_a_lab_that_should_pass_count(store):
    entry = PUBLISHED["two-layer-head"]
    wrong = {"frozen_wrong": fakes.wrong_answers(0, 10), "tuned_wrong": fakes.wrong_answers(0, 5)}
    result = fakes.finish(store, KEY, two_layer_head(), classes=("cats", "dogs"), **wrong)
    assert sentence(beside(entry, result, with_test=False)) == "All 2 numbers agree with the published ones."
    assert spread(entry.expected[0]) == "at least 95.0%"


def test_open_ranges_are_told_by_their_one_end():
    assert spread(expected_of("mnist-32", "validation loss, first epoch fine-tuned")) == "at least 5.00"
    assert spread(expected_of("mnist-32", "validation accuracy, first epoch fine-tuned")) == "at most 30.0%"


def test_a_changed_preset_is_no_longer_taken_for_the_publication(monkeypatch):
    changed = dataclasses.replace(tf_tutorial(), batch_size=64)
    monkeypatch.setitem(PRESETS, "tf-tutorial", lambda: changed)
    assert published_as(tf_tutorial()) is None


# The benchmark that measures them


def test_an_answer_is_asked_for_once_and_kept_across_calls(tmp_path):
    asked = []

    def ask():
        asked.append(True)
        return {"val_accuracy": [0.5]}

    for _ in range(2):
        assert Answers(tmp_path / "answers.json").get("a row", ask) == {"val_accuracy": [0.5]}
    assert len(asked) == 1


def test_only_what_prints_as_5000_counts_as_stuck():
    assert at_half([0.5, 0.50004, 0.5015, 0.4985]) == 2


def test_every_mistake_is_a_config_that_can_be_trained():
    for settings in MISTAKES.values():
        config = two_layer_head()
        for setting in settings:
            config = parse_setting(config, setting)
        assert config != two_layer_head()


def test_no_setting_is_searched_twice():
    names, configs = zip(*searched(), strict=True)
    assert len(set(names)) == len(names)
    assert len({str(config.canonical()) for config in configs}) == len(names)
    first = {str(config.first_phase_only().canonical()) for config in configs}
    assert len(first) == 1, "they all share one frozen phase"
