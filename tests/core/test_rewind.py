"""Blocks put back: bit for bit what a cut network computes, and the block that mattered is found."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from core import layers
from core.__main__ import main
from core.codegen.mattered import dial_code, rewind_code, similarity_code
from core.config import with_setting
from core.errors import ConfigError, StoreError
from core.explain import rewind, tails
from core.explain.before_after import Both
from core.explain.studies import Study, predicted_seconds
from core.presets import digits_quick, from_scratch
from tests.core.planted import BLOCK, layers_of, only_block_trained

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def planted(tmp_path_factory, tensorflow_configured):
    return only_block_trained(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def found(planted) -> dict:
    """(record, arrays) of the orders that each test looks at."""
    return {order: planted.study("rewind", run=planted.run, order=order, what="both")
            for order in rewind.ORDERS}  # fmt: skip


@pytest.fixture(scope="module")
def plain(planted):
    """The run in plain Keras: pretrained backbone, fine-tuned backbone and head."""
    from core.explain import trained
    from core.explain.studies import Context
    from core.log import Log
    from core.method import backbone

    config = planted.config
    context = Context("", config, {}, planted.dataset, planted.store, Log(planted.store, planted.run))
    base, head, _ = trained.rebuild(context.store, planted.run)
    return SimpleNamespace(
        context=context, before=backbone.build(64, config.base, 0), after=base, head=head,
        rows=tails.inputs(context, 116, planted.splits.validation),
    )  # fmt: skip


def in_batches(model, rows) -> np.ndarray:
    import tensorflow as tf

    traced = tf.function(lambda values: model(values, training=False), jit_compile=False, autograph=False)
    return np.concatenate([traced(rows[at : at + 64]).numpy() for at in range(0, len(rows), 64)])


def test_the_one_block_that_was_trained_is_the_one_that_matters(found):
    record, arrays = found["alone"]
    by_name = {row["block"]: row for row in record["blocks"]}
    assert list(by_name) == ["block 13", BLOCK, "block 15", "block 16", "Conv_1"]
    planted = by_name.pop(BLOCK)
    assert planted["change"] > 0
    assert planted["p_value"] < 0.05
    assert planted["interval"][0] > 0
    assert rewind.most_lost(record["blocks"]) == [planted]
    for name, row in by_name.items():
        assert (row["lost"], row["interval"], row["change"]) == (0.0, [0.0, 0.0], 0.0), name
    for place in (0, 2, 3, 4):
        assert np.array_equal(arrays["right"][place], arrays["tuned"])


def test_an_untouched_network_gives_the_stored_predictions_bit_for_bit(found, planted):
    record, arrays = found["alone"]
    assert record["same_bits"]
    stored = planted.store.arrays(planted.run)["fine_tuning/validation"]
    assert record["accuracy"] == (stored.argmax(axis=1) == planted.splits.labels[arrays["positions"]]).mean()


@pytest.mark.parametrize("order", rewind.ORDERS)
def test_every_block_put_back_at_once_is_the_pretrained_tail_bit_for_bit(order, found, plain):
    from core.method import backbone

    pooled = in_batches(backbone.tail(plain.before, 116), plain.rows)
    expected = np.concatenate(
        [plain.head(pooled[at : at + 64], training=False).numpy() for at in range(0, len(pooled), 64)]
    )
    assert np.array_equal(found[order][1]["all_blocks"], expected)


def test_with_the_frozen_head_too_it_is_the_frozen_network(found, planted):
    record, arrays = found["alone"]
    stored = planted.store.arrays(planted.run)["feature_extraction/validation"]
    assert np.abs(arrays["everything"] - stored).max() <= 1e-5
    assert record["everything"]["same_classes"]
    assert np.array_equal(arrays["everything"].argmax(axis=1), stored.argmax(axis=1))


def test_one_block_put_back_is_what_plain_keras_says(found, planted, plain):
    from core.method import backbone

    kept = {index: plain.after.layers[index].get_weights() for index in layers_of(BLOCK)}
    for index in layers_of(BLOCK):
        plain.after.layers[index].set_weights(plain.before.layers[index].get_weights())
    pooled = in_batches(backbone.tail(plain.after, 116), plain.rows)
    for index, weights in kept.items():
        plain.after.layers[index].set_weights(weights)
    labels = planted.splits.labels[planted.splits.validation]
    right = plain.head(pooled, training=False).numpy().argmax(axis=1) == labels
    record, arrays = found["alone"]
    assert np.array_equal(arrays["right"][1], right)
    assert record["blocks"][1]["accuracy"] == right.mean()


def test_from_either_end_on_the_planted_block_is_where_the_loss_begins(found):
    from_top = {row["block"]: row for row in found["top"][0]["blocks"]}
    from_bottom = {row["block"]: row for row in found["bottom"][0]["blocks"]}
    assert from_top["block 15"]["lost"] == from_bottom["block 13"]["lost"] == 0.0
    alone = next(row for row in found["alone"][0]["blocks"] if row["block"] == BLOCK)
    for rows in (from_top, from_bottom):
        assert rows[BLOCK]["lost"] == alone["lost"]
    assert found["top"][0]["everything"] == found["bottom"][0]["everything"]


def test_statistics_that_never_moved_are_refused_and_so_are_unknown_words(planted):
    with pytest.raises(ConfigError, match="nothing to put back"):
        planted.study("rewind", run=planted.run, order="alone", what="statistics")
    with pytest.raises(ConfigError, match="sideways.*alone, top, bottom"):
        planted.study("rewind", run=planted.run, order="sideways", what="both")
    with pytest.raises(StoreError):
        planted.study("rewind", run="run-v1-0123456789abcdef", order="alone", what="both")


def test_a_run_from_scratch_and_one_of_the_head_alone_are_refused_in_words(planted):
    result = planted.store.load(planted.run)
    with pytest.raises(ConfigError, match="random weights"):
        tails.require_thawed(from_scratch(), result)
    with pytest.raises(ConfigError, match="head alone"):
        tails.require_thawed(digits_quick().first_phase_only(), result)


def test_weights_alone_go_back_without_the_statistics():
    table = layers.layer_table()
    before = [[np.zeros(2)] * (4 if one.kind == "BatchNormalization" else 1) for one in table]
    after = [[array + 1 for array in arrays] for arrays in before]
    both = Both(before, after, None, [])
    for what, expected in (("weights", [0, 0, 1, 1]), ("statistics", [1, 1, 0, 0]), ("both", [0, 0, 0, 0])):
        index = next(one.index for one in table if one.kind == "BatchNormalization")
        assert [array[0] for array in rewind._rewound(both, what)[index]] == expected


def test_it_costs_more_the_deeper_it_thawed_and_nothing_once_stored(planted, found):
    def seconds(stop: int, **options) -> float:
        config = with_setting(digits_quick(), "fine_tuning.unfreeze_from", stop)
        return predicted_seconds(Study("rewind", config, options), planted.store, planted.dataset)

    assert seconds(151) < seconds(116) < seconds(54)
    asked = Study("rewind", planted.config, {"run": planted.run, "order": "alone", "what": "both"})
    assert predicted_seconds(asked, planted.store, planted.dataset) == 0.0


def test_the_terminal_prints_one_object_with_the_blocks(planted, found, monkeypatch, capfd):
    monkeypatch.setenv("THAW_HOME", str(planted.store.home))
    assert main(["study", "rewind", planted.run, "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert (printed["kind"], printed["run_key"]) == ("rewind", planted.run)
    assert {"block", "accuracy", "lost", "interval", "change"} <= printed["record"]["blocks"][0].keys()
    assert printed["record"] == json.loads(json.dumps(found["alone"][0]))
    assert main(["study", "rewind", "run-v1-0123456789abcdef", "--json"]) == 2
    assert "run" in capfd.readouterr().err


# The code on the page


@pytest.fixture
def run(planted, monkeypatch):
    """Runs code beside the run's own `model.keras`, with the pretrained weights that it would download."""
    import keras

    from core.method import backbone

    real = keras.applications.MobileNetV2
    official = backbone.build(64, planted.config.base, 0)  # weights fit pictures of any size

    def mobilenet(input_shape, include_top, weights):
        if weights == "imagenet":
            return official
        return real(input_shape=input_shape, include_top=include_top, weights=weights)

    def run_it(code: str) -> dict:
        monkeypatch.chdir(planted.store.path(planted.run))
        names: dict = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keras.applications, "MobileNetV2", mobilenet)
            exec(code, names)
        return names

    return run_it


