"""Two trained models on the same images."""

import pytest

from core.compare.comparison import Model, answers, compare_models
from core.errors import StoreError
from core.presets import digits_quick
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


def test_a_phase_that_was_not_trained_is_named(store):
    fakes.finish(store, FIRST, digits_quick().first_phase_only())
    with pytest.raises(StoreError, match="no predictions of fine_tuning"):
        answers(store, Model(FIRST, "fine_tuning"), "test")
