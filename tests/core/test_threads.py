"""Small images train on one thread: the same bits on any number of cores, under a key that says so."""

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.__main__ import main
from core.config import (
    DataConfig,
    ExperimentConfig,
    FeatureExtractionConfig,
    FineTuningConfig,
    from_dict,
    with_setting,
)
from core.data import datasets
from core.errors import ThawError
from core.method import device
from core.presets import digits_quick, mnist_32, preset, tf_tutorial, two_layer_head
from core.running import experiment, jobs, receipt, verification, worker
from core.running.identity import ask, identify
from core.running.state import read_state
from core.running.supervisor import Jobs
from core.wording.published import published_as
from tests import damaging, engines, fakes
from tests.records import a_result

ROOT = Path(__file__).resolve().parents[2]
IMAGES = SimpleNamespace(key="images-v1-0123456789abcdef")
A, B = (f"run-v1-{digit * 16}" for digit in "ab")
TINY = ExperimentConfig(
    data=DataConfig("digits", image_size=32, limit=60, shares=(0.5, 0.25, 0.25)),
    feature_extraction=FeatureExtractionConfig(epochs=1, learning_rate=1e-3),
    fine_tuning=FineTuningConfig(epochs=1, optimizer="adam", learning_rate=1e-4, unfreeze_from=151),
)
LARGE = with_setting(TINY, "data.image_size", 128)


def of(config: ExperimentConfig, **values) -> ExperimentConfig:
    """`config` with some settings changed, `section__field` for `section.field`."""
    for name, value in values.items():
        config = with_setting(config, name.replace("__", "."), value)
    return config


# The key


@pytest.mark.parametrize(
    ("config", "counts"),
    [
        (digits_quick(), True),
        (of(digits_quick(), data__image_size=96), True),
        (of(digits_quick(), data__image_size=97), False),
        (of(digits_quick(), fine_tuning__unfreeze_from=153), True),
        (of(digits_quick(), fine_tuning__unfreeze_from=154), False),
        (of(digits_quick(), feature_extraction__epochs=0), True),
        (digits_quick().first_phase_only(), False),
        (digits_quick().control(), False),
        (digits_quick().without_transfer(), True),
        (mnist_32(), True),
        (tf_tutorial(), False),
    ],
)
def test_the_number_of_threads_is_in_the_key_where_small_images_thaw_and_nowhere_else(config, counts):
    old = of(config, threads=None)
    assert config.threads == 1
    assert config.canonical().get("threads") == (1 if counts else None)
    assert (identify(config, IMAGES) != identify(old, IMAGES)) == counts
    assert "threads" not in old.canonical()


@pytest.mark.parametrize(
    "name", ["digits-quick", "from-scratch", "mnist-32", "tf-tutorial", "two-layer-head"]
)
def test_a_config_of_an_older_version_means_all_cores_and_keeps_its_key(name):
    plain = preset(name).to_dict()
    del plain["threads"]
    old = from_dict(plain)
    assert identify(old, IMAGES) == identify(of(preset(name), threads=None), IMAGES)
    assert from_dict(json.loads(json.dumps(old.to_dict()))) == old
    asked_alike = not preset(name).counts_threads
    assert (old == preset(name)) == asked_alike  # else runs of two versions would not know one another


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("first-visit", "run-v1-a79ebbc316b249ef"),
        ("mnist-32", "run-v1-5bed7ecc7fae7984"),
        ("digits-quick", "run-v1-0124ec85e9390de8"),
        ("from-scratch", "run-v1-ae88f4cf8ec46c7f"),
    ],
)
def test_the_runs_of_small_presets_keep_the_keys_that_one_thread_gave_them(name, key):
    assert identify(preset(name), IMAGES) == key


def test_a_run_of_an_older_version_still_repeats_its_publication():
    assert published_as(of(mnist_32(), threads=None)) is not None
    assert published_as(of(mnist_32(), threads=None)) == published_as(mnist_32())


def test_every_head_of_the_first_version_is_what_is_asked_for_today(store):
    old = damaging.unpack(store.home)
    heads = [run for run in old.list_runs() if run.status == "finished"]
    assert len(heads) == 5  # nothing thaws in that store
    for run in heads:
        assert ask(of(run.config, threads=1), old).key == ask(run.config, old).key == run.run_key


