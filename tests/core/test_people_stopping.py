"""Who may stop what, tried with other identities below the pages: the wish is written down or it is not."""

import pytest

from core.config import ExperimentConfig
from core.errors import ThawError
from core.people import stopping
from core.people.stopping import Right, may_stop
from core.running import in_training, jobs, turns
from core.running.state import read_state
from core.running.supervisor import Jobs

ANN, BOB, CY = (f"user-v1-{digit * 16}" for digit in "abc")
A = "run-v1-" + 16 * "a"


@pytest.mark.parametrize(
    ("asked_by", "login", "teacher", "right"),
    [
        ([ANN], True, False, Right.AT_ONCE),
        ([ANN, BOB], True, False, Right.ASK_FIRST),
        ([BOB], True, False, Right.NOT),
        ([BOB, CY], True, False, Right.NOT),
        ([], True, False, Right.NOT),  # a terminal's
        ([ANN], True, True, Right.AT_ONCE),
        ([BOB, CY], True, True, Right.AT_ONCE),
        ([], True, True, Right.AT_ONCE),
        ([ANN], False, False, Right.AT_ONCE),
        ([ANN, BOB], False, False, Right.ASK_FIRST),
        ([BOB], False, False, Right.ASK_FIRST),
        ([], False, False, Right.AT_ONCE),
    ],
)
def test_what_ann_may_do(asked_by, login, teacher, right):
    assert may_stop(asked_by, ANN, login=login, teacher=teacher) is right


@pytest.fixture
def queue(store, no_worker) -> Jobs:
    return Jobs(store)


def ask(store, *people: str, training: bool = False) -> None:
    for person in people:
        jobs.enqueue(store, A, ExperimentConfig(), owner=person)
    if training:
        assert jobs.next_job(store) == A
        store.set_status(A, "running")


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("asked", [False, True])
def test_with_login_nobody_stops_what_another_asked_for(queue, store, training, asked):
    ask(store, ANN, training=training)
    with pytest.raises(ThawError, match="asked for by someone else"):
        stopping.stop(queue, A, BOB, login=True, asked=asked)
    assert not jobs.stop_requested(store, A)
    assert store.status(A) == ("running" if training else "queued")


def test_who_asked_for_it_alone_stops_it_at_once(queue, store):
    ask(store, ANN)
    stopping.stop(queue, A, ANN, login=True)
    assert store.status(A) == "stopped"


def test_a_teacher_stops_it_for_everyone(queue, store):
    ask(store, ANN, BOB)
    stopping.stop(queue, A, CY, login=True, teacher=True)
    assert store.status(A) == "stopped"


@pytest.mark.parametrize("training", [False, True])
def test_with_login_one_of_several_takes_only_themselves_off_it(queue, store, training):
    ask(store, ANN, BOB, training=training)
    with pytest.raises(ThawError, match="Others wait for this"):
        stopping.stop(queue, A, ANN, login=True)
    stopping.stop(queue, A, ANN, login=True, asked=True)
    assert not jobs.stop_requested(store, A)
    assert read_state(store, A).askers == (BOB,)
    with pytest.raises(ThawError, match="asked for by someone else"):
        stopping.stop(queue, A, ANN, login=True, asked=True)
    stopping.stop(queue, A, BOB, login=True)  # nobody else waits for it any more
    assert jobs.stop_requested(store, A)


def test_what_its_first_asker_leaves_is_the_next_ones_in_the_queue(queue, store):
    ask(store, ANN, BOB, CY)
    stopping.stop(queue, A, ANN, login=True, asked=True)
    (line,) = turns.queue(store)
    assert line.owner == BOB


def test_whoever_left_it_can_ask_for_it_again(queue, store):
    ask(store, ANN, BOB)
    stopping.stop(queue, A, ANN, login=True, asked=True)
    ask(store, ANN)
    assert read_state(store, A).askers == (BOB, ANN)


def test_without_login_others_stop_it_once_they_were_asked(queue, store):
    ask(store, ANN, BOB, training=True)
    with pytest.raises(ThawError, match="Others wait for this"):
        stopping.stop(queue, A, CY, login=False)
    assert not jobs.stop_requested(store, A)
    stopping.stop(queue, A, CY, login=False, asked=True)
    assert jobs.stop_requested(store, A)
    assert in_training.keys(store) == [A]
