"""What goes with a network when it leaves: its temperature, and the threshold of a class not to be missed."""

import json
import re

import numpy as np
import pytest

from core.__main__ import main
from core.alarm import Alarm
from core.codegen import script
from core.compare import threshold
from core.compare.decision import alarm_for, decision_of
from core.data import datasets
from core.errors import ConfigError, ReceiptError
from core.presets import digits_quick
from core.running import receipt, verification
from core.running.receipt import Threshold
from core.statistics.temperature import fit_temperature
from core.store import Store
from tests import fakes

RUN = "run-v1-aaaaaaaaaaaaaaaa"


@pytest.fixture
def result(store):
    return fakes.finish(store, RUN, digits_quick())


def test_it_is_of_the_stored_validation_predictions_of_the_phase_asked_for(store, result):
    store.set_alarm(RUN, Alarm("3", 0.98))
    arrays = store.arrays(RUN)
    for phase in ("feature_extraction", "fine_tuning"):
        found, said = decision_of(store, result, phase), arrays[f"{phase}/validation"]
        labels = arrays["labels/validation"]
        assert found.temperature == fit_temperature(said, labels)
        alarms = threshold.alarms(threshold.scores_of(said, 3), labels == 3, found.threshold)
        assert alarms.recall >= 0.98
    assert decision_of(store, result) == found


def test_a_person_notes_a_class_and_takes_it_back_and_pins_stay(store, result):
    store.pin(RUN)
    assert decision_of(store, result).alarm is None
    store.set_alarm(RUN, Alarm("7", 0.95))
    store.number(RUN, 4)
    again = Store(store.home)
    (run,) = again.list_runs()
    assert (run.pinned, run.number, run.alarm) == (True, 4, Alarm("7", 0.95))
    store.set_alarm(RUN, None)
    assert again.alarm(RUN) is None


@pytest.mark.parametrize(
    "plain", [7, {"class_name": 3, "find": 0.9}, {"class_name": "3", "find": 2}, {"find": 1}]
)
def test_what_is_no_alarm_in_a_file_is_passed_over(store, result, plain):
    path = store.path(RUN) / "kept.json"
    path.write_text(json.dumps({"pinned": True, "alarm": plain}))
    assert (store.alarm(RUN), store.list_runs()[0].pinned) == (None, True)


def test_a_class_that_is_not_there_and_a_share_that_is_none_are_refused():
    with pytest.raises(ConfigError, match="no class 'cat'"):
        alarm_for("cat", 0.9, ("dog", "fox"))
    for find in (0.0, 1.5, -1.0):
        with pytest.raises(ConfigError, match="above 0 and at most 1"):
            alarm_for("dog", find, ("dog", "fox"))


