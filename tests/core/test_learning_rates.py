"""Range tests are read from curves made by hand; warnings stand on what was measured."""

import numpy as np
import pytest

from core.concepts import rate_facts
from core.config import BATCH_NORM_MODES, ExperimentConfig, with_setting
from core.explain import learning_rates
from core.layers import BACKBONE_LAYERS
from core.optimizers import OPTIMIZERS
from core.presets import digits_quick, from_scratch, mnist_32, tf_tutorial


def made(fall=0.2, at=1e-5, harm=1e-3, noise=0.3):
    """A range test whose loss falls fastest at `at` and is back where it began at about `harm`."""
    rates = learning_rates.sweep()
    decades = np.log10(rates)
    fallen = fall / (1 + np.exp(-4 * (decades - np.log10(at))))
    risen = fall * 10 ** (2 * (decades - np.log10(harm)))
    untrained = 0.5 + noise * np.random.default_rng(0).normal(size=len(rates))
    return rates, untrained - fallen + risen, untrained


def test_each_rate_of_a_sweep_is_the_same_factor_above_the_one_before():
    rates = learning_rates.sweep()
    np.testing.assert_allclose(rates[1:] / rates[:-1], rates[1] / rates[0])
    assert (rates[0], rates[-1], len(rates)) == (1e-7, 1.0, 100)


def test_the_suggestion_is_where_the_loss_falls_fastest_whatever_the_batches_are():
    for noise in (0.0, 0.3):
        reading = learning_rates.read(*made(noise=noise))
        assert abs(np.log10(reading.steepest / 1e-5)) < 0.1
        assert reading.steepest < reading.lowest < reading.harms_from
        assert abs(np.log10(reading.harms_from / 1e-3)) < 0.2


def test_a_loss_that_never_falls_singles_out_no_rate():
    reading = learning_rates.read(*made(fall=0.001))
    assert reading.steepest is None


def test_a_fall_to_the_end_harms_nowhere():
    rates, losses, untrained = (values[:40] for values in made())
    assert learning_rates.read(rates, losses, untrained).harms_from is None


def test_one_step_has_no_slope():
    with pytest.raises(ValueError, match="at least two"):
        learning_rates.read(*(np.ones(1),) * 3)


def test_it_stops_when_the_loss_explodes_and_not_for_one_lucky_batch():
    calm = [0.02, *[0.5 + 0.1 * (step % 3) for step in range(60)]]
    assert not any(learning_rates.diverged(calm[:steps]) for steps in range(1, len(calm)))
    wild = [*calm, *[2.0 * 2**step for step in range(8)]]
    assert learning_rates.diverged(wild)
    assert not learning_rates.diverged([1.0, 50.0])


def test_the_nearest_rate_differs_by_the_smallest_factor():
    assert learning_rates.nearest(6e-6, (1e-5, 3e-6)) == 1e-5  # as a difference, 3e-6 would be nearer
    assert learning_rates.nearest(5e-6, (1e-5, 3e-6)) == 3e-6


def test_it_is_priced_like_a_run_on_as_many_batches():
    run = learning_rates.as_run(tf_tutorial(), {"train": 2000})
    assert run.fine_tuning.epochs * 2000 >= 2 * learning_rates.STEPS * 32
    assert (run.fine_tuning.epochs - 1) * 2000 < 2 * learning_rates.STEPS * 32


def with_rate(rate: float, config: ExperimentConfig | None = None) -> ExperimentConfig:
    return with_setting(config or digits_quick(), "fine_tuning.learning_rate", rate)


def test_a_rate_that_was_measured_to_wreck_is_warned_of_with_the_measurement():
    text = rate_facts.warning(with_rate(1e-3))
    assert "Adam" in text
    assert "from 86.0% to 10.0%" in text
    assert "five epochs at 1e‑3" in rate_facts.warning(with_rate(2e-3)), "the highest measured rate below"


@pytest.mark.parametrize("recipe", [digits_quick, tf_tutorial])
def test_the_recipes_own_rates_are_not_warned_of(recipe):
    assert rate_facts.warning(recipe()) == ""


def test_the_articles_high_rate_in_batch_mode_is_warned_of():
    assert "each batch's statistics" in rate_facts.warning(mnist_32())


def test_nothing_is_said_where_no_pretrained_weight_learns():
    assert rate_facts.warning(from_scratch()) == ""
    head_only = with_setting(with_rate(1e-2), "fine_tuning.unfreeze_from", BACKBONE_LAYERS)
    assert rate_facts.warning(head_only) == ""
    assert rate_facts.warning(with_rate(1e-2).first_phase_only()) == ""


def test_what_was_measured_is_whole_and_about_known_optimizers():
    assert {optimizer for optimizer, _ in rate_facts.AFTER} <= set(OPTIMIZERS)
    assert set(rate_facts.AFTER) == {(o, m) for o, _ in rate_facts.AFTER for m in BATCH_NORM_MODES}
    assert {len(row) for row in rate_facts.AFTER.values()} == {len(rate_facts.RATES)}
    assert rate_facts.measured("adam", "inference", 1e-6) is None
    assert rate_facts.measured("never measured", "inference", 1e-2) is None
