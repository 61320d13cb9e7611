"""Giving way: what a job that lets shorter ones go first leaves, and what people are told in the meantime."""

import random
import statistics

import pytest

from core.config import ExperimentConfig
from core.errors import GaveWay
from core.log import Log
from core.results import EpochMetrics
from core.running import in_training, jobs, turns, worker
from core.running.attempts import count_resumptions
from core.running.order import LEAST_TURN_SECONDS, PATIENCE
from core.running.state import read_state
from core.wording import words
from tests.core.class_room import EPOCH, ClassRoom, Job

A, B, C = (f"run-v1-{digit * 16}" for digit in "abc")


def test_a_short_job_is_not_kept_waiting_by_a_long_one(store, monkeypatch):
    long, short = Job(0, "ann", 600), Job(100, "bob", 10)
    ClassRoom(store, monkeypatch, [long, short]).serve()
    assert short.wait <= EPOCH
    assert (long.gaps, short.gaps) == (1, 0)
    assert long.wait <= 10 + EPOCH + 5


def test_where_thaw_is_ones_own_nothing_gives_way(store, monkeypatch):
    long, short = Job(0, "one tab", 600), Job(100, "another", 10)
    ClassRoom(store, monkeypatch, [long, short], shared=False).serve()
    assert long.gaps == 0
    assert short.began == 600


def test_ones_own_short_job_waits_for_ones_own_long_one(store, monkeypatch):
    long, short = Job(0, "ann", 600), Job(100, "ann", 10)
    ClassRoom(store, monkeypatch, [long, short]).serve()
    assert long.gaps == 0


def test_a_long_job_among_short_ones_without_end_is_done_in_bounded_time_and_trains_between_them(
    store, monkeypatch
):
    long = Job(0, "ann", 120)
    short = [Job(at, f"pupil {at}", 9) for at in range(5, 1500, 10)]
    ClassRoom(store, monkeypatch, [long, *short]).serve()
    assert long.ended <= (1 + PATIENCE) * 120
    assert 1 <= long.gaps <= long.ended / LEAST_TURN_SECONDS, "it has its turn between two of them"


def a_class(seed: int, pupils: int = 20, minutes: int = 20) -> list[Job]:
    """People who ask, look for a while and ask again; one job in eight is long."""
    chance, asked = random.Random(seed), []
    for pupil in range(pupils):
        at = chance.uniform(0, 300)
        while at < 60 * minutes:
            seconds = chance.choice((150, 300)) if chance.random() < 1 / 8 else chance.uniform(3, 25)
            asked.append(Job(at, f"pupil {pupil}", seconds))
            at += seconds + chance.uniform(300, 1200)
    return asked


def told(asked: list[Job]) -> list[tuple[float, float]]:
    """(seconds until it begins as said, as it came) of all that was not begun at once."""
    return [
        (job.said.seconds_waiting, job.began - job.at)
        for job in asked
        if job.said.seconds_waiting is not None
    ]


def test_a_place_says_when_it_begins_to_within_an_epoch_if_nobody_comes_later(store, monkeypatch):
    for seed in range(5):
        chance = random.Random(seed)
        first = [Job(0, "ann", 200), *(Job(1, f"pupil {n}", chance.uniform(3, 120)) for n in range(8))]
        last = Job(90, "last", chance.uniform(3, 120))
        ClassRoom(type(store)(store.home / str(seed)), monkeypatch, [*first, last]).serve()
        assert last.began - last.at == pytest.approx(last.said.seconds_waiting, abs=EPOCH + 1)


def test_in_a_class_where_people_come_and_go_half_the_places_are_right_within_a_few_seconds(
    store, monkeypatch
):
    asked = a_class(1)
    ClassRoom(store, monkeypatch, asked).serve()
    wrong = [abs(came - said) for said, came in told(asked)]
    assert len(wrong) == len(asked)
    assert statistics.median(wrong) <= 5 * EPOCH


def test_short_jobs_of_a_class_wait_less_than_in_the_order_of_asking(store, monkeypatch):
    waits = {}
    for shared in (True, False):
        asked = a_class(1)
        ClassRoom(type(store)(store.home / str(shared)), monkeypatch, asked, shared).serve()
        waits[shared] = statistics.mean(job.wait for job in asked if job.seconds < 30)
    assert waits[True] < waits[False] / 5


# What it leaves


