"""The files of the queue: foreign ones, several askers at once, and systems where an open file cannot go."""

import json
import os
import pathlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core import files
from core.config import ExperimentConfig
from core.errors import StoreError
from core.running import in_training, jobs, turns
from core.running.state import read_state
from core.store import Store

ROOT = Path(__file__).resolve().parents[2]
A, B = (f"run-v1-{digit * 16}" for digit in "ab")
ASKERS = 30


@pytest.fixture
def queue(store) -> Path:
    folder = store.home / "queue"
    folder.mkdir(parents=True)
    return folder


def foreign(queue: Path) -> None:
    """Everything in a folder that Thaw did not put there."""
    (queue / "notes.txt").write_text("mine")
    (queue / "readme.json").write_text("{}")
    (queue / "00000000000000000001-zebra.json").write_text("{}")
    (queue / "00000000000000000002-..%2f..%2fsecrets.json").write_text("{}")
    (queue / f"00000000000000000003-{B}.json").mkdir()
    (queue / f"00000000000000000004-{B}.json").symlink_to("nowhere")
    (queue / f"soon-{B}.json").write_text("{}")
    (queue / ".DS_Store").write_text("")
    (Path(os.fsdecode(os.fsencode(queue) + b"/00000000000000000005-\xff.json"))).write_text("{}")


def test_foreign_files_are_passed_over_and_named_once(store, queue, capfd):
    foreign(queue)
    jobs.enqueue(store, A, ExperimentConfig())
    for _ in range(5):
        assert jobs.waiting(store) == [A]
    assert read_state(store, A).position == 0
    assert jobs.next_job(store) == A
    assert jobs.next_job(store) is None
    named = capfd.readouterr().err.splitlines()
    assert len(named) == len(set(named)) == 8
    assert any("zebra" in line for line in named)
    assert any(r"\udcff" in line for line in named)


@pytest.mark.parametrize("name", ["running.json", "served.json"])
@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff\xfe", b'{"run_keys": 3, "ann": "x"}', None])
def test_foreign_notes_beside_the_queue_are_written_over_or_set_aside(store, name, content):
    path = store.home / name
    store.home.mkdir()
    path.mkdir() if content is None else path.write_bytes(content)
    jobs.enqueue(store, A, ExperimentConfig(), owner="ann")
    assert in_training.keys(store) == []
    assert jobs.next_job(store) == A
    assert in_training.keys(store) == [A]
    jobs.job_done(store, A)


def test_where_the_queue_is_a_file_looking_finds_nothing_and_asking_says_what_to_do(store):
    store.home.mkdir()
    (store.home / "queue").write_text("")
    assert jobs.waiting(store) == []
    with pytest.raises(StoreError, match="is a file. Expected a folder. Move it away"):
        jobs.enqueue(store, A, ExperimentConfig())


@pytest.mark.parametrize("below", ["", "runs", "queue", "stop"])
def test_a_store_that_cannot_be_written_is_named_with_the_fix(tmp_path, below):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" if not below else tmp_path)
    if below:
        (tmp_path / "file").rename(tmp_path / below)

    def try_all():
        with jobs.training_lock(store):
            pass
        jobs.enqueue(store, A, ExperimentConfig())
        jobs.request_stop(store, A)

    with pytest.raises(StoreError, match="is a file. Expected a folder"):
        try_all()


def test_a_full_disk_is_named(store, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(StoreError, match="No space left on device. Free some disk space."):
        jobs.enqueue(store, A, ExperimentConfig())


def test_however_many_threads_ask_at_once_a_run_is_queued_once_and_all_are_noted(store):
    names = [f"person-{number}" for number in range(ASKERS)]
    for round_ in range(3):
        key, ready = f"run-v1-{round_:016x}", threading.Barrier(ASKERS)

        def ask(name, key=key, ready=ready):
            ready.wait()
            jobs.enqueue(store, key, ExperimentConfig(), owner=name)

        threads = [threading.Thread(target=ask, args=[name]) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list((store.home / "queue").glob(f"*{key}.json"))) == 1
        said = [event.get("status") for event in store.events(key) if event["event"] == "status"]
        assert said == ["queued"]
        assert sorted(read_state(store, key).askers) == sorted(names)


PROCESSES = """
import os, sys, time
from core.config import ExperimentConfig
from core.running import jobs
from core.store import Store
home, key, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
begin = time.monotonic() + 0.5
for number in range(count):
    if os.fork() == 0:
        time.sleep(max(0, begin - time.monotonic()))
        jobs.enqueue(Store(home), key, ExperimentConfig(), owner=f"person-{number}")
        os._exit(0)
sys.exit(any(os.wait()[1] for _ in range(count)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="starts its processes by fork")
def test_however_many_processes_ask_at_once_a_run_is_queued_once_and_all_are_noted(store):
    asking = [sys.executable, "-c", PROCESSES, str(store.home), A, str(ASKERS)]
    subprocess.run(asking, cwd=ROOT, check=True)
    assert len(list((store.home / "queue").glob("*.json"))) == 1
    assert len(read_state(store, A).askers) == ASKERS


def test_one_run_asked_for_while_the_worker_takes_another_is_lost_nowhere(store):
    keys = [f"run-v1-{number:016x}" for number in range(40)]
    taken, asked = [], threading.Event()

    def take():
        while True:
            over = asked.is_set()
            if (key := jobs.next_job(store)) is not None:
                taken.append(key)
                store.set_status(key, "stopped")
                jobs.job_done(store, key)
            elif over:
                return

    worker = threading.Thread(target=take)
    worker.start()
    for key in keys:
        jobs.enqueue(store, key, ExperimentConfig(), owner="ann")
    asked.set()
    worker.join()
    assert taken == keys


def test_a_run_that_an_older_version_queued_twice_is_taken_and_stopped_once(store, queue):
    for key in (A, B):
        store.create(key, ExperimentConfig())
        store.set_status(key, "queued")
        for number in (1, 2):
            note = {"owner": "ann", "seconds": 3.0}
            (queue / f"{number:020d}-{key}.json").write_text(json.dumps(note))
    assert [(line.run_key, line.seconds) for line in turns.queue(store)] == [(A, 3.0), (B, 3.0)]
    assert jobs.next_job(store) == A
    jobs.request_stop(store, B)
    assert jobs.next_job(store) is None
    assert store.status(B) == "stopped"
    assert list(queue.iterdir()) == []


def test_a_line_that_somebody_has_open_waits_and_one_that_was_stopped_is_not_trained(store, monkeypatch):
    """As on Windows, where a file that is being read cannot be deleted."""
    jobs.enqueue(store, A, ExperimentConfig())
    jobs.enqueue(store, B, ExperimentConfig())
    delete = pathlib.Path.unlink

    def in_use(path, missing_ok=False):
        if path.name.endswith(f"{A}.json"):
            raise PermissionError(13, "The process cannot access the file")
        delete(path, missing_ok=missing_ok)

    monkeypatch.setattr(files, "PAUSE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "unlink", in_use)
        assert jobs.next_job(store) == B
        jobs.job_done(store, B)
        jobs.request_stop(store, A)  # no error, though its line stays
        assert jobs.next_job(store) is None
    assert jobs.next_job(store) is None
    assert store.status(A) == "stopped"
    assert in_training.keys(store) == []
