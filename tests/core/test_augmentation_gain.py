"""With and without augmentation: pairs that differ in nothing else, and verdicts that admit doubt."""

import json
from dataclasses import replace

import numpy as np
import pytest
import vl_convert

from core.charts import augmentation_charts
from core.concepts import augmentation_gain
from core.concepts.augmentation_gain import SeedGain, mean_gain, pairs
from core.presets import digits_quick
from core.statistics.paired import compare
from core.statistics.verdict import Verdict
from core.store import Store
from core.transforms import AugmentationConfig
from tests import fakes
from tests.telling import tells

TURNS = AugmentationConfig(rotation=0.1)


def test_a_pair_differs_in_augmentation_alone_and_pairs_in_the_seed():
    found = pairs(replace(digits_quick(), augmentation=AugmentationConfig(flip="vertical")), TURNS, 3)
    assert [pair.seed for pair in found] == [42, 43, 44]
    for pair in found:
        assert pair.without == replace(digits_quick(), seed=pair.seed)
        assert replace(pair.augmented, augmentation=AugmentationConfig()) == pair.without
        assert pair.augmented.augmentation == TURNS


@pytest.fixture
def gains(tmp_path):
    """Three pairs of finished runs in which augmentation fixes 10, 20 and 15 of 500 images."""
    store, found = Store(tmp_path), []
    for number, fixed in enumerate((10, 20, 15)):
        wrong, better = fakes.wrong_answers(0, 60), fakes.wrong_answers(fixed, 60 - fixed)
        results = [
            fakes.finish(store, f"run-v1-{number}{side}".ljust(23, "0"), digits_quick(), tuned_wrong=which)
            for side, which in enumerate((wrong, better))
        ]
        found.append(SeedGain(*results, 42 + number, compare(~wrong, ~better)))
    return found


def test_the_gain_is_the_mean_over_seeds(gains):
    mean = mean_gain(gains)
    assert (mean.n, mean.mean) == (3, pytest.approx(0.03))


def test_the_table_holds_both_accuracies_and_the_paired_verdict(gains):
    row = augmentation_gain.gain_table(gains).iloc[0]
    assert row["without augmentation"] == "88.0% (440 of 500)"
    assert row["with augmentation"] == "90.0% (450 of 500)"
    assert row["gain"] == "+2.0 points"
    assert tells(row["same images"], 10, 0, 500, Verdict.BETTER)


def test_what_to_notice_tells_the_gap_between_training_and_validation(gains):
    first = augmentation_gain.gain_notes(gains)[0]
    without = np.mean(
        [g.without.last.epochs[-1].accuracy - g.without.last.validation.accuracy for g in gains]
    )
    assert f"{100 * without:+.1f} points without augmentation" in first


@pytest.mark.parametrize("count", [1, 3])
def test_gains_are_drawn_with_their_mean_and_its_interval_where_there_is_one(gains, count):
    chart = augmentation_charts.gain_dots(gains[:count], "dark").to_dict()
    whole = next(rows[0] for rows in chart["datasets"].values() if "low" in rows[0])
    assert whole["gain"] == pytest.approx(100 * mean_gain(gains[:count]).mean)
    assert ("x2" in json.dumps(chart)) == (count > 1)
    assert vl_convert.vegalite_to_vega(json.dumps(chart))
