"""The dial ends at the stored networks, bit for bit at 1; pictures change as cited, and 0 is no change."""

import json

import numpy as np
import pytest

from core import layers
from core.__main__ import main
from core.config import with_setting
from core.errors import ConfigError
from core.explain import dial, mixes, tails
from core.explain.before_after import Both, weights_of
from core.method import corruptions
from core.method.evaluation import right
from core.presets import digits_quick
from tests.core.planted import TINY
from tests.core.tiny_run import TinyRun


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, tensorflow_configured):
    settings = TINY | {"fine_tuning.epochs": 2, "fine_tuning.learning_rate": 3e-4, "batch_norm": "batch"}
    return TinyRun(tmp_path_factory.mktemp("dialled"), settings)


@pytest.fixture(scope="module")
def found(tuned):
    return tuned.study("dial", run=tuned.run, statistics="mixed")


@pytest.fixture(scope="module")
def estimated(tuned):
    return tuned.study("dial", run=tuned.run, statistics="estimated")


def test_a_mix_is_one_network_at_0_and_the_other_at_1_to_the_last_bit():
    random = np.random.default_rng(0)
    before, after = (
        [random.normal(size=(50,)).astype(np.float32) * 10.0 ** random.integers(-6, 6, 50)] for _ in range(2)
    )
    before, after = ([one.astype(np.float32) for one in each] for each in (before, after))
    assert np.array_equal(mixes.mix(before, after, 0.0)[0], before[0])
    assert np.array_equal(mixes.mix(before, after, 1.0)[0], after[0])
    half = mixes.mix(before, after, 0.5)[0]
    assert half.dtype == np.float32
    assert half == pytest.approx((before[0] + after[0]) / 2, rel=1e-6)


def test_no_variance_falls_below_0_beyond_the_fine_tuned_network():
    table = layers.layer_table()
    counts = [4 if one.kind == "BatchNormalization" else one.trainable_variables for one in table]
    before = [[np.full(2, 4.0, np.float32)] * count for count in counts]
    after = [[array / 100 for array in arrays] for arrays in before]
    both = Both(before, after, None, [])
    index = next(one.index for one in table[116:] if one.kind == "BatchNormalization")
    beyond = mixes.mixed_layers(both, 116, 1.2)[index]
    assert beyond[2][0] < 0
    assert beyond[3][0] == 0
    assert mixes.mixed_layers(both, 154, 1.2) == after


@pytest.mark.tensorflow
def test_at_1_it_gives_the_stored_predictions_bit_for_bit_and_at_0_the_frozen_ones(found, tuned):
    record, arrays = found
    stored = tuned.store.arrays(tuned.run)
    assert record["at_1"] == {"largest": 0.0, "same_bits": True, "same_classes": True}
    assert np.array_equal(arrays["clean"][mixes.MIXES.index(1.0)], stored["fine_tuning/validation"])
    assert np.abs(arrays["clean"][0] - stored["feature_extraction/validation"]).max() <= 1e-5
    assert record["at_0"]["same_classes"]


@pytest.mark.tensorflow
def test_half_way_it_is_the_network_of_the_mean_weights_in_plain_keras(found, tuned):
    from core.explain import trained
    from core.explain.studies import Context
    from core.log import Log
    from core.method import backbone, phase, training

    config = tuned.config
    context = Context("", config, {}, tuned.dataset, tuned.store, Log(tuned.store, tuned.run))
    after, head, _ = trained.rebuild(context.store, tuned.run)
    before = backbone.build(64, config.base, 0)
    old_head = training.build_head(config.head, 10, config.seed)
    phase.restore_head(old_head, tuned.store.arrays(tuned.run), "feature_extraction")
    for old, new in ((before, after), (old_head, head)):
        pairs = zip(old.get_weights(), new.get_weights(), strict=True)
        new.set_weights([(a + b) / 2 for a, b in pairs])
    whole = phase.whole_model(after, head, 64, config.base.scaling)
    pixels = tuned.splits.pixels[tuned.splits.validation].astype(np.float32)
    record, arrays = found
    half = arrays["clean"][mixes.MIXES.index(0.5)]
    assert np.abs(whole(pixels, training=False).numpy() - half).max() < 1e-4
    row = record["mixes"][mixes.MIXES.index(0.5)]
    assert row["clean"]["accuracy"] == right(half, arrays["labels"]).mean()


