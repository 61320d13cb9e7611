"""The worker's life: no job ends it, it is revived whatever it died of, and its log says why.

Most tests use a stand-in for the worker process, since the real one imports TensorFlow.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.commands.worker import DOERS
from core.config import ExperimentConfig
from core.errors import DatasetError, Stopped
from core.running import in_training, jobs, supervisor, worker
from core.running.supervisor import Jobs
from core.running.worker_log import MOST_BYTES, WorkerLog

ROOT = Path(__file__).resolve().parents[2]
A, B = (f"run-v1-{digit * 16}" for digit in "ab")

LIVES = "import sys; sys.stdin.read()"
DIES = {
    "by a kill": "import os; os.kill(os.getpid(), 9)",
    "of an error in its loop": "raise MemoryError('no room left')",
    "of a full disk": "import sys; print('events.jsonl: No space left.', file=sys.stderr); sys.exit(2)",
}


def wait_for(what, seconds: float = 30.0):
    """The first true answer of `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError(f"Nothing within {seconds} s.")


@pytest.fixture
def start(store, tmp_path, monkeypatch):
    """The app's end of a queue whose worker runs this code: `start(first, later)`, `later` from its second
    life on. Each life leaves a line with its process id in `lives`."""
    made = []
    monkeypatch.setattr(supervisor, "PAUSE_SECONDS", 3600.0)

    def start_it(first: str, later: str = LIVES) -> Jobs:
        store.home.mkdir(exist_ok=True)
        code = (
            f"import os, sys; lives = open({str(tmp_path / 'lives')!r}, 'a+')\n"
            "print(os.getpid(), file=lives, flush=True)\n"
            f"lives.seek(0); exec({first!r} if len(lives.readlines()) == 1 else {later!r})"
        )
        monkeypatch.setattr(supervisor, "WORKER", (sys.executable, "-c", code))
        made.append(Jobs(store))
        return made[-1]

    yield start_it
    for each in made:
        each.close()


@pytest.fixture
def lives(tmp_path):
    """Process ids of every worker so far."""

    def read() -> list[int]:
        path = tmp_path / "lives"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.mark.parametrize("death", ["by a kill", "of an error in its loop"])
def test_a_worker_that_died_is_revived_though_nobody_looks_where_work_is_left(store, start, lives, death):
    queue = start(DIES[death])
    jobs.enqueue(store, A, ExperimentConfig())
    queue.ensure_worker()
    wait_for(lambda: len(lives()) == 2)
    assert queue.trouble == ""


def test_a_worker_that_was_killed_from_outside_is_revived_by_a_look(store, start, lives):
    queue = start(LIVES)
    queue.ensure_worker()
    (pid,) = wait_for(lives)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: queue.current() is None and len(lives()) == 2)


def test_one_that_keeps_dying_is_left_alone_for_a_while_and_its_last_words_are_told(store, start, lives):
    queue = start(DIES["of an error in its loop"], DIES["of an error in its loop"])
    jobs.enqueue(store, A, ExperimentConfig())
    queue.ensure_worker()
    wait_for(lambda: queue.trouble)
    for _ in range(5):
        queue.ensure_worker()
        assert queue.current().run_key == A
    assert len(lives()) == 3
    assert "started again in" in queue.trouble
    assert "MemoryError: no room left" in queue.trouble
    assert "exit code 1" in queue.trouble
    queue._not_before = time.monotonic()  # the pause is over
    queue.ensure_worker()
    wait_for(lambda: len(lives()) == 4)
    wait_for(lambda: queue.trouble)  # one more short life is enough for another pause
    assert len(lives()) == 4


def test_a_system_that_starts_no_more_processes_is_told_too(start, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(12, "Cannot allocate memory")

    queue = start(LIVES)
    monkeypatch.setattr(supervisor.subprocess, "Popen", refuse)
    for _ in range(3):
        queue.ensure_worker()
    assert "Cannot allocate memory" in queue.trouble


def test_where_the_store_cannot_be_written_it_is_not_tried_again_at_once(start, lives):
    queue = start(DIES["of a full disk"])
    queue.ensure_worker()
    wait_for(lambda: queue.current() is None and queue.trouble)
    assert "events.jsonl: No space left." in queue.trouble
    assert len(lives()) == 1


def test_a_worker_that_made_room_in_memory_is_followed_by_the_next_at_once(start, lives):
    queue = start("", "")
    for count in range(1, 6):
        wait_for(lambda count=count: queue.current() is None and len(lives()) >= count)
    assert queue.trouble == ""


def test_a_deaf_worker_is_killed_and_its_run_stopped_and_the_next_one_started(
    store, start, lives, monkeypatch
):
    monkeypatch.setattr(supervisor, "STOP_GRACE_SECONDS", 0.05)
    queue = start(LIVES)
    jobs.enqueue(store, A, ExperimentConfig())
    queue.ensure_worker()
    wait_for(lives)
    jobs.next_job(store)
    store.set_status(A, "running")
    queue.stop(A)
    wait_for(lambda: len(lives()) == 2)
    assert store.status(A) == "stopped"
    with jobs.training_lock(store):
        assert jobs.waiting(store) == []


def test_what_a_worker_says_goes_to_the_terminal_and_into_a_file_that_stays_small(store, start, capfd):
    store.home.mkdir()
    queue = start("import os; os.write(2, b'aborted \\xff\\nin C++'); os.abort()")
    queue.ensure_worker()
    wait_for(lambda: "in C++" in capfd.readouterr().err)
    assert "aborted" in (store.home / "worker.log").read_text()
    log = WorkerLog(store.home)
    for _ in range(4):
        log.say("x" * (MOST_BYTES // 2))
    kept = [path.stat().st_size for path in store.home.glob("worker.log*")]
    assert len(kept) == 2
    assert max(kept) < 2 * MOST_BYTES


def test_a_log_that_cannot_be_written_keeps_its_last_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    log = WorkerLog(tmp_path / "file")
    log.say("Move it away.")
    log.say("")
    assert log.last == "Move it away."


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (MemoryError(), "failed", "MemoryError"),
        (OSError(28, "No space left on device"), "failed", "No space left"),
        (DatasetError("There is no folder 'photos'."), "failed", "There is no folder 'photos'."),
        (ImportError("libcuda"), "failed", "libcuda"),
        (Stopped(), "stopped", "Finished epochs are kept"),
    ],
)
def test_no_job_ends_the_loop_and_each_has_its_outcome(store, error, status, said):
    def train(key, store, *asked):
        if key == B:
            return
        if isinstance(error, Stopped):
            with jobs.noting_the_outcome(store, key):
                raise error
        raise error

    for key in (A, B):
        jobs.enqueue(store, key, ExperimentConfig())
    assert worker.take_one(store, {"run": train})
    assert (store.status(A), in_training.keys(store)) == (status, [])
    assert said in store.events(A)[-1]["message"]
    assert worker.take_one(store, {"run": train})
    assert not worker.take_one(store, {"run": train})


def test_a_job_whose_folder_is_gone_is_named_and_passed_over(store, capsys):
    jobs.enqueue(store, A, ExperimentConfig())
    store.delete(A)
    assert worker.take_one(store, DOERS)
    assert not worker.take_one(store, DOERS)
    assert not store.path(A).exists()
    assert A in capsys.readouterr().err


@pytest.mark.parametrize("key", [A, "study-v1-" + 16 * "a"])
def test_a_job_whose_settings_cannot_be_read_has_failed_and_can_be_asked_for_again(store, key):
    study = {"kind": "probes", "options": {}} if key.startswith("study") else None
    jobs.enqueue(store, key, ExperimentConfig(), study)
    (store.path(key) / "config.json").write_text("{")
    assert worker.take_one(store, DOERS)
    assert store.status(key) == "failed"
    jobs.enqueue(store, key, ExperimentConfig(), study)
    assert store.config(key) == ExperimentConfig()
    assert jobs.waiting(store) == [key]


def test_a_run_asked_for_in_a_terminal_on_the_plain_path_goes_on_on_it(store, monkeypatch):
    from core.data import datasets
    from core.running import experiment
    from core.running.identity import identify

    config, trained = ExperimentConfig(), []
    key = identify(config, datasets.find(config.data.name, store.home), plain=True)
    monkeypatch.setattr(experiment, "run", lambda asked, **rest: trained.append(asked.plain))
    jobs.enqueue(store, key, config)
    assert worker.take_one(store, DOERS)
    assert trained == [True]


def test_a_worker_of_a_store_that_cannot_be_written_says_so_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "core.commands.worker", "--home", str(tmp_path / "file" / "home")]
    pipe = subprocess.PIPE  # it would end if its standard input closed
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stderr=pipe, text=True) as process:
        assert process.wait(60) == supervisor.UNWRITABLE
        (line,) = process.stderr.read().splitlines()
    assert "is a file. Expected a folder. Move it away" in line


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows knows no niceness.")
@pytest.mark.parametrize(
    ("command", "work"),
    [("worker", "worker.serve"), ("photos", "_done")],
    ids=["trainings", "checks of photos"],
)
def test_pages_go_before(command, work):
    code = (
        f"import os, sys; from core.commands import {command} as command\n"
        "sys.argv = ['', '--home', 'nowhere']\n"
        f"command.{work} = lambda *asked: print(os.nice(0), file=sys.stderr) or os._exit(0)\n"
        "command.main()"
    )
    asked = b'{"memory": 1000000000}\n'
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:  # which ends when its input does, so that stays open
        process.stdin.write(asked)
        process.stdin.flush()
        said = process.stderr.read().decode()
    assert int(said.split()[-1]) > os.nice(0)
