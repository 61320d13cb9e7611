"""A receipt says how to get the same numbers again; a rerun of it gives them; a false one is caught."""

import dataclasses
import json
from dataclasses import replace

import numpy as np
import pytest

from core import __version__
from core.__main__ import main
from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    from_dict,
)
from core.data import datasets
from core.errors import ReceiptError
from core.running import receipt, verification
from core.running.identity import ask
from core.running.verification import DIFFERS, EQUAL, NOT_COMPARED, WITHIN
from core.store import Store
from tests.photos import build
from tests.records import a_result

ENVIRONMENT = {"device": "CPU, 2 threads", "cores": 2, "python": "3.12.1", "ai-edge-litert": None}
SMALL = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=60, shares=(0.5, 0.25, 0.25)),
    feature_extraction=FeatureExtractionConfig(epochs=1, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=151),
)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return datasets.find("digits", tmp_path_factory.mktemp("digits"))


@pytest.fixture
def plain(digits):
    """A receipt of a canned result, as written."""
    arrays = {"feature_extraction/head/0": np.ones((3, 1), np.float32), "labels/test": np.zeros(3)}
    return json.loads(json.dumps(receipt.of_run(SMALL, digits, a_result(), arrays, ENVIRONMENT)))


def written(tmp_path, content) -> str:
    path = tmp_path / "receipt.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_what_was_written_is_read_back(tmp_path, plain):
    found = receipt.read(written(tmp_path, plain))
    assert (found.format, found.config, found.plain) == (receipt.FORMAT, SMALL, False)
    assert found.environment == ENVIRONMENT
    assert found.result == a_result()
    assert set(found.images) == {"train", "validation", "test"}
    assert set(found.learned_weights) == {"feature_extraction"}


def test_levels_of_the_images_are_read_back_and_a_receipt_from_before_them_has_none(tmp_path, plain):
    plain["result"]["dataset"]["levels"] = [7300, 8200]
    assert receipt.read(written(tmp_path, plain)).result.dataset.levels == (7300, 8200)
    del plain["result"]["dataset"]["levels"]
    assert receipt.read(written(tmp_path, plain)).result == a_result()


def test_its_hashes_change_with_an_image_an_order_and_a_single_bit_of_a_learned_weight(plain, digits):
    other = replace(SMALL, data=replace(SMALL.data, split_seed=1))
    arrays = {"feature_extraction/head/0": np.ones((3, 1), np.float32)}
    again = receipt.of_run(other, digits, a_result(), arrays, ENVIRONMENT)
    assert all(again["images"][name] != plain["images"][name] for name in plain["images"])
    assert again["learned_weights"] == plain["learned_weights"]
    arrays["feature_extraction/head/0"][1] = np.nextafter(np.float32(1), np.float32(2))
    changed = receipt.of_run(SMALL, digits, a_result(), arrays, ENVIRONMENT)
    assert changed["learned_weights"] != plain["learned_weights"]


# What is no receipt


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        ("[" * 100_000, "deeply"),
        ('{"format": "thaw-receipt-v1", "format": "thaw-receipt-v1"}', "twice"),
        ('{"format": NaN}', "NaN"),
        ("[]", "format is 'list'"),
        ({}, "format is 'none'"),
        ({"format": "thaw-receipt-v9"}, "thaw-receipt-v1"),
        ({"format": receipt.FORMAT}, "config"),
        ("1" * 5000, "JSON"),
        (b" " * (receipt.MOST_BYTES + 1), "too large"),
    ],
)
def test_a_foreign_file_is_refused_in_one_line(tmp_path, content, word):
    with pytest.raises(ReceiptError) as caught:
        receipt.read(written(tmp_path, content))
    assert word in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        (("surprise",), 1, "unknown field surprise"),
        (("result", "\x1b[2Jsurprise"), 1, "unknown field result.?[2Jsurprise"),
        (("config", "head", "hidden"), "x", "hidden"),
        (("config", "data", "shares"), 5, "data.shares"),
        (("config", "data", "name"), "a\x1b[2J", "config.data.name"),
        (("config", "seed"), None, "seed"),
        (("plain",), 1, "true or false"),
        (("environment", "cores"), [2], "environment.cores"),
        (("environment", "x" * 100), 2, "environment"),
        (("images",), [], "images"),
        (("result", "phases", 0, "epochs", 1, "loss"), "low", "result.phases[0].epochs[1].loss"),
        (("result", "phases", 0, "epochs", 1, "loss"), True, "result.phases[0].epochs[1].loss"),
        (("result", "phases", 0, "epochs", 1, "loss"), 10**400, "result.phases[0].epochs[1].loss"),
        (("result", "phases", 0, "test", "interval"), [0.1], "2 values"),
        (("result", "phases", 0, "test", "confusion", 0), 3, "confusion[0]"),
        (("result", "dataset", "counts", "train"), 1.5, "whole number"),
        (("result", "dataset", "levels"), 7, "result.dataset.levels"),
        (("result", "dataset", "levels"), [7], "2 values"),
        (("result", "dataset", "levels"), [7, 8.5], "result.dataset.levels[1]"),
    ],
)
def test_a_wrong_field_is_refused_by_name(tmp_path, plain, place, value, word):
    *way, last = place
    inside = plain
    for step in way:
        inside = inside[step]
    inside[last] = value
    with pytest.raises(ReceiptError) as caught:
        receipt.read(written(tmp_path, plain))
    assert word in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["result", "images", "environment", "learned_weights", "config"])
