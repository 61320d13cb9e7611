"""The store: what it keeps, what it refuses, and what a kill or a foreign file does to it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core import run_log
from core.config import ExperimentConfig, with_setting
from core.data import datasets
from core.errors import StoreError
from core.files import read_json, write_json
from core.presets import first_visit
from core.results import run_from_plain, to_plain
from core.running import receipt
from core.running.identity import identify
from core.running.state import read_state
from core.store import Store, finished
from tests import fakes
from tests.photos import build
from tests.records import KEY, a_result


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def keep(store, key=KEY):
    store.create(key, ExperimentConfig())
    arrays = {"labels/validation": np.arange(3)}
    store.save(a_result(key), arrays, {"seed": 42})


def test_a_result_comes_back_as_it_was(store):
    keep(store)
    assert store.load(KEY) == a_result()
    np.testing.assert_array_equal(store.arrays(KEY)["labels/validation"], np.arange(3))
    assert store.config(KEY) == ExperimentConfig()
    assert store.status(KEY) == "finished"


def test_records_survive_json():
    assert run_from_plain(json.loads(json.dumps(to_plain(a_result())))) == a_result()


def test_a_run_nobody_asked_for_has_no_status(store):
    assert store.status(KEY) is None
    assert store.events(KEY) == []
    with pytest.raises(StoreError):
        store.load(KEY)
    with pytest.raises(StoreError):
        store.config(KEY)


@pytest.mark.parametrize(
    "name", ["../outside", "run-v1-0123456789abcdef/../x", "", "run-v1-XYZ", "/etc/passwd"]
)
def test_what_is_not_a_key_never_becomes_a_path(store, name):
    with pytest.raises(StoreError):
        store.path(name)


def test_a_run_cut_off_while_saving_is_not_finished(store):
    store.create(KEY, ExperimentConfig())
    store.set_status(KEY, "running")
    (store.path(KEY) / "arrays.npz").write_bytes(b"PK half")
    assert store.status(KEY) == "running"
    assert not store.finished(KEY)


def test_a_log_line_cut_short_is_left_out_and_the_rest_is_read(store):
    store.create(KEY, ExperimentConfig())
    store.set_status(KEY, "running")
    with open(store.path(KEY) / "events.jsonl", "ab") as log:
        log.write(b'{"event": "epoch", "lo')
    assert [event["event"] for event in store.events(KEY)] == ["status"]


def test_a_log_is_parsed_once_until_it_grows(store, monkeypatch):
    store.create(KEY, ExperimentConfig())
    store.append(KEY, "stage", name="features")
    parsed, parse = [], run_log.parse
    monkeypatch.setattr(run_log, "parse", lambda lines: parsed.append(1) or parse(lines))
    said = [store.events(KEY) for _ in range(3)]
    assert said[0] == said[1] == said[2]
    assert len(parsed) == 1
    said[0].clear()  # the list is the caller's own
    store.append(KEY, "stage", name="epoch")
    assert [event["name"] for event in store.events(KEY)] == ["features", "epoch"]


def test_a_log_is_the_same_object_until_it_grows_and_the_state_made_of_it_is_new_then(store):
    store.create(KEY, ExperimentConfig())
    store.set_status(KEY, "running")
    store.append(KEY, "stage", name="features", done=1, total=9)
    known = store.log(KEY)
    assert store.log(KEY) is known
    assert read_state(store, KEY).done == 1
    store.append(KEY, "stage", name="features", done=2, total=9)
    assert store.log(KEY) is not known
    assert read_state(store, KEY).done == 2


def test_what_was_asked_is_read_anew_once_its_file_has_changed(store):
    store.create(KEY, ExperimentConfig())
    assert store.config(KEY) == ExperimentConfig()
    other = with_setting(ExperimentConfig(), "seed", 7)
    write_json(store.path(KEY) / "config.json", {"config": other.to_dict(), "created": 1.0})
    assert store.config(KEY) == other
    (store.path(KEY) / "config.json").write_bytes(b"[]")
    with pytest.raises(StoreError):
        store.config(KEY)


def test_only_a_finished_run_in_the_list_carries_a_record(store):
    keep(store)
    waiting = "run-v1-1111111111111111"
    store.create(waiting, ExperimentConfig())
    store.set_status(waiting, "queued")
    listed = store.list_runs()
    assert {run.run_key for run in listed} == {KEY, waiting}
    assert [(run.run_key, run.result) for run in finished(listed)] == [(KEY, a_result())]


def test_broken_and_foreign_entries_are_skipped_in_the_list(store):
    keep(store)
    (store.runs / "notes.txt").write_text("hello")
    (store.runs / "run-v1-1111111111111111").mkdir()
    broken = store.runs / "run-v1-2222222222222222"
    broken.mkdir()
    (broken / "metrics.json").write_text("{}")
    (broken / "config.json").write_text("[]")
    assert [run.run_key for run in store.list_runs()] == [KEY]


def test_a_record_of_another_format_is_refused_in_words(store):
    keep(store)
    write_json(store.path(KEY) / "metrics.json", {"format": "other"})
    with pytest.raises(StoreError, match="format"):
        store.load(KEY)


@pytest.mark.parametrize("damage", [b"", b"not a zip", b"PK\x03\x04half"])
def test_broken_arrays_are_an_error_in_words(store, damage):
    keep(store)
    (store.path(KEY) / "arrays.npz").write_bytes(damage)
    with pytest.raises(StoreError):
        store.arrays(KEY)


def test_arrays_that_hold_pickles_are_not_loaded(store):
    keep(store)
    np.savez(store.path(KEY) / "arrays.npz", evil=np.array([{"a": 1}], dtype=object))
    with pytest.raises(StoreError):
        store.arrays(KEY)


def test_a_deleted_run_is_gone_and_can_be_asked_for_again(store):
    keep(store)
    store.delete(KEY)
    assert store.status(KEY) is None
    keep(store)
    assert store.status(KEY) == "finished"


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="THAW_HOME"):
        Store(tmp_path / "file").create(KEY, ExperimentConfig())


def test_nothing_is_left_aside_when_writing_fails(tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(StoreError):
        write_json(target, {"a": 1})  # a folder cannot be replaced by a file
    assert list(tmp_path.iterdir()) == [target]


def test_broken_json_reads_as_nothing(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": ')
    assert read_json(path) is None
    assert read_json(tmp_path / "missing.json") is None


def test_looks_at_the_test_set_are_counted(store):
    split = "split-v1-0123456789abcdef"
    assert store.test_openings(split) == []
    store.open_test(split, 3)
    store.open_test(split, 5)
    assert [opening["tried"] for opening in store.test_openings(split)] == [3, 5]


def test_a_record_that_was_read_is_read_anew_once_its_file_has_changed(store):
    first = a_result()
    store.create(KEY, ExperimentConfig())
    store.save(first, {}, {})
    assert store.load(KEY) is store.load(KEY)  # pages ask many times a second
    store.save(replace(first, device="another device"), {}, {})
    assert store.load(KEY).device == "another device"
    store.delete(KEY)
    with pytest.raises(StoreError, match="no finished run"):
        store.load(KEY)


@pytest.mark.parametrize("damaged", ["config.json", "metrics.json"])
def test_damaged_settings_or_a_damaged_record_come_back_with_the_place_that_no_receipt_tells(
    store, tmp_path, damaged
):
    place = str(build(tmp_path / "private place" / "My pets", {"cats": 12, "dogs": 12}))
    config = with_setting(first_visit(), "data.name", place)
    dataset = datasets.find(place, store.home)
    key = identify(config, dataset)
    fakes.finish(store, key, config)
    result = replace(store.load(key), dataset=datasets.summarize(dataset, config.data))
    store.save(result, store.arrays(key), receipt.of_run(config, dataset, result, store.arrays(key), {}))
    assert "private place" not in (store.path(key) / "receipt.json").read_text(encoding="utf-8")
    file = store.path(key) / damaged
    file.write_bytes(file.read_bytes()[:-40])
    assert store.finished(key), "it was made again"
    assert store.config(key).data.name == store.load(key).dataset.name == place
