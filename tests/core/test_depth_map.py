"""The map of unfreeze points by numbers of training images: its runs, its verdicts, its figure."""

import json

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from core.charts.depth_map import MARKS, WAITING, depth_map, map_table
from core.compare.depth_map import gather, judge
from core.config import parse_setting
from core.data import datasets
from core.errors import ConfigError
from core.presets import first_visit
from core.running import keeping
from core.running.identity import identify
from core.statistics.holm import against_first, holm, indistinguishable
from core.statistics.verdict import Verdict
from core.store import finished
from core.sweeps import plan
from core.sweeps.grid import STOPS, grid, read_counts, usual_counts
from core.sweeps.image_counts import image_counts, sweep_over
from core.sweeps.plan import STOP, Sweep
from tests import fakes
from tests.fakes import wrong_answers

BASE, MOST = first_visit(), 200  # training images
PAIR, TWO = (72, 116), (50, 200)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return datasets.open_digits(tmp_path_factory.mktemp("digits"))


# Which runs


def test_its_numbers_are_some_of_those_of_the_question_how_many_images(digits):
    assert usual_counts(digits, BASE) == (20, 50, 80, MOST)
    assert set(usual_counts(digits, BASE)) <= set(image_counts(digits, BASE.data))


def test_its_runs_are_those_of_the_curve_and_of_how_many_images(digits):
    counts = image_counts(digits, BASE.data)
    here = {point.config for point in grid(BASE, STOPS, counts, MOST, 3).points()}
    deep = {point.config for point in Sweep(BASE, {STOP: STOPS}, 3).points()}
    many = {point.config for point in sweep_over(BASE, counts, 3).points()}
    assert len(here) == 4 * 6 * 3
    assert deep < here
    assert many < here, "the recipe thaws from one of the usual points"


def test_every_cell_of_a_number_and_seed_has_the_same_control(digits):
    points = grid(BASE, STOPS, (20, 50, MOST), MOST, 3).points()
    controls = {}
    for point in points:
        place = point.settings[plan.IMAGES], point.seed
        controls.setdefault(place, set()).add(identify(point.config.control(), digits))
    assert [len(keys) for keys in controls.values()] == [1] * 9
    assert len(set.union(*controls.values())) == 9


