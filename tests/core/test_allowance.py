"""What one person may ask of a shared Thaw: refused with the limit, and nothing of it is queued."""

from dataclasses import replace

import pytest

from core.config import ExperimentConfig
from core.errors import ConfigError
from core.log import Log
from core.running import jobs, turns, worker
from core.running.state import read_state
from core.store import Store

KEYS = [f"run-v1-{number:016x}" for number in range(8)]


@pytest.fixture(autouse=True)
def bounds(monkeypatch):
    monkeypatch.setenv("THAW_WAITING", "2")
    monkeypatch.setenv("THAW_RUN_MINUTES", "5")


def ask(store: Store, key: str, owner: str = "ann", seconds: float = 10.0, shared: bool = True) -> None:
    jobs.enqueue(store, key, ExperimentConfig(), owner=owner, seconds=seconds, shared=shared)


def test_one_person_cannot_fill_the_queue(store):
    for key in KEYS[:2]:
        ask(store, key)
    with pytest.raises(ConfigError) as refused:
        ask(store, KEYS[2])
    said = str(refused.value)
    assert "2 of yours wait already" in said
    assert "2 runs and studies of one person may wait (THAW_WAITING)" in said
    assert "Nothing is lost" in said
    assert not store.path(KEYS[2]).exists()
    ask(store, KEYS[2], owner="bob")


def test_what_trains_does_not_count_and_joining_what_waits_is_never_refused(store):
    for key in KEYS[:2]:
        ask(store, key)
    ask(store, KEYS[2], owner="bob")
    ask(store, KEYS[2])
    assert read_state(store, KEYS[2]).askers == ("bob", "ann")
    assert jobs.next_job(store) == KEYS[0]
    ask(store, KEYS[3])


def test_what_let_others_go_first_does_not_count(store):
    ask(store, KEYS[0])
    taken = jobs.next_job(store)
    store.set_status(taken, "queued", gave_way=True)
    jobs.give_way(store, taken)
    for key in KEYS[1:3]:
        ask(store, key)
    assert len(turns.lines(store)) == 3


def test_of_several_asked_for_together_all_are_queued_or_none(store):
    with pytest.raises(ConfigError, match="asks for 3 at once.*ask for fewer"):
        jobs.refuse(store, dict.fromkeys(KEYS[:3], 10.0), "ann", True)
    ask(store, KEYS[0])
    with pytest.raises(ConfigError, match="1 of yours wait"):
        jobs.refuse(store, dict.fromkeys(KEYS[1:3], 10.0), "ann", True)
    jobs.refuse(store, dict.fromkeys(KEYS[:2], 10.0), "ann", True)  # one of them waits already


def test_what_would_take_far_too_long_is_refused_with_its_price(store):
    with pytest.raises(ConfigError, match=r"about 20 min.*5 min \(THAW_RUN_MINUTES\).*fewer epochs"):
        ask(store, KEYS[0], seconds=1200)
    ask(store, KEYS[0], seconds=500)  # a price may be wrong by two


def test_where_thaw_is_ones_own_there_is_no_limit(store):
    for key in KEYS:
        ask(store, key, seconds=36_000, shared=False)
    assert len(turns.lines(store)) == len(KEYS)


@pytest.mark.parametrize(
    ("key", "kept"), [(KEYS[0], "Finished epochs are kept."), ("study-v1-" + 16 * "a", "Nothing")]
)
def test_what_trains_for_too_long_ends_as_stopped_and_says_why(store, monkeypatch, key, kept):
    monkeypatch.setenv("THAW_RUN_MINUTES", "1e-9")

    def train(key, store, should_stop, *more):
        with jobs.noting_the_outcome(store, key):
            log = Log(store, key, None, should_stop)
            while True:
                log.check_stop()

    jobs.enqueue(store, key, ExperimentConfig(), owner="ann", shared=True)
    assert worker.take_one(store, {"run": train, "study": train})
    state = read_state(store, key)
    assert state.status == "stopped"
    assert "as long as one run may take here (THAW_RUN_MINUTES)" in state.message
    assert kept in state.message


def test_what_it_trained_before_it_gave_way_counts_and_its_waiting_does_not(store, monkeypatch):
    ask(store, KEYS[0])
    line = turns.lines(store)[0]
    turns.change(replace(line, spent=299.0, since=1.0))
    stops = []

    def train(key, store, should_stop, *more):
        with jobs.noting_the_outcome(store, key):
            stops.append(should_stop())
            monkeypatch.setattr(worker.time, "perf_counter", lambda now=worker.time.perf_counter: now() + 1.0)
            Log(store, key, None, should_stop).check_stop()

    assert worker.take_one(store, {"run": train})
    assert stops == [False]
    assert "Stopped after 5 min" in read_state(store, KEYS[0]).message