def test_a_thawed_run_of_an_older_version_stays_and_a_new_request_is_another_run(store):
    config = of(digits_quick(), threads=None)
    asked, today = ask(config, store), ask(digits_quick(), store)
    fakes.finish(store, asked.key, config)
    path = store.path(asked.key) / "config.json"
    plain = json.loads(path.read_text())
    del plain["config"]["threads"]
    path.write_text(json.dumps(plain))
    (run,) = store.list_runs()
    assert (run.run_key, run.status, run.config) == (asked.key, "finished", config)
    assert ask(run.config, store).key == asked.key
    assert not store.finished(today.key)
    assert (today.first.key, today.control.key) == (asked.first.key, asked.control.key)


# Which process may train what


@pytest.mark.parametrize(
    ("config", "fitting"),
    [
        (digits_quick(), (1,)),
        (of(digits_quick(), threads=None), (None,)),
        (tf_tutorial(), (None,)),
        (digits_quick().first_phase_only(), (1, None)),
        (two_layer_head().first_phase_only(), (None, 1)),
    ],
)
def test_a_process_has_the_threads_of_what_it_trains(config, fitting):
    assert device.fitting(config) == fitting


@pytest.mark.tensorflow
def test_a_process_with_other_threads_refuses_in_words_and_trains_nothing(store):
    asked = ask(of(TINY, threads=None), store)
    with pytest.raises(ThawError, match="trains on all cores, and this process computes on 1 thread"):
        experiment.run(asked)
    assert [run.status for run in store.list_runs()] == ["failed"]


# The worker


@pytest.fixture
def warmed(store, monkeypatch):
    """How many threads each life of the worker was given; a life ends where nothing waits any more."""
    found = []
    monkeypatch.setattr(worker, "_warm_up", lambda store, threads: found.append(threads))
    monkeypatch.setattr(worker, "memory_bytes", lambda: 0 if jobs.waiting(store) else 1e12)
    return found


def doing():
    """Stand-ins for what does a job, and the keys of those done."""
    done = []

    def do(key, store, *asked):
        store.set_status(key, "stopped")
        done.append(key)

    return {"run": do, "study": do}, done


def test_a_worker_leaves_a_run_that_needs_other_threads_to_the_next_one_and_says_why(store, warmed):
    doers, done = doing()
    for key, config in ((A, TINY), (B, LARGE)):
        jobs.enqueue(store, key, config)
    worker.serve(store, doers)
    assert (warmed, done, jobs.waiting(store)) == ([1], [A], [B])
    assert read_state(store, B).notes == (worker.STARTS_ANEW.format("all cores"),)
    worker.serve(store, doers)
    assert (warmed, done, jobs.waiting(store)) == ([1, None], [A, B], [])


def test_neither_a_study_nor_a_head_on_frozen_layers_makes_it_start_anew(store, warmed):
    doers, done = doing()
    wanted = {A: LARGE, B: TINY.first_phase_only(), f"study-v1-{'c' * 16}": TINY}
    for key, config in wanted.items():
        study = {"kind": "probes", "options": {}} if key.startswith("study") else None
        jobs.enqueue(store, key, config, study)
    worker.serve(store, doers)
    assert (warmed, done) == ([None], [*wanted])


def test_what_comes_in_between_is_not_taken_by_a_worker_with_other_threads(store):
    jobs.enqueue(store, A, TINY)
    assert jobs.next_job(store, lambda key: False) is None
    assert (jobs.waiting(store), store.status(A)) == ([A], "queued")
    assert jobs.next_job(store, lambda key: key == A) == A


