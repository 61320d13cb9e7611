"""What many threads ask for at once is done once for all, and no answer is older than the question."""

import threading

import pytest

from core.together import Together


def ask_from(threads: int, together: Together, work) -> list:
    """Answers to as many threads that ask at once, while the first one's work is held up."""
    found: list = []
    asking = [threading.Thread(target=lambda: found.append(together("list", work))) for _ in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(10)
    return found


def test_those_who_ask_during_an_answer_share_the_next_one():
    together, begun, go_on, calls = Together(), threading.Event(), threading.Event(), []

    def work() -> int:
        calls.append(len(calls))
        if len(calls) == 1:
            begun.set()
            assert go_on.wait(10)
        return calls[-1]

    first = threading.Thread(target=lambda: together("list", work))
    first.start()
    assert begun.wait(10)
    others: list = []
    waiting = [threading.Thread(target=lambda: others.append(together("list", work))) for _ in range(10)]
    for thread in waiting:
        thread.start()
    while together._asked["list"].waiting < 11:
        pass
    go_on.set()
    for thread in [first, *waiting]:
        thread.join(10)
    assert len(calls) == 2, "one for the first, one for all who came while it was made"
    assert others == [1] * 10, "none of them got the answer that was begun before they asked"


def test_nothing_is_kept_for_later():
    together, calls = Together(), []
    for _ in range(3):
        together("list", lambda: calls.append(1))
    assert len(calls) == 3
    assert not together._asked


def test_different_questions_do_not_wait_for_one_another():
    together = Together()
    assert together("a", lambda: together("b", lambda: "inner")) == "inner"


def test_who_waited_for_one_that_failed_does_it_themselves():
    together, calls = Together(), []

    def fail_first():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("gone")
        return "there"

    with pytest.raises(OSError, match="gone"):
        together("list", fail_first)
    assert ask_from(3, together, fail_first) == ["there"] * 3