def test_the_code_on_the_page_loses_by_each_block_what_the_page_says(planted, found, run):
    record, _ = found["alone"]
    where = planted.splits.validation
    names = run(rewind_code(64, 116, 10))
    lost = names["rewind"](planted.splits.pixels[where], planted.splits.labels[where])
    assert list(lost) == [row["block"] for row in record["blocks"]]
    said = [row["lost"] for row in record["blocks"]]
    assert list(lost.values()) == pytest.approx(said, abs=1.5 / len(where))  # one image may lie on the edge


def test_the_code_of_the_dial_is_the_fine_tuned_network_at_1_and_all_blocks_back_at_0(planted, found, run):
    import keras

    names = run(dial_code(64))
    model = names["model"]
    base = model.get_layer("mobilenetv2")
    names["tuned"] = keras.models.clone_model(base)
    names["tuned"].set_weights(base.get_weights())
    images = planted.splits.pixels[planted.splits.validation]
    names["dial"](0.0)
    np.testing.assert_allclose(model.predict(images, verbose=0), found["alone"][1]["all_blocks"], atol=1e-4)
    names["dial"](1.0)
    stored = planted.store.arrays(planted.run)["fine_tuning/validation"]
    np.testing.assert_allclose(model.predict(images, verbose=0), stored, atol=1e-4)


def test_the_code_of_similarity_draws_the_pages_map(planted, run):
    _, arrays = planted.study("cka", run=planted.run)
    names = run(similarity_code(64, planted.config.base.scaling))
    images, base = planted.splits.pixels[arrays["positions"]], names["model"].get_layer("mobilenetv2")
    seen = names["seen_by"](names["pretrained"], images), names["seen_by"](base, images)
    np.testing.assert_allclose(names["similarity"](*seen), arrays["map"], atol=1e-3)
