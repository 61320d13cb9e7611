"""The queue: joining, order, stopping, and what a kill leaves behind. No worker runs here."""

import contextlib
import subprocess
import sys
import threading

import pytest

from core.commands.worker import DOERS
from core.config import ExperimentConfig
from core.errors import Stopped, StoreError
from core.log import Log
from core.results import EpochMetrics
from core.running import in_training, jobs, worker
from core.running.attempts import count_resumptions
from core.running.state import read_state
from core.stages import Stage
from core.store import Store

A, B, C = (f"run-v1-{digit * 16}" for digit in "abc")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_asking_twice_queues_once(store):
    for _ in range(3):
        jobs.enqueue(store, A, ExperimentConfig())
    assert jobs.waiting(store) == [A]
    assert read_state(store, A).status == "queued"


def test_first_come_first_served(store):
    for key in (B, A, C):
        jobs.enqueue(store, key, ExperimentConfig())
    assert [read_state(store, key).position for key in (B, A, C)] == [0, 1, 2]
    assert [jobs.next_job(store) for _ in range(4)] == [B, A, C, None]


def test_people_take_turns_and_each_ones_own_jobs_keep_their_order(store):
    keys = [f"run-v1-{number:016x}" for number in range(6)]
    for key, owner in zip(keys, ("ann", "ann", "ann", "ann", "bob", "cy"), strict=True):
        jobs.enqueue(store, key, ExperimentConfig(), owner=owner)
    taken = []
    while (key := jobs.next_job(store)) is not None:
        taken.append(keys.index(key))
        jobs.job_done(store, key)
    assert taken == [0, 4, 5, 1, 2, 3]


def test_a_waiting_run_knows_who_is_ahead_and_how_long_they_should_take(store):
    for key, seconds in ((A, 30.0), (B, 12.0), (C, 5.0)):
        jobs.enqueue(store, key, ExperimentConfig(), owner=key, seconds=seconds)
    assert read_state(store, C).seconds_waiting == 42.0
    assert jobs.next_job(store) == A
    Log(store, A)("left", seconds=20.0)
    waiting = read_state(store, C)
    assert waiting.position == 1
    assert 30 < waiting.seconds_waiting <= 32


def test_who_asked_for_a_run_is_known_until_it_is_asked_for_anew(store):
    for owner in ("ann", "bob", "ann"):
        jobs.enqueue(store, A, ExperimentConfig(), owner=owner)
    assert read_state(store, A).askers == ("ann", "bob")
    jobs.request_stop(store, A)
    jobs.enqueue(store, A, ExperimentConfig(), owner="cy")
    assert read_state(store, A).askers == ("cy",)


@pytest.mark.parametrize("content", ["", "[1]", "null", '{"owner": 3, "seconds": "x"}'])
def test_a_damaged_line_of_the_queue_is_still_served(store, content):
    jobs.enqueue(store, A, ExperimentConfig())
    (file,) = (store.home / "queue").glob("*.json")
    file.write_text(content)
    (store.home / "served.json").write_text(content)
    assert jobs.next_job(store) == A


def test_a_line_that_is_still_being_written_is_not_in_the_queue_yet(store):
    (store.home / "queue").mkdir(parents=True)
    (store.home / "queue" / f".00000000000000000001-{A}.123.json").write_text("{}")
    assert jobs.waiting(store) == []
    assert jobs.next_job(store) is None


def test_a_job_taken_off_the_queue_is_running_at_once_and_not_lost_by_a_kill_before_it_begins(store):
    jobs.enqueue(store, A, ExperimentConfig())
    assert jobs.next_job(store) == A
    assert in_training.keys(store) == [A]
    with jobs.training_lock(store):  # the next worker, after a kill
        assert read_state(store, A).status == "queued"
        assert in_training.keys(store) == []
        assert jobs.next_job(store) == A


def test_a_queued_run_stops_at_once(store):
    jobs.enqueue(store, A, ExperimentConfig())
    jobs.request_stop(store, A)
    assert jobs.waiting(store) == []
    state = read_state(store, A)
    assert (state.status, state.message) == ("stopped", "Stopped before it started.")
    assert state.started is None


def test_a_stopped_run_can_be_asked_for_again(store):
    jobs.enqueue(store, A, ExperimentConfig())
    jobs.request_stop(store, A)
    jobs.enqueue(store, A, ExperimentConfig())
    assert jobs.waiting(store) == [A]
    assert not jobs.stop_requested(store, A)


