"""The watched images are the same for every run on a split, and what is said of them is told as it was."""

import numpy as np
import pytest

from core.data.watched import WATCHED, watched
from core.errors import StoreError
from core.method.evaluation import certainties
from core.presets import digits_quick
from core.running.answers import stored_answers
from core.running.state import read_state
from tests import fakes

KEY = "run-v1-0123456789abcdef"


@pytest.mark.parametrize("classes", [2, 3, 9, 10, 300])
def test_they_are_nine_one_of_each_class_in_turn_each_the_next_of_its_class(classes):
    labels = np.random.default_rng(classes).integers(0, classes, 2000)
    places = watched(labels)
    there = np.unique(labels)
    assert len(set(places)) == len(places) == WATCHED
    assert list(labels[places]) == [there[at % len(there)] for at in range(WATCHED)]
    for label in there:
        mine = places[labels[places] == label]
        assert list(mine) == list(np.flatnonzero(labels == label)[: len(mine)])


def test_a_class_that_has_no_more_is_passed_over_and_a_small_split_is_watched_whole():
    assert list(watched(np.array([1, 1, 0, 1]))) == [2, 0, 1, 3]
    assert len(watched(np.array([], np.int64))) == 0
    assert list(watched(np.array([1, 1, 0, 1]), 2)) == [2, 0], "as many as are asked for"


def test_certainty_is_the_probability_of_what_is_said():
    assert certainties(np.array([0.2, 0.9], np.float32)) == pytest.approx([0.8, 0.9])
    assert certainties(np.array([[0.2, 0.7, 0.1]], np.float32)) == pytest.approx([0.7])


def test_a_state_carries_the_latest_answers_of_each_phase(store):
    store.create(KEY, digits_quick())
    store.set_status(KEY, "running")
    told = [("feature_extraction", 1, [3]), ("feature_extraction", 2, [4]), ("fine_tuning", 3, [5])]
    last = ""
    for phase, epoch, said in told:
        if phase != last:
            store.append(KEY, "phase", name=phase, epochs=2)
        last = phase
        store.append(KEY, "answers", epoch=epoch, said=said, sure=[0.5])
    answers = read_state(store, KEY).answers
    assert [(found.phase, found.epoch, found.said) for found in answers] == [
        ("feature_extraction", 2, (4,)), ("fine_tuning", 3, (5,)),
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["7", [None], ["7"], None, 7])
def test_answers_that_make_no_sense_are_passed_over(store, said):
    store.create(KEY, digits_quick())
    store.set_status(KEY, "running")
    store.append(KEY, "phase", name="feature_extraction", epochs=2)
    store.append(KEY, "answers", epoch=1, said=said, sure=[0.5])
    assert read_state(store, KEY).answers == ()


def test_a_run_whose_log_tells_none_has_them_from_its_probabilities(store):
    fakes.finish(store, KEY, digits_quick())  # its first 80 images are wrong when frozen, 38 to 79 when tuned
    assert read_state(store, KEY).answers == ()
    frozen, tuned = (stored_answers(store, KEY, name) for name in ("feature_extraction", "fine_tuning"))
    assert frozen.said == tuple((label + 1) % 10 for label in range(WATCHED))
    assert tuned.said == tuple(range(WATCHED))
    assert tuned.sure == pytest.approx([0.9] * WATCHED)
    assert (frozen.epoch, tuned.epoch) == (15, 20)
    with pytest.raises(StoreError):
        stored_answers(store, KEY, "from_scratch")
