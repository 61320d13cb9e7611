"""What the Layers page says about an unfreeze point is counted, and true at the edges too."""

import pytest

from core.codegen.keras import freeze_code
from core.concepts.layer_notes import batch_norm_sentences, layer_notes
from core.config import HeadConfig

HEAD = HeadConfig()


def test_everything_frozen_leaves_the_head():
    first, second, _ = layer_notes(154, HEAD, 2)
    assert "only the head's 1,281 numbers learn, 0.06% of the network" in first
    assert "this is one of them" in second


def test_nothing_frozen_still_leaves_the_moving_statistics_out_of_reach():
    assert "34,112 numbers are out of reach" in layer_notes(0, HEAD, 2)[0]


def test_a_tiny_share_is_not_told_as_nothing():
    assert "**0.1% of the parameters**" in layer_notes(152, HEAD, 2)[0]
    assert "**0% of the parameters**" in layer_notes(153, HEAD, 2)[0]


@pytest.mark.parametrize(("point", "learning"), [(154, 0), (100, 18), (0, 52)])
def test_batch_norm_counts_its_layers(point, learning):
    trainable, training = batch_norm_sentences(point)
    assert f"in {learning or 'none'} of 52" in trainable
    frozen = {154: "Frozen, all 52 keep theirs", 100: "The 34 frozen ones keep theirs"}
    assert frozen.get(point, "same 52 layers.") in training
    assert f"`trainable` is on in {learning} of its 52 layers" in layer_notes(point, HEAD, 2)[2]


@pytest.mark.parametrize(("point", "variables"), [(154, 0), (100, 54), (0, 156)])
def test_the_code_checks_how_many_variables_learn(point, variables):
    assert f"assert len(base.trainable_variables) == {variables}\n" in freeze_code(point, 160)


def test_the_code_freezes_layer_by_layer():
    assert "layer.trainable = index >= 100\n" in freeze_code(100, 160)
    assert "layer.trainable = False\n" in freeze_code(154, 160)
