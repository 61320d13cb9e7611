"""Networks are kept between runs, and let go for good."""

import gc
from dataclasses import replace

import numpy as np
import pytest
from tensorflow.python.framework.func_graph import FuncGraph

from core import layers
from core.config import HeadConfig
from core.method import training, workshop
from core.optimizers import OPTIMIZERS
from core.presets import digits_quick

pytestmark = pytest.mark.tensorflow


def traced_steps() -> int:
    """Traced training steps in this process that are still held by something."""
    gc.collect()
    return sum(isinstance(held, FuncGraph) and held.name == "train_step" for held in gc.get_objects())


@pytest.mark.parametrize(
    "optimizer",
    [name if name == "adam" else pytest.param(name, marks=pytest.mark.soak) for name in OPTIMIZERS],
)
def test_a_network_that_is_no_longer_kept_leaves_no_traced_step_behind(optimizer):
    order = workshop.order_for(digits_quick(), 154, optimizer, num_classes=10, plain=False)
    before = traced_steps()
    for units in range(2, workshop.KEEP + 6):
        bench = workshop.prepare(replace(order, head=HeadConfig(hidden=(units,))), 1e-3, head_seed=1)
        bench.trainer.trace()
    assert traced_steps() <= before + workshop.KEEP


@pytest.mark.parametrize(
    ("dropout", "optimizer"), [(0.0, "adam"), *((0.2, name) for name in (*OPTIMIZERS, "nadam"))]
)
def test_a_network_taken_up_again_is_as_new(dropout, optimizer, monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "nadam", "Nadam")  # not all of its variables begin at zero
    config = digits_quick()
    order = workshop.order_for(config, 154, optimizer, num_classes=10, plain=False)
    order = replace(order, head=HeadConfig(dropout=dropout))
    features, labels = np.ones((8, 1280), np.float32), np.arange(8)

    def two_steps() -> list[np.ndarray]:
        bench = workshop.prepare(order, 1e-2, head_seed=1)
        for _ in range(2):
            bench.trainer.train_batch(training.Rows(features, labels, np.arange(8)), np.arange(8))
        return bench.network.head.get_weights()

    for first, again in zip(two_steps(), two_steps(), strict=True):
        np.testing.assert_array_equal(first, again)


def test_networks_of_several_stops_share_their_layers_and_each_learns_as_if_it_were_alone():
    """What learns, and from which weights, is put back although another stop came between."""
    orders = {
        stop: workshop.order_for(digits_quick(), stop, "rmsprop", num_classes=10, plain=False)
        for stop in (143, 134, 154)
    }
    random, labels = np.random.default_rng(0), np.arange(8)
    features = {
        stop: random.random((8, *layers.boundary_shape(stop, 64)), dtype=np.float32) for stop in orders
    }

    def two_steps(stop: int) -> list[np.ndarray]:
        bench = workshop.prepare(orders[stop], 1e-2, head_seed=1)
        for _ in range(2):
            bench.trainer.train_batch(training.Rows(features[stop], labels, np.arange(8)), np.arange(8))
        return [*bench.network.base.get_weights(), *bench.network.head.get_weights()]

    def alone(stop: int) -> list[np.ndarray]:
        workshop._benches.clear()
        workshop._built.cache_clear()
        return two_steps(stop)

    expected = {stop: alone(stop) for stop in orders}
    for stop in (143, 134, 154, 134, 143):
        for found, wanted in zip(two_steps(stop), expected[stop], strict=True):
            np.testing.assert_array_equal(found, wanted)
