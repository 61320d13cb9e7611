"""Whose turn it is, and when: rules over lines of the queue, without files or clocks.

People take turns, and short jobs go before long ones. A job stands in line as if it had been asked for later
by `PATIENCE` times what it takes, and whoever has just had a turn as if they had asked at its end. So many
jobs of one person keep no other waiting; and no job is starved, since only what is asked for within
`PATIENCE` times its length can still go before it.

One in training that has much longer to go than the next one gives way to it at a safe point, such as the
end of an epoch, and stands in line again with what is left of it.

A patient one, such as a sweep of fifty runs, goes after all that is not, and gives way to it at once, whoever
asked: someone who looks at one run does not wait for a curve.

A look, which takes seconds, waits for no training: it is answered between two steps of one, and before all
else where nothing trains. People take turns there, too; a look is no turn among those who wait to train.

Where Thaw is one person's own, jobs go in the order of asking, tabs in turns, and nothing gives way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# In a class that asks for twice what can be done, short jobs waited a quarter as long with 6 as with 3, and
# long ones hardly longer (the class of `tests/core/test_giving_way.py`)
PATIENCE = 6.0
SHORTER = 4.0  # what trains gives way only with so many times as long to go as the next one takes
TAKING_UP_SECONDS = 3.0  # 0.1 to 0.8 were measured in a warm process; a network built anew takes more
LEAST_TURN_SECONDS = 15.0  # in training, before it may give way: at most a sixth goes into taking up again


@dataclass(frozen=True)
class Waiting:
    """A line of the queue.

    Attributes:
        run_key: Of the run or study.
        files: Its file; several where a run was queued twice at once, as version 0.1 could.
        asked: When, in seconds since the epoch.
        owner: Who asked first; empty where nobody said.
        seconds: What it should take, or what is left of it; 0 where nobody said.
        again: Whether it was in training already, and was cut off: it goes before all others.
        shared: Whether it was asked for where many use Thaw, so that short ones go first.
        since: As of when it stood in line when it was first taken, in seconds since the epoch; 0 for one
            that was not in training yet.
        spent: Seconds it has trained since it was asked for.
        on_the_way: First phases that it had begun to train, and that wait with it.
        patient: Whether all that is not goes first.
        look: Whether it is answered between the steps of what trains.
    """

    run_key: str
    files: tuple[Path, ...] = ()
    asked: float = 0.0
    owner: str = ""
    seconds: float = 0.0
    again: bool = False
    shared: bool = False
    since: float = 0.0
    spent: float = 0.0
    on_the_way: tuple[str, ...] = ()
    patient: bool = False
    look: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """All that waits in this line."""
        return self.run_key, *self.on_the_way


@dataclass(frozen=True)
class Training:
    """What trains now.

    Attributes:
        line: As it was taken off the queue.
        taken: When that was, in seconds since the epoch.
        left: Seconds until it is done, by its own word; None where it has not said.
        pause: Seconds until it could give way; None where it cannot or has not said.
    """

    line: Waiting
    taken: float
    left: float | None = None
    pause: float | None = None


@dataclass(frozen=True)
class Turn:
    """When a line's turn comes: in so many seconds, or None where something before it has no price."""

    line: Waiting
    seconds: float | None


def stands(line: Waiting, done: Mapping[str, float]) -> float:
    """As of when a line stands in the queue, in seconds since the epoch, without its length.

    Args:
        done: When a person's last turn ended, in seconds since the epoch.
    """
    return line.since or max(line.asked, done.get(line.owner, 0.0))


def _rank(line: Waiting, done: Mapping[str, float]) -> tuple[bool, bool, float]:
    return (
        not line.again,
        line.patient,
        stands(line, done) + (PATIENCE * line.seconds if line.shared else 0.0),
    )