@pytest.mark.tensorflow
def test_estimated_statistics_are_those_of_the_batches_that_plain_keras_sees(tuned, estimated, found):
    import keras

    from core.explain.estimating import Estimating
    from core.explain.studies import Context
    from core.log import Log

    config = tuned.config
    context = Context("", config, {}, tuned.dataset, tuned.store, Log(tuned.store, tuned.run))
    both = weights_of(tuned.store, tuned.run, tuned.store.load(tuned.run).last)
    rows = tails.inputs(context, 116, tuned.splits.train[:64])
    made = Estimating(context, 116, 116, rows, 64).statistics(both.after)
    index = next(i for i in range(116, 154) if layers.layer_table()[i].kind == "BatchNormalization")
    kernel = both.after[index - 1][0]  # the convolution below it, on the stored features
    seen = keras.ops.convert_to_numpy(keras.ops.conv(np.asarray(rows[:]), kernel, padding="same"))
    assert made[index][2] == pytest.approx(seen.mean(axis=(0, 1, 2)), abs=1e-4)
    assert made[index][3] == pytest.approx(seen.var(axis=(0, 1, 2)), rel=1e-3, abs=1e-5)
    assert made[115] is both.after[115]
    kept = mixes.with_statistics(both.after, estimated[1], mixes.MIXES.index(1.0))
    assert np.array_equal(kept[index][0], both.after[index][0])
    assert kept[index][3] != pytest.approx(both.after[index][3])
    mixed, other = found[1]["clean"], estimated[1]["clean"]
    assert not np.array_equal(mixed, other)
    assert (right(other[-3], found[1]["labels"])).mean() > 0.3


@pytest.mark.tensorflow
def test_a_mix_that_beats_both_ends_is_told_only_by_its_paired_numbers(found):
    record, arrays = found
    for row in record["mixes"]:
        assert (row["p_value"] is None) == (not 0 < row["mix"] < 1)
    labels = np.zeros(200, int)
    said = np.tile(np.where(np.arange(200) < 100, 0.1, 0.9)[:, None], (1, 13)).T.copy()
    said[4, :140] = 0.1  # forty more right than either end
    rows = dial._rows({"clean": said, "shifted": said}, labels)
    assert [row["mix"] for row in rows if row["beats_both"]] == [0.4]
    said[12] = said[4]
    said[mixes.MIXES.index(1.0)] = said[4]  # the end is as good
    assert not any(row["beats_both"] for row in dial._rows({"clean": said, "shifted": said}, labels))


@pytest.mark.tensorflow
def test_what_has_no_frozen_phase_and_what_is_no_choice_is_refused(tuned):
    with pytest.raises(ConfigError, match="guessed.*mixed, estimated"):
        tuned.study("dial", run=tuned.run, statistics="guessed")
    result = tuned.store.load(tuned.run)
    alone = with_setting(digits_quick(), "feature_extraction.epochs", 0)
    with pytest.raises(ConfigError, match="no frozen phase"):
        dial.require_frozen_phase(alone, type(result)(**{**vars(result), "phases": result.phases[1:]}))


@pytest.mark.tensorflow
def test_the_terminal_gives_the_mixes(tuned, found, monkeypatch, capfd):
    monkeypatch.setenv("THAW_HOME", str(tuned.store.home))
    assert main(["study", "dial", tuned.run, "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert (printed["kind"], printed["record"]) == ("dial", json.loads(json.dumps(found[0])))


# Changed pictures


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), np.uint8)


@pytest.mark.parametrize("kind", corruptions.CORRUPTIONS)
def test_strength_0_is_the_very_picture_and_more_changes_more(kind, pixels):
    import cv2

    smooth = np.stack([cv2.GaussianBlur(image, (0, 0), 1) for image in pixels])
    ids = np.arange(6, dtype=np.uint64)
    assert np.array_equal(corruptions.corrupt(smooth, kind, 0, ids), smooth)
    far = [
        np.abs(corruptions.corrupt(smooth, kind, strength, ids).astype(float) - smooth).mean()
        for strength in corruptions.STRENGTHS
    ]
    assert 0 < far[0] < far[1] < far[2]


@pytest.mark.parametrize("kind", corruptions.CORRUPTIONS)
def test_a_picture_changes_alike_whatever_stands_beside_it(kind, pixels):
    ids = np.arange(6, dtype=np.uint64)
    all_of_them = corruptions.corrupt(pixels, kind, 2, ids)
    assert np.array_equal(corruptions.corrupt(pixels[3:4], kind, 2, ids[3:4])[0], all_of_them[3])
    assert all_of_them.dtype == np.uint8
    assert all_of_them.shape == pixels.shape


def test_the_formulas_are_those_cited(pixels):
    ids = np.zeros(1, np.uint64)
    grey = np.full((1, 224, 224, 3), 100, np.uint8)
    assert (np.abs(corruptions.corrupt(grey, "light", 2, ids) - (100 + 0.3 * 255)) <= 0.5).all()
    noise = corruptions.corrupt(grey, "noise", 1, ids).astype(float) / 255
    assert noise.std() == pytest.approx(0.08, rel=0.02)
    point = np.zeros((1, 225, 225, 3), np.uint8)
    point[0, 112, 112] = 255
    wide = corruptions.corrupt(point, "blur", 1, ids)[0, 112, :, 0].astype(float)
    assert wide[112] == pytest.approx(255 / (2 * np.pi * (2 * 225 / 224) ** 2), abs=1.0)
    whole = np.arange(100, dtype=np.uint8)[None, :, None, None] * np.ones((1, 1, 100, 3), np.uint8)
    half = corruptions.corrupt(whole, "crop", 3, ids)[0, :, 50, 0]
    assert (half[0], half[-1]) == (25, 74)