def test_a_run_cut_off_by_a_kill_goes_on_and_its_first_phase_with_it(tmp_path):
    code = f"""
import os
from core.running import jobs
from core.config import ExperimentConfig
from core.store import Store
store = Store({str(tmp_path)!r})
store.create({A!r}, ExperimentConfig()); store.create({B!r}, ExperimentConfig())
with jobs.training_lock(store), jobs.noting_the_outcome(store, {A!r}), jobs.noting_the_outcome(store, {B!r}):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    store = Store(tmp_path)
    assert store.status(A) == store.status(B) == "running"
    with jobs.training_lock(store):
        assert (store.status(A), store.status(B)) == ("queued", "interrupted")
        assert jobs.waiting(store) == [A]  # and trains B on its way


def cut_off(store, key=A):
    """The process that takes and trains the next run dies; the next one has the lock."""
    taken = jobs.next_job(store)
    assert taken == key
    in_training.note(store, [key])
    store.set_status(key, "running")
    with jobs.training_lock(store):
        pass


def test_a_run_that_takes_its_process_with_it_each_time_goes_on_twice_and_then_waits_for_a_person(store):
    jobs.enqueue(store, A, ExperimentConfig(), owner="ann")
    for _ in range(2):
        cut_off(store)
        assert read_state(store, A).askers == ("ann",)
    cut_off(store)
    state = read_state(store, A)
    assert state.status == "interrupted"
    assert "attempt 3" in state.message
    assert jobs.waiting(store) == []
    jobs.enqueue(store, A, ExperimentConfig(), owner="bob")  # a person: the count begins anew
    cut_off(store)
    assert (store.status(A), read_state(store, A).askers) == ("queued", ("bob",))


def test_a_line_put_in_the_queue_just_before_a_crash_is_a_queued_run(store, monkeypatch):
    """The line is written before the log says so: whatever is asked for is not lost between the two."""

    def crash(*arguments, **values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(Store, "set_status", crash)
        jobs.enqueue(store, A, ExperimentConfig())
    assert store.status(A) != "queued"
    with jobs.training_lock(store):
        assert store.status(A) == "queued"
    for attempt in (1, 2):
        assert jobs.next_job(store) == A
        store.set_status(A, "running")
        with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            patch.setattr(Store, "set_status", crash)
            jobs.take_up_again(store)
        with jobs.training_lock(store):
            assert (store.status(A), count_resumptions(store.events(A))) == ("queued", attempt)


def test_what_was_cut_off_goes_on_before_all_that_waits(store):
    for key, owner in ((A, "ann"), (B, "bob"), (C, "cy")):
        jobs.enqueue(store, key, ExperimentConfig(), owner=owner)
    cut_off(store)
    assert jobs.waiting(store) == [A, B, C]
    assert read_state(store, A).started is None  # it waits: the seconds of its first attempt are over


def test_a_run_that_a_person_stopped_does_not_go_on_by_itself(store):
    jobs.enqueue(store, A, ExperimentConfig())
    assert jobs.next_job(store) == A
    store.set_status(A, "running")
    jobs.request_stop(store, A)
    assert store.status(A) == "running"  # until its process heeds it, or is killed
    with jobs.training_lock(store):
        assert store.status(A) == "stopped"
        assert jobs.waiting(store) == []


def test_the_first_phase_of_a_run_that_was_killed_to_stop_it_is_stopped_with_it(store):
    for key in (A, B):
        store.create(key, ExperimentConfig())
        store.set_status(key, "running")
    in_training.note(store, [A, B])
    jobs.request_stop(store, A)
    store.set_status(A, "stopped")  # as whoever kills the worker does
    with jobs.training_lock(store):
        assert store.status(B) == "stopped"


def test_ctrl_c_in_a_terminal_leaves_a_stopped_run(store):
    store.create(A, ExperimentConfig())
    with contextlib.suppress(KeyboardInterrupt), jobs.noting_the_outcome(store, A):
        raise KeyboardInterrupt
    assert (store.status(A), in_training.keys(store)) == ("stopped", [])


def test_an_outcome_that_a_full_disk_does_not_take_is_made_up_for_by_the_next_process(store, monkeypatch):
    store.create(A, ExperimentConfig())

    def full(*arguments, **values):
        raise StoreError("No space left on device.")

    with monkeypatch.context() as patch, contextlib.suppress(StoreError), jobs.noting_the_outcome(store, A):
        patch.setattr(Store, "set_status", full)
        raise StoreError("events.jsonl could not be written.")
    assert store.status(A) == "running"
    with jobs.training_lock(store):
        assert jobs.waiting(store) == [A]


def test_a_run_that_neither_waits_nor_trains_is_found_and_can_be_asked_for_stopped_or_marked(store):
    for key in (A, B, C):
        jobs.enqueue(store, key, ExperimentConfig())
    for file in (store.home / "queue").iterdir():
        file.unlink()
    jobs.enqueue(store, A, ExperimentConfig())
    assert jobs.waiting(store) == [A]
    jobs.request_stop(store, B)
    assert store.status(B) == "stopped"
    with jobs.training_lock(store):
        jobs.mark_lost(store)
    assert [store.status(key) for key in (A, B, C)] == ["queued", "stopped", "interrupted"]


def test_lines_of_a_log_that_lack_what_they_should_hold_are_passed_over(store):
    jobs.enqueue(store, A, ExperimentConfig())
    store.set_status(A, "running")
    for event in ("stage", "left", "note", "phase", "epoch", "status"):
        store.append(A, event)
        store.append(A, event, name=3, seconds="x", text=None, epoch=[], status=7)
    Log(store, A).epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
    assert [epoch.epoch for epoch in read_state(store, A).epochs] == [1]


def test_one_training_at_a_time(store):
    order, waited = [], threading.Event()

    def second():
        with jobs.training_lock(store, waited.set):
            order.append("second")

    with jobs.training_lock(store):
        thread = threading.Thread(target=second)
        thread.start()
        assert waited.wait(5)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_the_state_follows_the_log(store):
    store.create(A, ExperimentConfig())
    with contextlib.suppress(Stopped), jobs.noting_the_outcome(store, A):
        log = Log(store, A)
        log("phase", name="feature_extraction", epochs=2)
        log.epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
        log("phase", name="fine_tuning", epochs=2)
        log("stage", name="features", done=64, total=128)
        log("left", seconds=100.0)
        state = read_state(store, A)
        assert (state.status, state.stage) == ("running", Stage("features"))
        assert (state.done, state.total) == (64, 128)
        assert [epoch.epoch for epoch in state.epochs] == [1]
        assert state.fine_tuning_starts == 1
        assert 95 < state.seconds_left <= 100
        assert in_training.keys(store) == [A]
        raise Stopped
    assert in_training.keys(store) == []


def test_a_second_attempt_starts_with_an_empty_curve(store):
    store.create(A, ExperimentConfig())
    for _ in range(2):
        store.set_status(A, "running")
        Log(store, A).epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
        store.set_status(A, "interrupted")
    assert len(read_state(store, A).epochs) == 1


def test_an_attempt_that_ends_early_takes_no_epoch_of_an_earlier_one_away(store):
    store.create(A, ExperimentConfig())
    store.set_status(A, "running")
    log = Log(store, A)
    log.epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
    log("phase", name="fine_tuning", epochs=2)
    log.epoch(EpochMetrics(2, 0.6, 0.6, 0.5, 0.7, 1.0))
    store.set_status(A, "interrupted", message="first")
    store.set_status(A, "running")
    assert read_state(store, A).epochs == ()  # the curve of what trains now
    store.set_status(A, "interrupted", message="second")
    state = read_state(store, A)
    assert [epoch.epoch for epoch in state.epochs] == [1, 2]
    assert (state.fine_tuning_starts, state.message) == (1, "second")


def test_stages_in_quick_succession_are_thinned_but_the_last_one_is_kept(store):
    store.create(A, ExperimentConfig())
    log = Log(store, A)
    for done in range(1, 101):
        log("stage", name="features", done=done, total=100)
    stages = [event["done"] for event in store.events(A)]
    assert stages[0] == 1
    assert stages[-1] == 100
    assert len(stages) < 10


def test_the_next_epoch_is_told_at_once(store):
    store.create(A, ExperimentConfig())
    log = Log(store, A)
    for epoch in (1, 1, 2, 2):
        log("stage", name="epoch", epoch=epoch, of=5, done=32, total=100)
    assert [event["epoch"] for event in store.events(A)] == [1, 2]


def test_a_run_whose_images_changed_while_it_waited_is_not_left_waiting_for_ever(store):
    jobs.enqueue(store, A, ExperimentConfig())  # a key that is not that of the digits
    assert jobs.next_job(store) == A
    worker.perform(store, A, DOERS)
    state = read_state(store, A)
    assert state.status == "stopped"
    assert "images have changed" in state.message
    assert in_training.keys(store) == []