def test_a_missing_field_is_refused_by_name(tmp_path, plain, name):
    del plain[name]
    with pytest.raises(ReceiptError, match=name if name != "config" else "configuration"):
        receipt.read(written(tmp_path, plain))


def test_the_version_that_wrote_a_receipt_is_told_and_changes_no_comparison(tmp_path, plain):
    now = receipt.read(written(tmp_path, plain))
    then = replace(now, environment={**now.environment, "thaw": "0.0.1"})
    found = verification.compare(then, now)
    assert (found.exact, found.environment, found.holds) == (True, (), True)


def test_a_folder_or_a_missing_file_is_no_receipt(tmp_path):
    for path in (tmp_path, tmp_path / "none.json", tmp_path / ("x" * 5000)):
        with pytest.raises(ReceiptError):
            receipt.read(path)


# A rerun


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tensorflow_configured):
    """The file of a real run's receipt; its first phase is a run of its own beside it."""
    from core.running import experiment

    store = Store(tmp_path_factory.mktemp("home"))
    key = experiment.run(ask(SMALL, store)).run_key
    return store.path(key) / "receipt.json"


def answer(capsys, *arguments) -> tuple[int, dict]:
    code = main(["verify", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.tensorflow
def test_a_rerun_in_an_empty_store_gives_every_number_to_the_bit_and_leaves_nothing(trained, store, capsys):
    code, found = answer(capsys, trained)
    assert (code, found["holds"], found["compared"], found["environment"]) == (0, True, {"exact": True}, [])
    assert {check["outcome"] for check in found["checks"]} == {EQUAL}
    assert {"images", "split", "pretrained weights", "fine-tuning: 1 epoch", "fine-tuning: test"} <= {
        check["name"] for check in found["checks"]
    }
    assert not list(store.home.glob("verify-*"))
    assert store.list_runs() == []


@pytest.mark.tensorflow
def test_an_altered_epoch_is_caught_by_the_rerun(trained, tmp_path, capsys):
    first = next(path for path in trained.parents[1].glob("*/receipt.json") if path != trained)
    plain = json.loads(first.read_text())
    plain["result"]["phases"][0]["epochs"][0]["val_loss"] += 1e-6
    code = main(["verify", str(written(tmp_path, plain))])
    said = capsys.readouterr().out
    assert code == 1
    assert "does not hold" in said
    assert "val_loss of epoch 1" in said


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("section", "field", "value", "name"),
    [
        ("config", "seed", 7, "settings"),
        ("config", "batch_norm", "batch", "settings"),
        ("images", "train", "00", "images"),
    ],
)
def test_altered_settings_or_images_are_caught_before_training(
    trained, tmp_path, capsys, section, field, value, name
):
    plain = json.loads(trained.read_text())
    plain[section][field] = value
    code, found = answer(capsys, written(tmp_path, plain))
    assert (code, found["compared"]) == (1, None)
    assert [check["name"] for check in found["checks"] if check["outcome"] == DIFFERS] == [name]


@pytest.mark.tensorflow
def test_images_that_are_not_here_are_bad_input_and_data_says_where_they_are(trained, tmp_path, capsys):
    plain = json.loads(trained.read_text())
    plain["config"]["data"]["name"] = "/no/such/folder"
    plain["config"]["seed"] = 7  # found out before training, which would take seconds
    path = written(tmp_path, plain)
    assert main(["verify", str(path)]) == 2
    said = capsys.readouterr()
    assert "/no/such/folder does not exist" in said.err
    assert "--data" in said.err
    _, found = answer(capsys, path, "--data", "digits")
    assert found["checks"][0] == {"name": "images", "outcome": EQUAL, "largest": None, "said": ""}


@pytest.mark.tensorflow
def test_in_another_environment_numbers_may_differ_within_the_tolerance_and_no_further(trained):
    now = receipt.read(trained)
    then = replace(now, environment={**now.environment, "keras": "3.0.0"}, learned_weights={})

    def with_loss(by: float) -> receipt.Receipt:
        first, second = then.result.phases
        epoch = replace(second.epochs[0], loss=second.epochs[0].loss + by)
        phases = (first, replace(second, epochs=(epoch,)))
        return replace(then, result=replace(then.result, phases=phases))

    close = verification.compare(with_loss(0.05), now)
    assert (close.exact, close.holds) == (False, True)
    assert [difference.name for difference in close.environment] == ["keras"]
    outcomes = {check.name: check for check in close.checks}
    history = outcomes["fine-tuning: 1 epoch"]
    assert (history.outcome, history.largest) == (WITHIN, pytest.approx(0.05))
    assert outcomes["fine-tuning: learned weights"].outcome == NOT_COMPARED
    assert not verification.compare(with_loss(0.2), now).holds


@pytest.mark.tensorflow
def test_every_altered_number_of_a_result_is_caught(trained):
    """Of each phase: counts, epochs, evaluations, what moved; each changed alone."""
    now = receipt.read(trained)
    first, second = now.result.phases

    def caught(**changed) -> bool:
        result = replace(now.result, phases=(first, replace(second, **changed)))
        return not verification.compare(replace(now, result=result), now).holds

    test = second.test
    assert not caught()
    assert caught(trainable_parameters=1)
    assert caught(epochs=second.epochs * 2)
    assert caught(epochs=())
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert caught(epochs=(replace(second.epochs[0], **{name: 0.123}),))
    assert caught(test=replace(test, correct=test.correct + 1))
    assert caught(test=replace(test, confusion=test.confusion[:1]))
    assert caught(validation=replace(second.validation, n=0))
    moved = [replace(row, trainable=row.trainable + 1e-9) for row in second.weight_change]
    assert caught(weight_change=tuple(moved))
    assert not verification.compare(replace(now, learned_weights={}), now).holds
    only_first = replace(now, result=replace(now.result, phases=(first,)))
    assert not verification.compare(only_first, now).holds


@pytest.mark.tensorflow
def test_how_far_a_layer_moved_may_differ_in_the_last_bits_of_an_older_sum(trained):
    now = receipt.read(trained)
    first, second = now.result.phases

    def changed(by: float) -> verification.Verification:
        moved = tuple(replace(row, trainable=row.trainable * (1 + by)) for row in second.weight_change)
        result = replace(now.result, phases=(first, replace(second, weight_change=moved)))
        return verification.compare(replace(now, result=result), now)

    assert {check.outcome for check in changed(1e-14).checks} == {EQUAL, WITHIN}
    assert not changed(1e-11).holds


@pytest.mark.tensorflow
def test_a_receipt_names_settings_versions_threads_split_and_weights(trained):
    found = receipt.read(trained)
    assert from_dict(json.loads(trained.read_text())["config"]) == SMALL
    assert found.environment["thaw"] == __version__
    assert {"device", "cores", "intra_op_threads", "python", "tensorflow", "keras"} <= set(found.environment)
    assert found.environment["inter_op_threads"] == 1
    assert len(found.result.weights.sha256) == 64
    assert found.result.dataset.split_key.startswith("split-v1-")
    assert [len(phase.epochs) for phase in found.result.phases] == [1, 1]
    assert {f.name for f in dataclasses.fields(found)} == set(json.loads(trained.read_text()))


# Where the images lie is nobody else's business


def test_a_folder_goes_by_its_title_and_its_content(tmp_path):
    folder = build(tmp_path / "private place" / "My pets", {"cats": 12, "dogs": 12})
    dataset = datasets.find(str(folder), tmp_path / "home")
    config = replace(SMALL, data=DataConfig(name=str(folder), image_size=32))
    result = replace(a_result(), dataset=datasets.summarize(dataset, config.data))
    text = json.dumps(receipt.of_run(config, dataset, result, {}, ENVIRONMENT))
    assert "private place" not in text
    assert '"My pets"' in text


@pytest.mark.parametrize("place", ["/private place/pets", "C:\\private place\\pets", "private place/pets/"])
def test_a_receipt_of_an_older_version_is_given_away_without_the_place(tmp_path, plain, place):
    plain["config"]["data"]["name"] = plain["result"]["dataset"]["name"] = place
    path = written(tmp_path, plain)
    public = receipt.public(path)
    assert b"private" not in public
    assert receipt.read(written(tmp_path, public)).config.data.name == "pets"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"config": 3}'])
def test_what_is_no_receipt_is_given_as_it_is(tmp_path, content):
    assert receipt.public(written(tmp_path, content)) == content
