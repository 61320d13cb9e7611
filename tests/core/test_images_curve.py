"""Curves over the number of training images: from records to numbers, figures and JSON."""

import json

import numpy as np
import pytest

from core.__main__ import main
from core.charts.images_curve import images_curve, images_table
from core.compare.images_curve import FROZEN, SCRATCH, TUNED, of_heads, of_runs, transfer_worth
from core.compare.images_notes import worth_line
from core.data import datasets
from core.presets import digits_quick
from core.running.identity import identify
from core.statistics.paired import FEWEST_CHANGED, SIGNIFICANCE, mcnemar_p
from core.statistics.power_law import PowerLaw
from core.statistics.withheld import Why, Withheld
from core.sweeps.image_counts import image_counts, sweep_over
from tests import fakes
from tests.sayings.image_counts import COUNTS, curve


def test_six_answers_are_the_fewest_that_can_tell_two_models_apart():
    assert mcnemar_p(FEWEST_CHANGED, 0) < SIGNIFICANCE <= mcnemar_p(FEWEST_CHANGED - 1, 0)


@pytest.mark.parametrize("difference", [0.001, 0.01, 0.05])
def test_enough_is_where_twice_as_many_gain_just_that(difference):
    law = curve(FROZEN, "law").law
    assert isinstance(law, PowerLaw)
    images = law.enough(difference)
    errors = [law.a + law.b * n**-law.c for n in (images, 2 * images)]
    assert errors[0] - errors[1] == pytest.approx(difference)
    assert law.enough(1.0) == 1


def test_heads_of_a_study_are_told_by_number_and_seed_and_split():
    record = {"images": [20, 40], "resamples": 3, "validation": 50, "test": 40}
    arrays = {"validation": np.array([[10, 20, 30], [40, 41, 42]]), "test": np.array([[1, 2, 3], [4, 5, 6]])}
    found = of_heads(record, arrays, seed=7)
    assert found.accuracies(20) == {7: 0.2, 8: 0.4, 9: 0.6}
    assert of_heads(record, arrays, 7, "test").accuracies(40) == {7: 0.1, 8: 0.125, 9: 0.15}
    assert isinstance(found.law, Withheld)
    assert found.law.why == Why.TOO_FEW_SIZES


@pytest.fixture
def digits(store):
    return datasets.find("digits", store.home)


def runs(config, digits, wanted):
    """A curve of made-up runs: those whose place in the sweep is wanted."""
    counts = image_counts(digits, config.data)
    points = sweep_over(config, counts, 3).points()
    keys = [identify(point.config, digits) for point in points]
    there = {
        key: fakes.record(key, point.config, fakes.wrong_by_phase(point.config))
        for place, (key, point) in enumerate(zip(keys, points, strict=True))
        if place in wanted
    }
    return of_runs(TUNED, counts, points, keys, there), keys


def test_runs_that_are_there_are_points_and_a_curve_with_gaps_has_no_law(digits):
    found, keys = runs(digits_quick(), digits, {0, 1, 17})
    assert [*found.run_keys.values()] == [keys[0], keys[1], keys[17]]
    assert {images for images, _ in found.right} == {found.images[0], found.images[-1]}
    assert found.checked == fakes.VALIDATION_IMAGES
    assert (found.table, found.law, found.held) == (None, None, None)
    whole, _ = runs(digits_quick(), digits, set(range(18)))
    assert whole.table is not None
    assert whole.table.shape == (6, 3)


def test_transfer_is_read_from_the_fine_tuned_curve_where_there_is_one():
    frozen, tuned = curve(FROZEN, "slow"), curve(TUNED, "law of five times as many")
    scratch = curve(SCRATCH, "law")
    both = transfer_worth([frozen, tuned, scratch])
    assert both is not None
    assert both.transfer is tuned
    alone = transfer_worth([frozen, scratch, curve(TUNED, "law", missing=1)])
    assert alone is not None
    assert alone.transfer is frozen
    assert transfer_worth([frozen, tuned]) is None


