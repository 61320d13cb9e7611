"""Networks are kept between runs, and let go for good."""

import gc
from dataclasses import replace

import pytest
from tensorflow.python.framework.func_graph import FuncGraph

from core import workshop
from core.config import HeadConfig
from core.presets import digits_quick

pytestmark = pytest.mark.tensorflow


def traced_steps() -> int:
    """Traced training steps in this process that are still held by something."""
    gc.collect()
    return sum(isinstance(held, FuncGraph) and held.name == "train_step" for held in gc.get_objects())


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_a_network_that_is_no_longer_kept_leaves_no_traced_step_behind(optimizer):
    order = workshop.order_for(digits_quick(), 154, optimizer, num_classes=10, plain=False)
    before = traced_steps()
    for units in range(2, workshop.KEEP + 6):
        bench = workshop.prepare(replace(order, head=HeadConfig(hidden=(units,))), 1e-3, head_seed=1)
        bench.trainer.trace()
    assert traced_steps() <= before + workshop.KEEP
