"""The Keras code shown for a config is that config."""

import ast
from dataclasses import replace

import pytest
from PIL import Image

from core.codegen.data import data_code
from core.codegen.keras import keras_code
from core.config import HeadConfig, with_setting
from core.data import datasets
from core.layers import count_trainable
from core.presets import PRESETS, digits_quick, from_scratch, tf_tutorial
from core.transforms import AugmentationConfig


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


def small(config, **settings):
    """At 32 px, one epoch a phase, thawed from block 16."""
    few = {"data.image_size": 32, "feature_extraction.epochs": 1, "fine_tuning.epochs": 1,
           "fine_tuning.unfreeze_from": 143}  # fmt: skip
    for name, value in {**few, **settings}.items():
        config = with_setting(config, name, value)
    return config


@pytest.mark.tensorflow
@pytest.mark.parametrize("mode", [pytest.param("inference", marks=pytest.mark.soak), "batch"])
def test_the_code_of_data_and_run_trains_what_the_config_says_in_its_batch_norm_mode(mode, store, untraced):
    """Real digits, weights drawn at random: their moving statistics begin at exactly 0 and 1."""
    import keras
    import numpy as np

    first = 1 if mode == "inference" else 0  # one phase is enough to see the other mode, at half the time
    config = small(digits_quick(), batch_norm=mode, **{"feature_extraction.epochs": first})
    counts = {"train": 40, "validation": 20, "test": 20}
    space = {}
    exec(data_code(datasets.find("digits", store.home), counts, 32, 16, 42), space)
    assert [len(space[f"x_{name}"]) for name in counts] == list(counts.values())
    exec(keras_code(config, 10).replace('weights="imagenet"', "weights=None"), space)
    expected = count_trainable(143, config.head, 10)
    assert len(space["model"].trainable_variables) == expected.variables
    assert sum(int(np.prod(v.shape)) for v in space["model"].trainable_variables) == expected.parameters
    moved = {
        index >= 143: bool(np.any(layer.moving_mean) or np.any(np.asarray(layer.moving_variance) != 1))
        for index, layer in enumerate(space["base"].layers)
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert moved == {False: False, True: mode == "batch"}  # frozen ones never; thawed ones in batch mode only


@pytest.mark.parametrize(
    ("layout", "counts"),
    [
        ((), {"train": 30, "validation": 12, "test": 6}),
        (("train", "validation"), {"train": 20, "validation": 16, "test": 8}),
        (("train", "test"), {"train": 12, "validation": 6, "test": 24}),
        (("train", "validation", "test"), {"train": 24, "validation": 24, "test": 10}),
    ],
)
@pytest.mark.tensorflow
def test_the_code_of_the_data_divides_a_folder_into_disjoint_stratified_splits(
    tmp_path, store, monkeypatch, layout, counts
):
    for split in layout or ("",):
        for number, name in enumerate(("cat", "dog")):
            folder = tmp_path / "photos" / split / name
            folder.mkdir(parents=True)
            for i in range(12 if layout else 24):
                colour = (100 * number, 10 * i, 80 * len(split) % 256)
                Image.new("RGB", (40, 30), colour).save(folder / f"{i}.png")
    dataset = datasets.find(str(tmp_path / "photos"), store.home)
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(data_code(dataset, counts, 32, 8, 42), space)
    seen = set()
    for name, count in counts.items():
        pixels, labels = space[f"x_{name}"], space[f"y_{name}"]
        assert pixels.shape == (count, 32, 32, 3)
        assert sum(labels == 0) == sum(labels == 1) == count / 2
        colours = {tuple(image[0, 0]) for image in pixels}
        assert not seen & colours
        seen |= colours
    assert len(seen) == sum(counts.values())


@pytest.mark.tensorflow
@pytest.mark.soak
def test_the_code_from_scratch_trains_a_network_in_which_every_layer_learns(untraced):
    import keras
    import numpy as np
    import tensorflow as tf

    config = small(from_scratch(), **{"feature_extraction.epochs": 0, "fine_tuning.unfreeze_from": 0})
    text = keras_code(config, 3)
    pixels = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype(np.float32)
    batch = tf.data.Dataset.from_tensors((pixels, np.arange(8) % 3))
    space = {"train": batch, "validation": batch}
    exec(text[: text.index("model.fit")], space)
    variables = space["model"].trainable_variables
    before = [variable.numpy() for variable in variables]
    exec(text[text.index("model.fit") :], space)
    assert len(variables) == 158
    assert all(np.any(old != new.numpy()) for old, new in zip(before, variables, strict=True))
    norms = [layer for layer in space["base"].layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9}
