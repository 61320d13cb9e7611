"""Rules of thumb beside a measured curve: what each orders by, and how far it agrees."""

import numpy as np
import pytest
import scipy.stats

from core.compare.curve import CurvePoint, Looked
from core.compare.rules_of_thumb import GUIDE, LOGME, PROBE, rule_table, rules
from core.explain.probe_depths import depths
from core.statistics.holm import Leaders
from core.statistics.kendall import Kendall
from core.statistics.withheld import Withheld
from core.sweeps.plan import curve_stops

STOPS = curve_stops()
EVIDENCE = np.linspace(-1.0, 0.5, len(depths()))


def looked(accuracies) -> Looked:
    accuracies = tuple(map(float, accuracies))
    best = int(np.argmax(accuracies))
    return Looked(
        tuple(CurvePoint(stop) for stop in STOPS),
        Leaders(best, accuracies, (1.0,) * len(STOPS), (best,)),
    )


def right_at(shares) -> np.ndarray:
    """bool (20, 100): a probe at each depth that gets so many of 100 images right."""
    return np.arange(100) < np.asarray(shares)[:, None]


def test_a_point_is_judged_by_what_the_probe_got_where_its_frozen_part_ends():
    shares = np.arange(20) + 40
    (probe, evidence) = rules(looked(np.linspace(0.5, 0.9, 19)), right_at(shares), EVIDENCE, None)
    names = [depth.name for depth in depths()]
    assert probe.name == PROBE
    assert evidence.name == LOGME
    assert probe.values[0] == shares[names.index("stem")] / 100, "block 0 thaws: the stem stays"
    assert probe.values[STOPS.index(98)] == shares[names.index("block 10")] / 100
    assert probe.values[-1] == shares[names.index("Conv_1")] / 100, "head only: all of it stays"


def test_a_rule_that_orders_as_was_measured_agrees_fully_and_its_reverse_not_at_all():
    rising = right_at(np.arange(20) + 40)
    same, _ = rules(looked(np.linspace(0.5, 0.9, 19)), rising, EVIDENCE, None)
    turned, _ = rules(looked(np.linspace(0.9, 0.5, 19)), rising, EVIDENCE, None)
    assert (same.agreement.tau, turned.agreement.tau) == (1.0, -1.0)
    assert same.favourite == 18


def test_agreement_is_kendalls_tau_as_scipy_has_it():
    random = np.random.default_rng(3)
    accuracies, shares = random.random(19), random.integers(20, 90, 20)
    probe, _ = rules(looked(accuracies), right_at(shares), EVIDENCE, None)
    expected = scipy.stats.kendalltau(probe.values, accuracies).statistic
    assert isinstance(probe.agreement, Kendall)
    assert probe.agreement.tau == pytest.approx(expected)


def test_the_guide_thinks_most_of_the_point_it_advises_and_less_of_those_further_away():
    guide = rules(looked(np.linspace(0.5, 0.9, 19)), right_at([50] * 20), EVIDENCE, 98)[-1]
    assert guide.name == GUIDE
    assert STOPS[guide.favourite] == 98
    at = STOPS.index(98)
    assert guide.values[at - 1] == guide.values[at + 1] == -1


def test_a_rule_that_puts_none_before_another_is_told_so_and_not_given_a_number():
    found = rules(looked(np.linspace(0.5, 0.9, 19)), right_at([50] * 20), EVIDENCE, None)
    assert isinstance(found[0].agreement, Withheld)
    table = rule_table(looked(np.linspace(0.5, 0.9, 19)), found)
    assert table["Kendall's tau"][0] == "not given"
    assert "tied" in table["95%"][0]
