"""The Keras code shown for a config is that config."""

import ast
from dataclasses import replace

import pytest

from core.code import keras_code
from core.config import AugmentationConfig, HeadConfig, with_setting
from core.layers import count_trainable
from core.presets import PRESETS, digits_quick, from_scratch, tf_tutorial


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("classes", [2, 10])
def test_the_code_of_every_preset_is_python_of_normal_width(name, classes):
    text = keras_code(PRESETS[name](), classes)
    ast.parse(text)
    assert max(len(line) for line in text.splitlines()) <= 110


def test_two_classes_end_in_one_sigmoid_unit_and_never_in_a_logit():
    text = keras_code(tf_tutorial(), 2)
    assert 'layers.Dense(1, activation="sigmoid")' in text
    assert 'loss="binary_crossentropy"' in text
    assert "from_logits" not in text


def test_more_classes_end_in_softmax():
    text = keras_code(digits_quick(), 10)
    assert 'layers.Dense(10, activation="softmax")' in text
    assert 'loss="sparse_categorical_crossentropy"' in text


def test_the_batch_norm_mode_is_the_one_of_the_config():
    assert "InferenceBase" in keras_code(digits_quick(), 10)
    batch = keras_code(tf_tutorial(), 2)
    assert "InferenceBase" not in batch
    assert "fit overrides training=False" in batch


def test_fine_tuning_sets_every_flag_and_recompiles_before_fitting_on():
    text = keras_code(tf_tutorial(), 2)
    thaw = text.index("layer.trainable = index >= 100")
    recompile = text.index("model.compile", thaw)
    assert text.index("epochs=20, initial_epoch=10") > recompile > thaw
    assert "base.trainable = True\n" not in text


def test_epochs_of_zero_leave_their_phase_out():
    text = keras_code(with_setting(tf_tutorial(), "fine_tuning.epochs", 0), 2)
    assert text.count("model.fit") == 1
    assert "RMSprop" not in text


def test_head_and_augmentation_are_those_of_the_config():
    head = HeadConfig(hidden=(128,), dropout=0.5)
    augmentation = AugmentationConfig(zoom=0.1, translation=0.2, contrast=0.3)
    text = keras_code(replace(tf_tutorial(), head=head, augmentation=augmentation), 2)
    assert 'layers.Dense(128, activation="relu")' in text
    assert "layers.Dropout(0.5)" in text
    assert "layers.RandomZoom(0.1)" in text
    assert "layers.RandomTranslation(0.2, 0.2)" in text
    assert "layers.RandomContrast((0.3, 0.3))" in text
    assert "RandomFlip" not in text


def test_from_scratch_loads_no_weights_freezes_nothing_and_fits_once():
    text = keras_code(from_scratch(), 10)
    assert "weights=None" in text
    assert "trainable" not in text
    assert "layer.momentum = 0.9" in text
    assert text.count("model.fit") == 1
    assert "epochs=20)" in text
    assert "momentum" not in keras_code(digits_quick(), 10)


def test_it_says_where_keras_would_take_other_weights():
    assert "weights trained at 160 px" in keras_code(tf_tutorial(), 2)
    assert "weights trained at" not in keras_code(digits_quick(), 10)


@pytest.mark.tensorflow
@pytest.mark.parametrize("mode", ["inference", pytest.param("batch", marks=pytest.mark.soak)])
def test_the_code_runs_and_trains_what_the_config_says(mode):
    import numpy as np
    import tensorflow as tf

    config = with_setting(digits_quick(), "batch_norm", mode)
    for name, value in {
        "data.image_size": 32, "feature_extraction.epochs": 1, "fine_tuning.epochs": 1,
        "fine_tuning.unfreeze_from": 143,
    }.items():  # fmt: skip
        config = with_setting(config, name, value)
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((images, np.arange(4) % 3)).batch(2)
    space = {"train": data, "validation": data}
    exec(keras_code(config, 3).replace('weights="imagenet"', "weights=None"), space)
    expected = count_trainable(143, config.head, 3)
    assert len(space["model"].trainable_variables) == expected.variables
    assert sum(int(np.prod(v.shape)) for v in space["model"].trainable_variables) == expected.parameters


@pytest.mark.tensorflow
def test_the_code_from_scratch_builds_a_network_in_which_every_layer_learns():
    import keras

    text = keras_code(with_setting(from_scratch(), "data.image_size", 32), 3)
    space = {}
    exec(text[: text.index("model.fit")], space)  # what `fit` does is compared in test_exactness.py
    assert len(space["model"].trainable_variables) == 158
    norms = [layer for layer in space["base"].layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9}