def test_the_table_has_a_row_a_number_with_its_spread():
    one = curve(FROZEN, "law")
    table = images_table([one])
    assert table["images"].tolist() == list(COUNTS)
    assert (table["networks"] == 6).all()
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["lowest"] <= table["highest"]).all()
    single = images_table([curve(FROZEN, "law", resamples=1)])
    assert single[["low", "high"]].isna().all(axis=None)  # one network has no interval, not a whole one


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_has_every_network_the_means_and_the_law_as_far_as_asked(theme):
    one, other = curve(FROZEN, "law"), curve(SCRATCH, "flat")
    plain = images_curve([one, other], 360, theme).to_dict()
    tables = list(plain["datasets"].values())
    assert sum(len(table) for table in tables if table and "seed" in table[0]) == 2 * 36
    law = next(table for table in tables if table and {"low", "high"} <= set(table[0]) and len(table) == 40)
    assert {row["trained"] for row in law} == {FROZEN}
    assert law[-1]["at"] == pytest.approx(1000)
    json.dumps(plain, allow_nan=False)


def test_an_interval_of_two_networks_does_not_flatten_the_figure_while_it_fills_in():
    whole, part = curve(FROZEN, "law", resamples=3), curve(FROZEN, "law", resamples=2)
    spans = [
        images_curve([one], 360, "light").to_dict()["layer"][-1]["encoding"]["y"]["scale"]["domain"]
        for one in (whole, part)
    ]
    assert (images_table([part])["high"] - images_table([part])["low"]).max() > 0.3
    assert spans[1][1] - spans[1][0] <= spans[0][1] - spans[0][0] + 0.05


def test_what_transfer_is_worth_is_read_between_points_that_follow_no_power_law():
    asked = transfer_worth([curve(TUNED, "law of five times as many"), curve(SCRATCH, "a step")])
    assert asked.scratch.law == Withheld(Why.MISFIT)
    assert asked.found.between
    assert asked.found.low > 1
    said = worth_line(asked)
    assert said.startswith("**Transfer is worth about")
    assert said.endswith("It is read between the numbers that were measured: from scratch, the points follow "
                         "no power law.")  # fmt: skip
    flat = transfer_worth([curve(TUNED, "flat"), curve(SCRATCH, "a step")])
    assert flat.found == Withheld(Why.FLAT)  # where more images bring nothing there is nothing to read


def test_marks_of_two_ways_to_train_stand_beside_each_other_at_one_number():
    both = images_curve([curve(FROZEN, "law"), curve(TUNED, "law")], 360, "light").to_dict()
    marks = next(t for t in both["datasets"].values() if t and "networks" in t[0])
    assert len({row["at"] for row in marks}) == len(marks)
    assert all(abs(row["at"] / row["images"] - 1) < 0.03 for row in marks)


# In a terminal


@pytest.mark.tensorflow
def test_the_command_tells_the_curves_as_one_json_object(store, capsys):
    small = ["data.image_size=32", "data.limit=160", "feature_extraction.epochs=1", "fine_tuning.epochs=1"]
    line = ["images", "digits-quick", "--json", "--more=50", *(f"--set={text}" for text in small)]
    assert main(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["images"] == [20, 26, 35, 46, 61, 80]
    assert told["checked"] == {"validation": 40, "test": 40}
    assert np.shape(told["arms"]["frozen"]["validation"]) == (6, 10)
    assert told["worth"] is None
    assert main(line[:2] + line[3:]) == 0
    said = capsys.readouterr().out
    assert f"20  {np.mean(told['arms']['frozen']['validation'][0]):.3f}" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--more=0"], "--more is '0'"), (["--seeds=2"], "--seeds is '2'"),
        (["--set=data.limit=100"], "too few for a curve"),
        (["--set=data.train_limit=5000"], "5,000 training images, and there are"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_words(store, capsys, more, said):
    assert main(["images", "digits-quick", *more]) == 2
    assert said in capsys.readouterr().err