def test_a_sweep_in_a_terminal_trains_a_column(digits):
    """As docs/use.md says: a quarter of the images, each shown four times as often, by seed 42's own draw."""
    typed = BASE
    for text in ("data.train_draw=42", "feature_extraction.epochs=32", "fine_tuning.epochs=32"):
        typed = parse_setting(typed, text)
    column = Sweep(typed, dict(map(plan.parse, (f"{STOP}=72,116", "data.train_limit=50"))))
    here = {point.config for point in grid(BASE, PAIR, TWO, MOST, 1).points()}
    assert {identify(point.config, digits) for point in column.points()} < {
        identify(config, digits) for config in here
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20, 201", "201 training images are asked for, and there are 200"),
        ("9, 50", "9 training images are asked for, and there are 200 of 10 classes"),
        ("50", "has 1 different numbers"), ("50, 50", "has 1 different numbers"), ("[]", "has 0"),
        ("20,30,40,50,60,70,80", "has 7 different numbers"), ("20, many", "no list of numbers"),
        ("20.5, 50", "20.5 training images"), ("20, 1,000", "thousands without a comma"), ("all", "no list"),
        ("-20, 50", "-20 training images"), ("1e999, 50", "training images are asked for"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused_with_what_can(text, said):
    with pytest.raises(ConfigError) as refused:
        read_counts(text, MOST, 10)
    assert said in str(refused.value)
    assert "Expected 2 to 6 whole numbers from 10 to 200, such as 50, 200." in str(refused.value)


@pytest.mark.parametrize("text", ["20, 50, 200", "200;50 ; 20", "20 50 200", "20/50/200/50"])
def test_numbers_are_read_in_any_order_and_once(text):
    assert read_counts(text, MOST, 10) == (20, 50, 200)


def test_a_point_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="160"):
        grid(BASE, (98, 160), TWO, MOST, 1).points()
    with pytest.raises(ConfigError, match="0 runs"):
        grid(BASE, (), TWO, MOST, 1)


# What they say


def trained(store, digits, wrong, seeds=1):
    """A map of finished runs: (stop, images) -> wrong answers of each seed; a number of images -> of the head
    alone, a stop None."""
    sweep = grid(BASE, PAIR, TWO, MOST, seeds)
    points, keys = sweep.points(), []
    for point in points:
        keys.append(identify(point.config, digits))
        images = point.settings[plan.IMAGES] or MOST
        place, step = (point.settings[STOP], images), point.seed - BASE.seed
        if len(wrong.get(place, ())) > step:
            fakes.finish_with_control(
                store, digits, point.config, tuned_wrong=wrong[place][step],
                control_wrong=wrong[None, images][step],
            )  # fmt: skip
    runs = store.list_runs()
    there = {run.run_key: run.result for run in finished(runs)}
    controls = {key: run.result for key, run in keeping.controls(runs).items()}
    return gather(points, keys, there, controls, MOST, 10)


def masks(random, shares):
    return [random.random(fakes.VALIDATION_IMAGES) < share for share in shares]


def test_with_one_seed_each_cell_is_judged_by_mcnemar_with_all_cells_looked_at(store, digits):
    random = np.random.default_rng(3)
    shares = {
        (72, 50): 0.3,
        (116, 50): 0.36,
        (72, 200): 0.42,
        (116, 200): 0.2,
        (None, 50): 0.4,
        (None, 200): 0.3,
    }
    wrong = {place: masks(random, [share]) for place, share in shares.items()}
    judged = judge(store, trained(store, digits, wrong))
    places, raw = [place for place in wrong if place[0]], []
    for stop, images in places:
        here, head = ~wrong[stop, images][0], ~wrong[None, images][0]
        table = [[(here & head).sum(), (here & ~head).sum()], [(~here & head).sum(), (~here & ~head).sum()]]
        raw.append(mcnemar(table, exact=True).pvalue)
    wanted = dict(zip(places, multipletests(raw, method="holm")[1], strict=True))
    assert {place: one.p_value for place, one in judged.items()} == pytest.approx(wanted, abs=1e-12)
    assert judged[72, 50].verdict == Verdict.BETTER
    assert judged[72, 200].verdict == Verdict.WORSE
    assert judged[116, 50].verdict == Verdict.CANNOT_TELL
    assert raw[places.index((116, 50))] > 0.01, "which one look alone may take for a gain"


def test_cells_still_to_come_are_looked_at_too_and_one_without_all_its_seeds_is_not_judged(store, digits):
    random = np.random.default_rng(4)
    wrong = {(72, 50): masks(random, [0.05] * 3), (116, 50): masks(random, [0.2] * 2),
             (None, 50): masks(random, [0.32] * 3)}  # fmt: skip
    found = trained(store, digits, wrong, seeds=3)
    judged = judge(store, found)
    assert judged.keys() == {(72, 50)}
    right = ~np.array([wrong[None, 50], wrong[72, 50]])
    alone = indistinguishable(right).p_values[0]  # of two points: one pair, nothing to adjust
    assert judged[72, 50].p_value == pytest.approx(min(1.0, 4 * alone))
    assert found.cells[116, 50].gain == pytest.approx(
        np.mean([wrong[None, 50][s].mean() - wrong[116, 50][s].mean() for s in range(2)])
    )
    assert found.cells[116, 200].accuracy is None
    table = map_table(found, judged)
    assert table["verdict"].tolist() == ["better", WAITING, "head alone"]
    assert table["seeds"].tolist() == [3, 2, 3]


def test_equal_networks_are_rarely_told_apart_anywhere_on_a_map():
    """Of 100 maps of 16 cells whose networks all err on 30% at random at most 5 should be, and are fewer: the
    exact test is careful."""
    random, told = np.random.default_rng(0), 0
    for _ in range(100):
        raw = [against_first(random.random((5, 1, 500)) > 0.3) for _ in range(4)]
        told += bool((holm(np.concatenate(raw)) < 0.05).any())
    assert told <= 5


# The figure


@pytest.fixture
def one_of_each(store, digits):
    wrong = {(72, 50): [wrong_answers(0, 60)], (116, 50): [wrong_answers(0, 158)],
             (116, 200): [wrong_answers(0, 220)], (None, 50): [wrong_answers(0, 160)],
             (None, 200): [wrong_answers(0, 90)]}  # fmt: skip
    found = trained(store, digits, wrong)
    return found, judge(store, found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_cell_tells_accuracy_gain_and_verdict_in_letters_that_can_be_read(one_of_each, theme):
    found, judged = one_of_each
    plain = depth_map(found, judged, (116, 200), theme).to_dict()
    json.dumps(plain, allow_nan=False)
    rows = max(plain["datasets"].values(), key=len)
    told = {(row["thawed from"], row["images"]): (row["percent"], row["told"]) for row in rows}
    assert told["block 8", 50] == ("88.0%", f"{MARKS[Verdict.BETTER]} +20.0")
    assert told["block 13", 50] == ("68.4%", f"{MARKS[Verdict.CANNOT_TELL]} +0.4")
    assert told["block 13", 200] == ("56.0%", f"{MARKS[Verdict.WORSE]} -26.0")
    assert told["head only", 200] == ("82.0%", "")
    assert ("block 8", 200) not in told
    scales = [layer["encoding"]["color"]["scale"] for layer in plain["layer"] if "color" in layer["encoding"]]
    assert [scale["domain"] for scale in scales] == [scales[0]["domain"]] * 3
    for fill, *letters in zip(*(scale["range"] for scale in scales), strict=True):
        assert all(contrast(fill, letter) >= 4.5 for letter in letters), (fill, letters)


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two `#rrggbb`."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
                     @ [0.2126, 0.7152, 0.0722])  # fmt: skip

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_looked_at_cell_is_framed_and_the_axes_have_all_that_was_asked(one_of_each):
    plain = depth_map(*one_of_each, (116, 200), "light").to_dict()
    (frame,) = [rows for rows in plain["datasets"].values() if len(rows) == 1]
    assert (frame[0]["layer"], frame[0]["images"]) == (116, 200)
    assert plain["layer"][0]["encoding"]["x"]["sort"] == ["50|5 each", "200|20 each"]
    assert plain["layer"][0]["encoding"]["y"]["sort"] == ["block 8", "block 13", "head only"]