def test_the_terminal_notes_it_and_tells_what_it_costs_on_both_splits(store, result, monkeypatch, capsys):
    monkeypatch.setenv("THAW_HOME", str(store.home))
    assert main(["alarm", RUN, "--class", "3", "--find", "95%", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["alarm"] == {"class_name": "3", "find": 0.95}
    assert told["validation"]["found"] >= 0.95 * (told["validation"]["found"] + told["validation"]["missed"])
    assert told["threshold"] == told["test"]["threshold"]
    assert main(["alarm", RUN]) == 0
    assert re.search(r"3: alarm from .*% on", capsys.readouterr().out)
    assert main(["alarm", RUN, "--off", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alarm"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([RUN, "--class", "cat"], "There is no class 'cat'"),
        ([RUN, "--class", "3", "--find", "0"], "above 0"),
        ([RUN, "--class", "3", "--find", "most"], "share"),
        (["run-v1-0000000000000000", "--class", "3"], "There is no finished run"),
    ],
)
def test_bad_input_in_the_terminal_is_refused_in_words(store, result, monkeypatch, capsys, arguments, words):
    monkeypatch.setenv("THAW_HOME", str(store.home))
    assert main(["alarm", *arguments]) == 2
    assert words in capsys.readouterr().err


# In the receipt


def with_receipt(store, result):
    dataset = datasets.find("digits", store.home)
    environment = {"device": "CPU", "cores": 2}
    plain = receipt.of_run(digits_quick(), dataset, result, store.arrays(RUN), environment)
    path = store.path(RUN) / "receipt.json"
    path.write_text(json.dumps(plain))
    return path


def test_a_receipt_holds_each_phases_temperature_and_for_others_the_class_not_to_be_missed(
    store, result, tmp_path
):
    path = with_receipt(store, result)
    then = receipt.read(path)
    arrays = store.arrays(RUN)
    fitted = fit_temperature(arrays["fine_tuning/validation"], arrays["labels/validation"])
    assert then.temperatures["fine_tuning"] == fitted.value
    assert then.alarms == ()
    shared = tmp_path / "shared.json"
    shared.write_bytes(receipt.public(path, Threshold("3", 0.98, 0.25)))
    assert receipt.read(shared).alarms == (Threshold("3", 0.98, 0.25),)
    assert receipt.public(path) == path.read_bytes()


def test_another_temperature_or_threshold_than_its_predictions_is_found(store, result):
    from dataclasses import replace

    now = receipt.read(with_receipt(store, result))
    now = replace(now, alarms=(Threshold("3", 0.98, 0.25),))
    assert verification.compare(now, now).holds
    for then in (
        replace(now, temperatures={**now.temperatures, "fine_tuning": 9.0}),
        replace(now, alarms=(Threshold("3", 0.98, 0.2),)),
    ):
        found = verification.compare(then, now)
        assert [check.outcome for check in found.checks].count(verification.DIFFERS) == 1


def test_a_receipt_of_an_older_version_has_neither_and_is_read(store, result):
    path = with_receipt(store, result)
    plain = json.loads(path.read_text())
    del plain["temperatures"]
    path.write_text(json.dumps(plain))
    then = receipt.read(path)
    assert (then.temperatures, then.alarms) == ({}, ())
    assert verification.compare(then, then).holds


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("temperatures", {"fine_tuning": "warm"}, "temperatures.fine_tuning"),
        ("alarms", [{"class_name": "3", "find": 0.9}], "alarms[0].threshold"),
        ("alarms", [{"class_name": 3, "find": 0.9, "threshold": 0.1}], "alarms[0].class_name"),
    ],
)
def test_a_foreign_receipts_wrong_fields_are_refused_by_name(store, result, field, value, word):
    path = with_receipt(store, result)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(ReceiptError, match=re.escape(word)):
        receipt.read(path)


# In the script


@pytest.mark.parametrize("classes", [("cats", "dogs"), tuple("0123456789")])
@pytest.mark.parametrize("label", [0, 1])
def test_a_script_fits_the_temperature_and_threshold_that_the_app_does(classes, label):
    from core.codegen import deciding

    random = np.random.default_rng(label)
    logits = 3 * random.normal(size=(300, len(classes)))
    labels = np.where(random.random(300) < 0.6, logits.argmax(axis=1), random.integers(0, len(classes), 300))
    said = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = said.astype(np.float32)[:, 1:2] if len(classes) == 2 else said.astype(np.float32)
    ours = said[:, 0] if len(classes) == 2 else said
    text = deciding.ending(Alarm(classes[label], 0.9), classes)
    space = {"np": np}
    exec(text[: text.index("loss, accuracy =")], space)
    assert space["temperature"](said, labels) == pytest.approx(fit_temperature(ours, labels).value, rel=1e-9)
    wanted = threshold.threshold_for(threshold.scores_of(ours, label), labels == label, 0.9)
    assert space["threshold"](said, labels) == wanted


def test_a_script_without_such_a_class_says_nothing_of_a_threshold(store):
    dataset = datasets.find("digits", store.home)
    assert "threshold" not in script.standalone(digits_quick(), dataset, "x")
    assert "threshold" not in script.standalone(digits_quick(), dataset, "x", Alarm("cat", 0.9))
    assert 'of "3"' not in script.standalone(digits_quick(), dataset, "x", Alarm("3", 0.9))
