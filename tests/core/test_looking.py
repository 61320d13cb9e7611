"""Looks do not wait for what trains: who is answered when, and what a kill or a stop leaves. Nothing is
computed here: `test_looking_exactly.py` does."""

import importlib
import inspect
import re
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from core.config import ExperimentConfig, with_setting
from core.data import datasets
from core.errors import Stopped, StoreError
from core.explain import studies
from core.explain.studies import Study
from core.log import Log
from core.method import timing
from core.running import in_training, jobs, looking, order, supervisor, turns, worker
from core.running.in_training import LOOK
from core.running.order import Training, Waiting
from core.running.state import read_state
from core.running.supervisor import Jobs
from core.store import Store
from core.sweeps.point import Asks
from core.wording import words

RUN, OTHER = (f"run-v1-{digit * 16}" for digit in "ab")
LOOKS = [f"study-v1-{digit * 16}" for digit in "cdef"]
STUDY = {"kind": "lenses", "options": {}}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody waits to look at the queue."""
    monkeypatch.setattr(looking, "INTERVAL", 0.0)
    monkeypatch.setattr(looking, "SHARE", 0.0)
    monkeypatch.setattr("core.log.STOP_INTERVAL", 0.0)


def train(store: Store, key: str = RUN, **more) -> None:
    jobs.enqueue(store, key, ExperimentConfig(), **{"owner": "ann", "seconds": 300.0} | more)


def look(store: Store, key: str = LOOKS[0], **more) -> None:
    jobs.enqueue(
        store, key, ExperimentConfig(), STUDY, **{"owner": "bob", "seconds": 3.0, "look": True} | more
    )


class Worker:
    """Does jobs without computing: `Worker(store, *wishes).serve()`.

    Args:
        steps: What happens before each step of the run, before its look at whether to stop.

    Attributes:
        done: What was finished, in that order.
    """

    def __init__(self, store: Store, *steps, look=lambda key: None):
        self.store, self.steps, self.done, self._look = store, steps, [], look

    def serve(self) -> list[str]:
        doers = {"run": self._train, "study": self._answer}
        while worker.take_one(self.store, doers):
            pass
        return self.done

    def _train(self, key, store, should_stop, should_give_way, between_steps):
        log = Log(store, key, None, should_stop, should_give_way, between_steps)
        with jobs.noting_the_outcome(store, key):
            for step in self.steps:
                step()
                log.check_stop()
            self.done.append(key)
            store.set_status(key, "stopped")  # an end that needs no result

    def _answer(self, key, store, should_stop, should_give_way, between_steps):
        assert between_steps is None, "nobody looks while someone looks"
        with jobs.noting_the_outcome(store, key):
            self._look(key)
            if should_stop():
                raise Stopped
            store.save_study(key, {}, {})
            self.done.append(key)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("owner", ["ann", "bob"])
def test_a_look_is_answered_before_the_next_step_whoever_asks(store, shared, owner):
    train(store, shared=shared)
    train(store, OTHER, owner="cy", shared=shared)
    found = []
    steps = [
        lambda: look(store, owner=owner, shared=shared),
        lambda: found.append(store.status(LOOKS[0])),
    ]
    assert Worker(store, *steps).serve()[:2] == [LOOKS[0], RUN]
    assert found[0] == "finished"


def test_where_nothing_trains_looks_go_before_what_is_to_train(store):
    train(store)
    look(store)
    assert Worker(store, lambda: None).serve() == [LOOKS[0], RUN]


def test_people_take_turns_in_looking(store):
    train(store)
    wanted = [(LOOKS[0], "ann"), (LOOKS[1], "ann"), (LOOKS[2], "ann"), (LOOKS[3], "bob")]

    def ask():
        for key, owner in wanted:
            look(store, key, owner=owner)

    steps = [ask, *[lambda: None] * 3]
    assert Worker(store, *steps).serve() == [LOOKS[0], LOOKS[3], LOOKS[1], LOOKS[2], RUN]


def test_who_looks_loses_no_place_among_those_who_wait_to_train(store):
    train(store)
    train(store, OTHER, owner="bob")
    before = turns.ended(store)
    Worker(store, lambda: look(store, owner="bob")).serve()
    assert before == {}
    assert set(turns.ended(store)) == {"ann", "bob"}
    assert turns.ended(store, turns.LOOKED)["bob"] < turns.ended(store)["bob"], "by its training alone"


@pytest.mark.parametrize("patient", [False, True])
def test_nothing_gives_way_to_a_look(patient):
    training = Training(Waiting(RUN, owner="ann", shared=True, patient=patient), 0.0, 600.0, 1.0)
    line = Waiting(LOOKS[0], asked=1.0, owner="bob", seconds=3.0, shared=True)
    assert order.gives_way(training, [line], {}, 100.0)
    assert not order.gives_way(training, [replace(line, look=True)], {}, 100.0)


def test_a_look_that_waits_is_told_that_it_begins_at_once_and_others_that_it_goes_before_them(store):
    train(store)
    assert jobs.next_job(store) == RUN
    train(store, OTHER, owner="cy", seconds=5.0)
    look(store)
    look(store, LOOKS[1])
    states = [read_state(store, key) for key in (LOOKS[0], LOOKS[1], OTHER)]
    assert [(state.position, round(state.seconds_waiting)) for state in states] == [(0, 0), (1, 3), (2, 306)]


# What is a look


@pytest.fixture
def asked(store, monkeypatch):
    """`asked(kind, seconds, **options)`: whether the line of such a study is a look."""
    dataset = datasets.find("digits", store.home)

    def ask(kind: str, seconds: float, **options) -> bool:
        monkeypatch.setattr(studies, "predicted_seconds", lambda *asked: seconds)
        key = studies.request(Study(kind, ExperimentConfig(), options), store, dataset, "ann")
        return next(line.look for line in turns.lines(store) if line.run_key == key)

    return ask


@pytest.mark.parametrize("kind", ["lenses", "maps", "probes", "tsne", "pretrained_or_random", "similarity"])
def test_lenses_maps_and_probes_below_ten_seconds_are_looks_and_dearer_ones_wait_as_before(asked, kind):
    assert asked(kind, 9.9)
    assert not asked(kind, 10.0, dimensions=3)


@pytest.mark.parametrize(("images", "is_look"), [(600, True), (5000, False)])
def test_probes_of_few_images_are_a_look_and_those_of_many_are_none(store, images, is_look):
    config = with_setting(ExperimentConfig(), "data.limit", images)
    studies.request(Study("probes", config), store, datasets.find("digits", store.home))
    (line,) = turns.lines(store)
    assert line.look is is_look


@pytest.mark.parametrize("kind", ["folds", "rewind", "dial", "one_unit", "batch_statistics", "lr_finder"])
def test_what_trains_or_takes_the_networks_of_trainings_is_none(asked, kind):
    assert not asked(kind, 1.0, run=RUN)


def test_a_look_at_a_run_that_is_not_there_yet_waits_for_it(asked):
    assert not asked("lenses", 1.0, run=RUN)


@pytest.mark.parametrize("kind", [kind for kind in studies.kinds() if studies.kind_of(kind).look])
def test_a_kind_of_look_takes_no_network_from_the_workshop(kind):
    """Trainings share theirs, and it stands in the middle of one."""
    for module in (f"core.explain.{kind}", "core.explain.trained", "core.method.features"):
        source = inspect.getsource(importlib.import_module(module))
        assert not {"workshop", "tails"} & {*re.findall(r"\w+", source)}, module


# Time


def test_what_is_done_aside_is_counted_by_no_clock_that_began_before_it(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    seconds = timing.Seconds()
    with seconds.measure("train"):
        now[0] += 1
        with timing.aside():
            inner = timing.Seconds()
            now[0] += 100
            with timing.aside():
                now[0] += 1000
            assert inner.record()["total"] == 100
        now[0] += 2
    assert (seconds.record()["train"], seconds.record()["total"]) == (3, 3)


def test_what_trains_has_as_long_to_go_after_a_look_as_before(store, monkeypatch):
    train(store, shared=True)
    found = []

    def slow(key):
        monkeypatch.setattr("time.time", lambda now=in_training.time.time: now() + 1000)
        monkeypatch.setattr("time.monotonic", lambda now=looking.time.monotonic: now() + 1000)

    def told():
        Log(store, RUN)("left", seconds=60.0, pause=10.0)
        found.append(in_training.training(store))
        look(store)

    def then():
        found.append(in_training.training(store))

    Worker(store, told, then, look=slow).serve()
    before, after = found
    assert after.left == pytest.approx(before.left, abs=5)
    assert after.pause == pytest.approx(before.pause, abs=5)
    assert after.taken == pytest.approx(before.taken + 1000, abs=5), "nor does it count as trained"


def test_a_training_has_its_share_between_two_looks(store, monkeypatch):
    monkeypatch.setattr(looking, "SHARE", 0.25)
    now, answered = [0.0], []
    monkeypatch.setattr(looking.time, "monotonic", lambda: now[0])

    def answer(key):
        now[0] += 8.0
        answered.append((key, now[0]))
        store.set_status(key, "stopped")
        jobs.job_done(store, key, LOOK)

    looks = looking.Looking(store, answer, None)
    for key in LOOKS[:2]:
        look(store, key)
    for _ in range(12):
        looks()
        now[0] += 0.5
    (_, first), (_, second) = answered
    assert second - 8.0 - first >= 0.25 * 8.0


# What a person sees


def test_what_trains_says_that_it_pauses_while_someone_looks(store):
    train(store)
    said = []

    def watch(key):
        state = read_state(store, RUN)
        said.append((state.paused, words.stage(state)))
        assert in_training.at(store) == [RUN, key]
        assert in_training.keys(store) == [RUN], "the look is no first phase of it"

    def step():
        Log(store, RUN)("stage", name="epoch", epoch=2, of=5, done=1, total=9)
        look(store)

    Worker(store, step, look=watch).serve()
    assert said == [(True, "epoch 2 of 5 · pauses while someone looks")]
    assert in_training.under_way(store) == []


# Stops, failures, kills


def test_a_look_that_cannot_even_say_how_it_ended_leaves_the_training_alone(store, capsys):
    def full(key):
        raise StoreError("No space left on device.")

    train(store)
    work = Worker(store, lambda: look(store), look=full)
    work.serve()
    assert work.done == [RUN]
    assert store.status(LOOKS[0]) == "failed"


def test_a_look_stopped_before_it_was_taken_is_not_answered(store):
    train(store)

    def step():
        look(store)
        jobs.request_stop(store, LOOKS[0])

    assert Worker(store, step).serve() == [RUN]
    assert read_state(store, LOOKS[0]).message == jobs.NOT_STARTED


def test_a_training_that_someone_wishes_to_stop_stops_before_anyone_looks(store):
    train(store)

    def step():
        look(store)
        jobs.request_stop(store, RUN)

    assert Worker(store, step).serve() == [LOOKS[0]]
    assert store.status(RUN) == "stopped"


KILLED = """
import os
from core.config import ExperimentConfig, with_setting
from core.running import jobs, looking, worker
from core.store import Store
looking.INTERVAL = 0.0
def train(key, store, should_stop, should_give_way, between_steps):
    with jobs.noting_the_outcome(store, key):
        study = {{"kind": "lenses", "options": {{}}}}
        jobs.enqueue(store, {look!r}, ExperimentConfig(), study, owner="bob", seconds=3.0, look=True)
        between_steps(lambda: None)
