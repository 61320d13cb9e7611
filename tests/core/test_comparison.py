"""Two trained models on the same images."""

import numpy as np
import pytest

from core.compare.comparison import Model, compare_models
from core.config import with_setting
from core.errors import StoreError
from core.presets import digits_quick
from core.running.answers import stored_right
from core.statistics.verdict import Verdict
from tests import fakes

FIRST, SECOND = "run-v1-00000000000000aa", "run-v1-00000000000000bb"


def test_both_phases_of_a_run_can_be_compared(store):
    fakes.finish(store, FIRST, digits_quick())
    verdict = compare_models(store, Model(FIRST, "feature_extraction"), Model(FIRST, "fine_tuning"))
    assert (verdict.n, verdict.fixed, verdict.broke) == (500, 38, 12)
    assert verdict.verdict == Verdict.BETTER


def test_runs_on_different_splits_cannot_be_paired_and_the_message_says_why(store):
    fakes.finish(store, FIRST, digits_quick())
    fakes.finish(store, SECOND, digits_quick(), split_key="split-v1-00000000000000bb")
    with pytest.raises(StoreError, match="checked on different images.*same images for both"):
        compare_models(store, Model(FIRST, "fine_tuning"), Model(SECOND, "fine_tuning"))


def with_images(store, key, ids, labels, right, *, split_key, config=None):
    """A finished run that was checked on these images."""
    fakes.finish(store, key, config or digits_quick(), split_key=split_key)
    said = np.full((len(ids), 10), 0.01, np.float32)
    said[np.arange(len(ids)), np.where(right, labels, (labels + 1) % 10)] = 0.9
    arrays = store.arrays(key) | {
        "fine_tuning/validation": said, "labels/validation": labels,
        "images/validation": np.array(ids, np.uint64),
    }  # fmt: skip
    store.save(store.load(key), arrays, {})


def test_where_labels_were_decided_between_two_runs_they_are_compared_on_those_that_both_have(store):
    one, other = "split-v1-00000000000000bb", "split-v1-00000000000000cc"
    with_images(
        store,
        FIRST,
        [1, 2, 3, 4, 5],
        np.array([0, 1, 0, 1, 0]),
        np.array([1, 0, 1, 0, 1], bool),
        split_key=one,
    )
    with_images(  # 3 was relabelled, 5 left out, 6 has come in from another split
        store, SECOND, [6, 4, 3, 2, 1], np.array([0, 1, 1, 1, 0]), np.array([0, 1, 1, 1, 1], bool),
        split_key=other,
    )  # fmt: skip
    verdict = compare_models(store, Model(FIRST, "fine_tuning"), Model(SECOND, "fine_tuning"))
    assert (verdict.n, verdict.fixed, verdict.broke) == (3, 2, 0)


def test_another_split_of_the_same_images_is_not_compared_on_the_few_in_common(store):
    labels, right = np.array([0, 1, 0]), np.ones(3, bool)
    elsewhere = with_setting(digits_quick(), "data.split_seed", 7)
    with_images(store, FIRST, [1, 2, 3], labels, right, split_key="split-v1-00000000000000bb")
    with_images(
        store, SECOND, [3, 4, 5], labels, right, split_key="split-v1-00000000000000cc", config=elsewhere
    )
    with pytest.raises(StoreError, match="different images"):
        compare_models(store, Model(FIRST, "fine_tuning"), Model(SECOND, "fine_tuning"))


def test_a_phase_that_was_not_trained_is_named(store):
    fakes.finish(store, FIRST, digits_quick().first_phase_only())
    with pytest.raises(StoreError, match="no predictions of fine_tuning"):
        stored_right(store, FIRST, "fine_tuning", "test")