def _first(lines: Sequence[Waiting], done: Mapping[str, float]) -> Waiting | None:
    """The next one of lines in the order of asking: each person's own keep theirs, the patient ones apart."""
    heads: dict[tuple[str, bool], Waiting] = {}
    for line in lines:
        place = (line.run_key if line.again else line.owner, line.patient)
        if line.again or place not in heads:
            heads[place] = line
    return min(heads.values(), key=lambda line: _rank(line, done), default=None)


def gives_way(
    training: Training, lines: Sequence[Waiting], done: Mapping[str, float], now: float
) -> Waiting | None:
    """The line that what trains should let go first, at a safe point now; None where it goes on.

    Args:
        lines: What waits, in the order of asking.
        done: As in `stands`.
        now: In seconds since the epoch.
    """
    own, lines = training.line, [line for line in lines if not line.look]
    if own.patient:
        return _first([line for line in lines if not line.patient], done)
    if training.left is None or not own.shared or now - training.taken < LEAST_TURN_SECONDS:
        return None
    first = _first([line for line in lines if line.owner != own.owner], done)
    if first is None or not (first.shared and first.seconds):
        return None
    worth_it = SHORTER * (first.seconds + TAKING_UP_SECONDS) <= training.left
    before = _rank(first, done) < _rank(put_back(training, now), done)
    return first if worth_it and before else None


def put_back(training: Training, now: float) -> Waiting:
    """The line of what gives way now: with what is left of it, and as of when it stood before."""
    left = training.left or 0.0
    spent = training.line.spent + max(0.0, now - training.taken)
    return replace(training.line, seconds=left + TAKING_UP_SECONDS, spent=spent, again=False)


def looks_first(
    lines: Sequence[Waiting], looked: Mapping[str, float], now: float
) -> tuple[list[Turn], list[Waiting]]:
    """The turns of the looks, as if nothing trained, and the other lines.

    Args:
        lines, now: As in `gives_way`.
        looked: When a person's last look ended, in seconds since the epoch.
    """
    looks = _one_after_another([line for line in lines if line.look], looked, now, 0.0, True)
    return looks, [line for line in lines if not line.look]


def plan(
    lines: Sequence[Waiting],
    done: Mapping[str, float],
    now: float,
    training: Training | None = None,
    looked: Mapping[str, float] | None = None,
) -> list[Turn]:
    """Every line with its turn, next one first, if nothing else is asked for.

    Args:
        lines, done, now: As in `gives_way`.
        training: What trains now, if anything does.
        looked: As in `looks_first`.
    """
    looks, lines = looks_first(lines, looked or {}, now)
    looking, ended = sum(turn.line.seconds for turn in looks), dict(done)
    clock, known = looking, True
    if training is not None:
        clock, known, back = _free(training, lines, ended, now)
        clock += looking
        if back is None:
            ended[training.line.owner] = now + clock
        else:
            lines.insert(0, back)  # it was asked for before all else of its person's
    found = _one_after_another(lines, ended, now, clock, known)
    rest = [turn for turn in found if training is None or turn.line.run_key != training.line.run_key]
    return [*looks, *rest]


def _one_after_another(
    lines: list[Waiting], ended: Mapping[str, float], now: float, clock: float, known: bool
) -> list[Turn]:
    """Lines in their order, the first of them in `clock` seconds, if that is `known`."""
    left, ended, found = list(lines), dict(ended), []
    while (line := _first(left, ended)) is not None:
        left.remove(line)
        found.append(Turn(line, clock if known else None))
        clock, known = clock + line.seconds, known and line.seconds > 0
        ended[line.owner] = now + clock
    return found


def _free(
    training: Training, lines: list[Waiting], done: Mapping[str, float], now: float
) -> tuple[float, bool, Waiting | None]:
    """(seconds until the place is free, whether that is known, the line that then goes back)."""
    if training.left is None:
        return 0.0, False, None
    if training.pause is not None:
        soonest = now if training.line.patient else training.taken + LEAST_TURN_SECONDS
        pause = max(training.pause, soonest - now)
        then = replace(training, left=training.left - pause)
        if gives_way(then, lines, done, now + pause):
            return pause, True, put_back(then, now + pause)
    return training.left, True, None