@pytest.fixture
def gave_way(store, monkeypatch):
    """Make A give way, with a first phase B on its way: `gave_way(instead)`, of what puts it back."""
    monkeypatch.setattr(jobs, "must_give_way", lambda store: True)

    def train(key, store, should_stop, should_give_way, between_steps):
        jobs.enqueue(store, C, ExperimentConfig(), owner="cy", seconds=5, shared=True)
        with jobs.noting_the_outcome(store, A):
            store.create(B, ExperimentConfig())
            with jobs.noting_the_outcome(store, B):
                log = Log(store, B, None, should_stop, should_give_way)
                log.epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
                Log(store, A).epoch(EpochMetrics(1, 0.7, 0.5, 0.6, 0.6, 1.0))
                Log(store, A)("left", seconds=50.0, pause=1.0)
                assert log.should_give_way()
                raise GaveWay

    def run(instead=None):
        jobs.enqueue(store, A, ExperimentConfig(), owner="ann", seconds=100, shared=True)
        with monkeypatch.context() as patch:
            if instead is not None:
                patch.setattr(jobs, "give_way", instead)
            worker.take_one(store, {"run": train})

    return run


def test_it_waits_with_its_epochs_and_is_neither_stopped_nor_failed(store, gave_way):
    gave_way()
    for key in (A, B):  # whoever watches the first phase is told the same
        state = read_state(store, key)
        assert (state.status, state.gave_way, state.askers) == ("queued", True, ("ann",) if key == A else ())
        assert len(state.epochs) == 1
        assert "gave way to shorter ones, 2nd in line · goes on in about " in words.stage(state)
    assert [line.keys for line in turns.lines(store)] == [(A, B), (C,)]
    assert in_training.keys(store) == []
    assert jobs.waiting(store) == [C, A]


def test_taken_up_again_it_is_shown_as_before(store, gave_way):
    gave_way()
    store.set_status(A, "running")
    state = read_state(store, A)
    assert (state.status, state.gave_way, len(state.epochs)) == ("running", False, 1)


def test_giving_way_is_no_crash(store, gave_way):
    gave_way()
    assert count_resumptions(store.events(A)) == 0
    store.set_status(A, "queued", resumption=1)
    store.set_status(A, "running")
    store.set_status(A, "queued", gave_way=True)
    assert count_resumptions(store.events(A)) == 1, "nor does it make crashes forgotten"


def test_a_kill_before_it_is_put_back_loses_nothing(store, gave_way):
    def killed(*arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gave_way(instead=killed)
    with jobs.training_lock(store):  # the next worker
        jobs.mark_lost(store)
        assert store.status(A) == "queued"
        assert jobs.waiting(store)[0] == A
    (line,) = [line for line in turns.lines(store) if line.run_key == A]
    assert (line.owner, line.shared) == ("ann", True)


def test_the_next_worker_does_not_take_what_waits_on_the_way_for_lost(store, gave_way):
    gave_way()
    with jobs.training_lock(store):
        jobs.mark_lost(store)
    assert store.status(B) == "queued"


def test_asking_for_the_first_phase_that_waits_on_the_way_joins_it(store, gave_way):
    gave_way()
    jobs.enqueue(store, B, ExperimentConfig(), owner="bob", seconds=10, shared=True)
    assert len(turns.lines(store)) == 2
    assert read_state(store, B).askers == ()  # nobody had put it in the queue


def test_stopped_while_it_waits_it_says_that_its_epochs_are_kept_and_so_does_its_first_phase(store, gave_way):
    gave_way()
    jobs.request_stop(store, A)
    for key in (A, B):
        assert read_state(store, key).message == "Stopped. Finished epochs are kept."
    assert jobs.waiting(store) == [C]


def test_a_wish_to_stop_that_comes_while_it_gives_way_counts(store, gave_way):
    put_back = jobs.give_way

    def wish(store, key):
        jobs.request_stop(store, key)
        put_back(store, key)

    gave_way(instead=wish)
    assert store.status(A) == "stopped"
    assert jobs.waiting(store) == [C]


def test_what_it_has_trained_counts_when_it_goes_on(store, gave_way):
    gave_way()
    line = next(line for line in turns.lines(store) if line.run_key == A)
    assert line.since > 0
    assert 50 <= line.seconds <= 55
    assert jobs.next_job(store) == C