def wait_for(what, seconds: float = 600.0):
    """The first true answer of `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Nothing within {seconds} s.")


@pytest.mark.soak
@pytest.mark.tensorflow
def test_the_app_trains_small_and_large_images_one_after_the_other_each_with_its_threads(
    store, tmp_path_factory
):
    queue, dataset = Jobs(store), datasets.find("digits", store.home)
    thawed = [of(config, feature_extraction__epochs=0) for config in (TINY, LARGE)]
    keys = {config: identify(config, dataset) for config in thawed}
    with engines.lent(engines.folder(tmp_path_factory), store.home), contextlib.closing(queue):
        for config, key in keys.items():
            queue.submit(key, config)
        wait_for(lambda: all(store.finished(key) for key in keys.values()))
    found = [receipt.read(store.path(key) / "receipt.json") for key in keys.values()]
    assert [one.environment["intra_op_threads"] for one in found] == [1, 0]
    assert queue.trouble == ""


# The same bits


PINNED = "import os, runpy; os.sched_setaffinity(0, [{core}]); runpy.run_module('core', run_name='__main__')"


@pytest.mark.soak
@pytest.mark.tensorflow
@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or device.cores() < 2, reason="Needs two cores, and to choose one."
)
def test_one_core_and_two_give_the_same_history_bit_for_bit_and_verify_asks_for_it(
    tmp_path, tmp_path_factory, capsys
):
    shared, home = engines.folder(tmp_path_factory), tmp_path / "one core"
    code = PINNED.format(core=min(os.sched_getaffinity(0)))
    settings = ["data.limit=200", "feature_extraction.epochs=1", "fine_tuning.epochs=2"]
    command = [sys.executable, "-c", code, "run", "digits-quick", "--json"]
    command += [word for setting in settings for word in ("--set", setting)]
    with engines.lent(shared, home):
        said = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"THAW_HOME": str(home)}, capture_output=True, check=True
        ).stdout
    path = home / "runs" / json.loads(said)["run_key"] / "receipt.json"
    assert receipt.read(path).environment["cores"] == 1
    assert main(["verify", str(path), "--json"]) == 0  # here, on all cores
    found = json.loads(capsys.readouterr().out)
    assert {check["outcome"] for check in found["checks"]} == {"equal"}
    assert found["compared"] == {"exact": True}
    assert {difference["name"] for difference in found["environment"]} == {"device", "cores"}


@pytest.fixture
def written(store, tmp_path) -> receipt.Receipt:
    """A receipt of a canned result, trained on one thread of two cores."""
    environment = {"device": "CPU, 2 threads", "processor": "A", "cores": 2, "intra_op_threads": 1}
    plain = receipt.of_run(TINY, datasets.find("digits", store.home), a_result(), {}, environment)
    (tmp_path / "receipt.json").write_text(json.dumps(plain))
    return receipt.read(tmp_path / "receipt.json")


@pytest.mark.parametrize(
    ("then", "now", "exact"),
    [
        ({}, {}, True),
        ({}, {"device": "CPU, 8 threads", "cores": 8}, True),
        ({}, {"device": "CPU, 8 threads", "cores": 8, "processor": "B"}, False),
        ({}, {"device": "GPU, H100"}, False),
        ({"device": "GPU, H100"}, {}, False),
        ({}, {"cores": 8, "intra_op_threads": 0}, False),
        ({"intra_op_threads": 0}, {"cores": 8, "intra_op_threads": 0}, False),
        ({"intra_op_threads": 0}, {"intra_op_threads": 0}, True),
    ],
)
def test_only_the_number_of_cores_is_no_reason_to_expect_other_bits_of_one_thread(written, then, now, exact):
    first, second = (replace(written, environment=written.environment | changed) for changed in (then, now))
    found = verification.compare(first, second)
    assert found.exact == exact
    assert {difference.name for difference in found.environment} == {
        name for name in first.environment if first.environment[name] != second.environment[name]
    }  # it is told all the same


@pytest.mark.parametrize(
    ("config", "said", "threads"),
    [
        (TINY, 0, 1),  # as its key promises, whatever it says
        (of(TINY, threads=None), 1, None),
        (LARGE, 0, None),
        (LARGE, 1, 1),
        (LARGE, 4, 4),
        (LARGE, -1, None),
        (LARGE, 10**9, None),
        (LARGE, "many", None),
        (TINY.first_phase_only(), 0, None),
    ],
)
def test_a_rerun_takes_as_many_threads_as_the_receipt_says(written, config, said, threads):
    asked = replace(written, config=config, environment=written.environment | {"intra_op_threads": said})
    assert verification.threads(asked) == threads
