"""The layer table against Keras, and the counts that the tutorial and the measurements give."""

import pytest

from core import layers
from core.config import HeadConfig

HEAD = HeadConfig()
KNOWN = {  # unfreeze point: (trainable variables, parameters) of the whole model with one sigmoid unit
    154: (2, 1_281), 151: (5, 413_441), 143: (14, 887_361), 134: (23, 1_207_361), 125: (32, 1_527_361),
    116: (41, 1_682_625), 107: (50, 1_800_897), 100: (56, 1_862_721), 98: (59, 1_919_169),
    90: (68, 1_985_793), 81: (77, 2_040_065), 72: (86, 2_094_337), 63: (95, 2_148_609),
    54: (104, 2_169_665), 45: (113, 2_184_513), 36: (122, 2_199_361), 27: (131, 2_209_361),
    18: (140, 2_218_193), 9: (149, 2_223_329), 0: (158, 2_225_153),
}  # fmt: skip


@pytest.mark.parametrize("unfreeze_from", KNOWN)
def test_trainable_counts_are_those_measured_on_the_model(unfreeze_from):
    count = layers.count_trainable(unfreeze_from, HEAD, 2)
    assert (count.variables, count.parameters) == KNOWN[unfreeze_from]


def test_the_bar_has_nineteen_segments_that_hold_every_parameter():
    assert len(layers.blocks()) == 19
    assert sum(block.parameters for block in layers.blocks()) == layers.PARAMETERS
    assert [b.end for b in layers.blocks()][:-1] == [b.start for b in layers.blocks()][1:]


def test_fifty_of_the_154_positions_change_nothing():
    counts = [layers.count_trainable(u, HEAD, 2).parameters for u in range(155)]
    assert sum(a == b for a, b in zip(counts, counts[1:], strict=False)) == 50


def test_batch_norm_layers_are_counted():
    assert layers.count_trainable(0, HEAD, 2).batch_norm_layers == 52
    assert layers.count_trainable(100, HEAD, 2).batch_norm_layers == 18


def test_an_unfreeze_point_inside_a_block_is_cut_at_the_blocks_start():
    assert layers.boundary(100) == 98
    assert layers.boundary(98) == 98
    assert layers.boundary(153) == 151
    assert layers.boundary(3) == 0
    assert layers.boundary(154) == 154


def test_every_stop_has_its_own_words():
    labels = [layers.stop_label(stop) for stop in layers.stops()]
    assert len(set(labels)) == len(labels) == 21
    assert layers.stop_label(98) == "block 11"


def test_head_parameters_follow_classes_and_hidden_layers():
    assert layers.head_parameters(HeadConfig(), 2) == (2, 1281)
    assert layers.head_parameters(HeadConfig(), 10) == (2, 12_810)
    assert layers.head_parameters(HeadConfig(hidden=(128,)), 2) == (4, 1281 * 128 + 129)


@pytest.mark.tensorflow
@pytest.mark.parametrize("image_size", [32, 75, 96, 161])
def test_the_table_is_the_real_model(image_size):
    import keras

    model = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(image_size, image_size, 3)
    )
    assert len(model.layers) == len(layers.layer_table())
    for real, row, shape in zip(
        model.layers, layers.layer_table(), layers.output_shapes(image_size), strict=True
    ):
        assert real.output.shape[1:] == shape, row.name
        assert real.count_params() == row.parameters
        assert len(real.trainable_weights) == row.trainable_variables
        assert type(real).__name__ == row.kind
        if row.index:
            assert real.name == row.name
