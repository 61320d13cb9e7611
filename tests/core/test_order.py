"""Whose turn it is: people in turns, short before long, nobody starved, and when what trains gives way."""

from dataclasses import replace

import pytest

from core.running import order
from core.running.order import LEAST_TURN_SECONDS, PATIENCE, SHORTER, TAKING_UP_SECONDS, Training, Waiting

NOW = 1e6


def line(name: str, asked: float, seconds: float, owner: str = "", **more) -> Waiting:
    """Asked for so many seconds after NOW, by somebody of the same name where no owner is said."""
    more = {"shared": True} | more
    return Waiting(name, asked=NOW + asked, seconds=seconds, owner=owner or name, **more)


def names(lines, done=None, training=None) -> list[str]:
    return [turn.line.run_key for turn in order.plan(lines, done or {}, NOW, training)]


def test_a_short_one_goes_before_a_long_one_that_was_asked_for_a_little_earlier():
    assert names([line("long", 0, 60), line("short", 30, 10)]) == ["short", "long"]


def test_a_long_one_is_overtaken_only_by_what_is_asked_for_within_a_multiple_of_its_length():
    late = PATIENCE * 60 - PATIENCE * 10 + 1
    assert names([line("long", 0, 60), line("short", late, 10)]) == ["long", "short"]


def test_a_long_one_is_not_starved_by_short_ones_without_end():
    ahead = sum(names([line("long", 0, 60), line("short", at, 5)])[0] == "short" for at in range(0, 3600, 10))
    assert ahead * 10 <= PATIENCE * 60 + 10


def test_many_of_one_person_do_not_keep_another_waiting_for_all_of_them():
    many = [line(f"ann {number}", number / 10, 20, owner="ann") for number in range(10)]
    assert names([*many, line("bob", 2, 20)])[:3] == ["ann 0", "bob", "ann 1"]


def test_whoever_has_just_had_a_turn_stands_behind_who_asked_during_it():
    assert names([line("ann", 0, 20), line("bob", 10, 20)], {"ann": NOW + 20}) == ["bob", "ann"]


def test_each_ones_own_jobs_keep_their_order():
    lines = [line("long", 0, 600, owner="ann"), line("short", 1, 5, owner="ann"), line("bob", 2, 5)]
    assert names(lines) == ["bob", "long", "short"]


def test_where_thaw_is_ones_own_jobs_go_in_the_order_of_asking():
    assert names([line("long", 0, 600, shared=False), line("short", 1, 5, shared=False)]) == ["long", "short"]


def test_what_was_cut_off_goes_first_of_all():
    assert names([line("short", 0, 5), line("long", 1, 600, again=True)]) == ["long", "short"]


# Patient ones


def test_a_patient_one_goes_after_all_that_is_not_whoever_asked_first():
    curve = line("curve", 0, 300, owner="ann", patient=True)
    assert names([curve, line("mine", 10, 400, owner="ann"), line("bob", 20, 30)]) == ["bob", "mine", "curve"]


@pytest.mark.parametrize("shared", [True, False])
def test_a_patient_one_gives_way_at_once_to_anything_else_of_its_own_person_too(shared):
    curve = line("curve", -5, 300, owner="ann", patient=True, shared=shared)
    training = Training(curve, taken=NOW - 1, left=299, pause=0.0)
    asked = line("mine", -1, 400, owner="ann", shared=shared)
    assert order.gives_way(training, [asked], {}, NOW) == asked
    assert order.gives_way(training, [replace(asked, patient=True)], {}, NOW) is None
    assert names([asked], training=training) == ["mine"]


# Giving way


def trains(left: float, **how) -> Training:
    """A long one of ann's that has had its least turn."""
    how = {"since": NOW - 30, "owner": "ann"} | how
    return Training(line("trains", -30, left + 30, **how), NOW - LEAST_TURN_SECONDS, left, pause=2.0)


def lets_go(training: Training, *lines: Waiting, done=None, now=NOW) -> bool:
    return order.gives_way(training, lines, done or {}, now) is not None


SHORT = line("short", 0, 10)
ENOUGH = SHORTER * (10 + TAKING_UP_SECONDS)


def test_a_long_one_gives_way_to_a_short_one():
    assert lets_go(trains(ENOUGH), SHORT)


@pytest.mark.parametrize(
    ("training", "waiting"),
    [
        (trains(ENOUGH - 1), SHORT),  # not worth it
        (trains(ENOUGH, owner="short"), SHORT),  # one's own
        (trains(ENOUGH, shared=False), replace(SHORT, shared=False)),  # not shared
        (trains(ENOUGH), replace(SHORT, seconds=0.0)),  # no price
        (replace(trains(ENOUGH), left=None), SHORT),  # nobody knows how long
        (replace(trains(ENOUGH), taken=NOW - LEAST_TURN_SECONDS + 1), SHORT),  # it has only just begun
        (trains(ENOUGH, since=NOW - PATIENCE * ENOUGH), SHORT),  # it has waited for others long enough
    ],
)
def test_it_goes_on(training, waiting):
    assert not lets_go(training, waiting)


def test_it_gives_way_to_none_behind_one_that_is_not_short():
    assert not lets_go(trains(ENOUGH), line("before", -PATIENCE * 300, 300), SHORT)


def test_what_gave_way_stands_where_it_stood_with_what_is_left_of_it():
    back = order.put_back(trains(100.0), NOW)
    assert (back.asked, back.since, back.spent) == (NOW - 30, NOW - 30, LEAST_TURN_SECONDS)
    assert back.seconds == 100.0 + TAKING_UP_SECONDS
    others = [line("short", 0, 10), line("also long", 1, 110), line("late", PATIENCE * 120, 10)]
    assert names([back, *others]) == ["short", "trains", "also long", "late"]


# When


def test_a_place_counts_what_is_left_of_what_trains_and_all_before_it():
    training = replace(trains(20.0), pause=None)
    found = order.plan([line("b", 0, 5), line("c", 1, 30), line("d", 2, 31)], {}, NOW, training)
    assert [turn.seconds for turn in found] == [20.0, 25.0, 55.0]


def test_a_place_knows_that_what_trains_will_give_way_and_goes_on_in_between():
    found = order.plan([SHORT, line("long", 10, 300)], {}, NOW, trains(100.0))
    assert [turn.seconds for turn in found] == [2.0, 2.0 + 10 + 98 + TAKING_UP_SECONDS]


def test_behind_one_without_a_price_nobody_says_when():
    found = order.plan([line("a", 0, 5), line("b", 1, 0), line("c", 2, 50)], {}, NOW)
    times = {turn.line.run_key: turn.seconds for turn in found}
    assert times == {"b": 0.0, "a": None, "c": None}
