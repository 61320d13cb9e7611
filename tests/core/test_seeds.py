"""A recipe over several seeds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from core.compare import seeds
from core.compare.seeds import Repeated
from core.config import with_setting
from core.presets import digits_quick
from core.statistics.verdict import Verdict, verdict_of_mean
from core.store import Store
from tests import fakes


def test_only_the_seed_changes_and_the_config_itself_comes_first():
    found = seeds.repeats(digits_quick(), 3)
    assert found[0] == digits_quick()
    assert [config.seed for config in found] == [42, 43, 44]
    assert {replace(config, seed=42) for config in found} == {digits_quick()}


def test_the_highest_seed_has_a_next_one():
    assert [c.seed for c in seeds.repeats(replace(digits_quick(), seed=2**31 - 1), 2)] == [2**31 - 1, 0]


def test_every_repeat_leads_to_the_same_series():
    known = seeds.repeats(digits_quick(), 3)
    for config in known:
        assert seeds.first_of_series(config, known) == digits_quick()
    apart = replace(digits_quick(), seed=50)
    assert seeds.first_of_series(apart, known) == apart
    other = with_setting(known[2], "head.dropout", 0.5)
    assert seeds.first_of_series(other, known) == other


@pytest.fixture
def runs(tmp_path):
    """Seed -> run of both phases; fine-tuning leaves 40, 60, 50 of 500 wrong, feature extraction 80."""
    store, found = Store(tmp_path), {}
    for config, wrong in zip(seeds.repeats(digits_quick(), 3), (40, 60, 50), strict=True):
        key = f"run-v1-{config.seed}".ljust(23, "0")
        found[config.seed] = fakes.finish(store, key, config, tuned_wrong=fakes.wrong_answers(0, wrong))
    return found


def test_the_mean_is_over_the_seeds_and_two_methods_are_paired_by_seed(runs):
    frozen, tuned = Repeated("A", "feature_extraction", runs), Repeated("B", "fine_tuning", runs)
    assert tuned.mean("validation").mean == pytest.approx(0.9)
    assert tuned.deviation("validation") == pytest.approx(0.02)
    found = seeds.paired_difference(frozen, tuned, "validation")
    expected = ttest_rel([0.92, 0.88, 0.90], [0.84] * 3).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_seeds_that_only_one_has_are_left_out_and_one_seed_decides_nothing(runs):
    frozen = Repeated("A", "feature_extraction", {42: runs[42]})
    found = seeds.paired_difference(frozen, Repeated("B", "fine_tuning", runs), "validation")
    assert found.n == 1
    assert verdict_of_mean(found) == Verdict.CANNOT_TELL


def test_seeds_on_other_images_are_not_paired(runs, tmp_path):
    key = "run-v1-00000000000000ff"
    other = fakes.finish(Store(tmp_path), key, digits_quick(), split_key="split-v1-00000000000000bb")
    with pytest.raises(ValueError, match="same images"):
        seeds.paired_difference(
            Repeated("A", "fine_tuning", runs), Repeated("B", "fine_tuning", {42: other}), "validation"
        )


def test_the_band_spans_the_seeds_at_every_epoch(runs):
    found = seeds.band(list(runs.values()))
    last = [run.last.epochs[-1].val_accuracy for run in runs.values()]
    assert [one.epoch for one in found] == list(range(1, len(found) + 1))
    assert (found[-1].low, found[-1].high) == (min(last), max(last))
    assert found[-1].mean == pytest.approx(np.mean(last))
    assert [found[0].phase, found[-1].phase] == ["feature_extraction", "fine_tuning"]
    assert len(seeds.band_table({"A": found})) == len(found)


def test_tables_hold_a_row_a_seed_and_a_row_a_network(runs):
    both = [Repeated("A", "feature_extraction", {42: runs[42]}), Repeated("B", "fine_tuning", runs)]
    table = seeds.seed_table(both, "validation")
    assert table["seed"].tolist() == [42, 43, 44]
    assert table["A"].tolist() == ["84.0% (420 of 500)", "", ""]
    means = seeds.mean_table(both, "test")
    assert means["mean test accuracy"].tolist() == ["81.0%", "87.0%"]
    assert means["95% interval of the mean"].tolist()[0] == "-"
