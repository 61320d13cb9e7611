"""Arms of a comparison: phases of runs, drawn on one axis."""

import json

from core.charts.arms import arm_curves, arm_table, arms_of
from core.charts.curves import Curve
from core.charts.palette import PALETTES
from core.wording.words import PHASE_NAMES
from tests.fakes import epochs

TRANSFER = Curve("A", epochs(3, 0.5, 0.8) + epochs(2, 0.82, 0.9, 4), 3)
SCRATCH = Curve("B", epochs(5, 0.1, 0.6), from_scratch=True)
NAMES = {name: name for name in PHASE_NAMES.values()}


def rows(chart, *columns):
    for data in chart.to_dict()["datasets"].values():
        if data and set(columns) <= set(data[0]):
            return [tuple(row[column] for column in columns) for row in data]
    return []


def test_a_run_gives_an_arm_for_each_phase_that_is_named():
    arms = arms_of(TRANSFER, NAMES)
    assert [(arm.label, len(arm.epochs)) for arm in arms] == [("feature extraction", 3), ("fine-tuning", 2)]
    (only,) = arms_of(TRANSFER, {"fine-tuning": "each batch's"})
    assert (only.label, only.phase, only.epochs[0].epoch) == ("each batch's", "fine-tuning", 4)


def test_from_scratch_is_one_arm_in_its_own_colour():
    (arm,) = arms_of(SCRATCH, NAMES)
    assert arm.phase == "from scratch"
    text = json.dumps(arm_curves([arm], 5, "light").to_dict())
    assert PALETTES["light"].scratch in text


def test_an_arm_is_named_right_of_its_end_or_above_it_where_another_goes_on():
    chart = arm_curves([*arms_of(TRANSFER, NAMES), *arms_of(SCRATCH, NAMES)], 5, "light", 0.1)
    ends = {arm: (epoch, at_end) for arm, epoch, at_end in rows(chart, "arm", "epoch", "ends")}
    assert ends == {"feature extraction": (3, False), "fine-tuning": (5, True), "from scratch": (5, True)}


def test_names_of_arms_that_end_alike_do_not_cover_each_other():
    alike = [Curve(name, epochs(5, 0.5, 0.99), from_scratch=True) for name in "AB"]
    arms = [arm for curve in alike for arm in arms_of(curve, {"from scratch": curve.name})]
    places = sorted(value for value, _ in rows(arm_curves(arms, 5, "light"), "value", "ends"))
    assert places[1] - places[0] > 0.03
    assert places[1] <= 1


def test_the_table_holds_every_epoch_of_every_arm():
    table = arm_table([*arms_of(TRANSFER, NAMES), *arms_of(SCRATCH, NAMES)])
    assert len(table) == 10
    assert list(table["network"].unique()) == ["feature extraction", "fine-tuning", "from scratch"]
