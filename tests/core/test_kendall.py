"""Kendall's tau against SciPy, its interval against the truth it should hold."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from core.statistics.kendall import Kendall, kendall
from core.statistics.withheld import Why, Withheld


def found(first, second) -> Kendall:
    result = kendall(np.array(first), np.array(second))
    assert isinstance(result, Kendall)
    return result


@pytest.mark.parametrize("n", [5, 6, 19, 200])
def test_tau_equals_scipys_with_and_without_ties(n):
    rng = np.random.default_rng(n)
    for values in (rng.random((2, n)), rng.integers(0, 3, (2, n)), rng.integers(0, 20, (2, n))):
        result = found(*values)
        assert result.tau == pytest.approx(kendalltau(*values).statistic, abs=1e-12)
        assert -1 <= result.low < result.tau < result.high <= 1


@pytest.mark.parametrize("tau", [0.0, 0.4, 0.7, 0.85])
@pytest.mark.parametrize("n", [6, 19])
def test_the_interval_holds_the_true_tau_about_95_times_in_100(n, tau):
    rng, correlation = np.random.default_rng(n), np.sin(np.pi / 2 * tau)  # Greiner's relation
    draws = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], (1000, n))
    intervals = [found(first, np.exp(second)) for first, second in draws.transpose(0, 2, 1)]
    assert np.mean([one.low <= tau <= one.high for one in intervals]) >= 0.93


def test_with_19_points_it_is_no_wider_than_need_be():
    draws = np.random.default_rng(0).random((1000, 2, 19))
    assert np.mean([found(*one).low <= 0 <= found(*one).high for one in draws]) <= 0.97


def test_two_equal_orders_agree_wholly_and_a_turned_one_not_at_all():
    order = np.arange(19)
    same, turned = found(order, order**3), found(order, -order)
    assert (same.tau, same.high) == (1, 1)
    assert (turned.tau, turned.low) == (-1, -1)
    assert same.low == pytest.approx(-turned.high)
    assert 0.9 < same.low < 1


def test_five_points_in_one_order_prove_little():
    assert found(range(5), range(5)).low < 0.5


def test_an_order_of_equal_values_is_none():
    assert kendall(np.ones(19), np.arange(19)) == Withheld(Why.ALL_TIED)
    assert kendall(np.arange(19), np.ones(19)) == Withheld(Why.ALL_TIED)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_fewer_than_five_points_have_no_tau(n):
    assert kendall(np.arange(n), np.arange(n)) == Withheld(Why.TOO_FEW_POINTS)


@pytest.mark.parametrize(("first", "second"), [([1, 2, 3], [1, 2]), ([1, 2, np.nan], [1, 2, 3])])
def test_rows_that_do_not_match_and_values_that_are_none_are_refused(first, second):
    with pytest.raises(ValueError, match="Expected"):
        kendall(np.array(first), np.array(second))