def answer(key, store, *asked):
    with jobs.noting_the_outcome(store, key):
        os._exit(9)
store = Store({home!r})
with jobs.training_lock(store), looking.place(store):
    jobs.mark_lost(store)
key = jobs.next_job(store, lambda key: key.startswith("run"))
worker.perform(store, key, {{"run": train, "study": answer}})
"""


def killed_while_looking(store: Store) -> None:
    """A process dies in a look that it answers between two steps of a training."""
    code = KILLED.format(home=str(store.home), look=LOOKS[0])
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9


def next_life(store: Store) -> None:
    """What a worker does first."""
    with jobs.training_lock(store), looking.place(store):
        jobs.mark_lost(store)


def test_a_killed_worker_loses_neither_the_training_nor_the_look(store):
    train(store)
    killed_while_looking(store)
    assert in_training.under_way(store) == [RUN, LOOKS[0]]
    next_life(store)
    assert in_training.under_way(store) == []
    lines = {line.run_key: line for line in turns.lines(store)}
    assert {key: (line.again, line.look, line.owner) for key, line in lines.items()} == {
        RUN: (True, False, "ann"),
        LOOKS[0]: (True, True, "bob"),
    }
    assert read_state(store, LOOKS[0]).message == "The training process ended before it was done. It goes on."
    assert Worker(store, lambda: None).serve() == [LOOKS[0], RUN]


def test_a_look_that_takes_the_process_with_it_does_so_to_a_training_once(store):
    train(store)
    killed_while_looking(store)
    next_life(store)
    (line,) = turns.looks(store)
    turns.leave(line)
    in_training.note(store, [line.run_key], line, LOOK)  # the next worker was killed in it, too
    store.set_status(line.run_key, "running")
    next_life(store)
    assert turns.looks(store) == []
    assert {RUN, LOOKS[0]} == {*jobs.waiting(store)}, "it waits for its turn as what trains does"


def test_a_look_that_a_person_stopped_does_not_go_on_by_itself(store):
    train(store)
    killed_while_looking(store)
    jobs.request_stop(store, LOOKS[0])
    next_life(store)
    assert (store.status(LOOKS[0]), jobs.waiting(store)) == ("stopped", [RUN])


@pytest.mark.parametrize("stopped", [RUN, LOOKS[0]], ids=["the training", "the look"])
def test_while_someone_looks_no_wish_to_stop_kills_the_worker_and_once_they_have_it_does(
    store, monkeypatch, stopped
):
    monkeypatch.setattr(supervisor, "STOP_GRACE_SECONDS", 0.01)
    killed = threading.Event()
    monkeypatch.setattr(Jobs, "_kill", lambda self: killed.set())
    monkeypatch.setattr(Jobs, "ensure_worker", lambda self: None)
    train(store)
    assert jobs.next_job(store) == RUN
    look(store)
    assert looking.next_look(store) == LOOKS[0]
    for key in (RUN, LOOKS[0]):
        store.set_status(key, "running")
    Jobs(store).stop(stopped)
    assert not killed.wait(0.3)
    in_training.note(store, [], file=LOOK)
    assert killed.wait(10)


def test_a_look_that_hangs_counts_as_deaf(store, monkeypatch):
    look(store)
    looking.next_look(store)
    assert Jobs(store)._looks()
    monkeypatch.setattr(supervisor, "LONG_LOOK_SECONDS", -1.0)
    assert not Jobs(store)._looks()


# Elsewhere


def test_while_a_terminal_trains_the_worker_answers_looks_and_takes_no_job(store):
    terminal, over = threading.Event(), threading.Event()

    def train_in_a_terminal():
        with jobs.training_lock(store):
            terminal.set()
            over.wait(30)

    thread = threading.Thread(target=train_in_a_terminal)
    thread.start()
    terminal.wait(10)
    train(store)
    look(store)

    def then(key):
        assert store.status(RUN) == "queued"
        over.set()

    assert Worker(store, lambda: None, look=then).serve() == [LOOKS[0], RUN]
    thread.join()


def test_two_processes_do_not_answer_the_same_look(store):
    look(store)
    with looking.place(store) as free:
        assert free
        with looking.place(store) as second:
            assert not second
        answered = []
        looking.Looking(store, answered.append, None)()
        assert answered == []


def test_whoever_trains_a_sweep_here_answers_looks_before_it_hears_a_wish_to_stop():
    told = []
    asks = Asks(should_stop=lambda: bool(told), between_steps=told.append)
    with pytest.raises(Stopped):
        asks.check_stop()
    assert len(told) == 1


def test_only_the_thread_that_trains_answers(store):
    look(store)
    answered = []
    looks = looking.Looking(store, answered.append, None)
    other = threading.Thread(target=looks)
    other.start()
    other.join()
    assert answered == []
    looks()
    assert answered == [LOOKS[0]]
