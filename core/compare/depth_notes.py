"""What a curve over unfreeze points says: which cannot be told apart, the cheapest of them, and both ends."""

from collections.abc import Sequence

from core import layers
from core.compare.curve import CurvePoint, Looked
from core.config import BACKBONE_LAYERS
from core.wording import words


def headline(looked: Looked) -> str:
    """The set of points that cannot be told apart, and the cheapest among them. One that stands out alone is
    named with how clearly."""
    together, count = looked.together, len(looked.points)
    if len(together) == count:
        return (
            f"**None of these {count} points can be told apart from the others.** "
            f"The cheapest is {_name(_cheapest(together))}, {_cost(_cheapest(together))}."
        )
    if len(together) == 1:
        others = [p for place, p in enumerate(looked.leaders.p_values) if place != looked.leaders.best]
        return (
            f"**Every other of these {count} points does worse than {_name(together[0])}**, the nearest "
            f"of them by chance alone in {_share(max(others))} of such curves, with all pairs looked at."
        )
    return (
        f"**{len(together)} of these {count} points cannot be told apart: "
        f"{names(together, looked.points)}.** "
        f"The cheapest of them is {_name(_cheapest(together))}, {_cost(_cheapest(together))}."
    )


def end_notes(looked: Looked) -> list[str]:
    """Whether accuracy falls towards head only, and towards the input."""
    found = []
    for place, where in ((len(looked.points) - 1, "the head"), (0, "the input")):
        point, best = looked.points[place], looked.leaders.accuracies[looked.leaders.best]
        accuracy = looked.leaders.accuracies[place]
        said = f"{_name(point)} gets {words.percent(accuracy)}"
        if place in looked.leaders.together:
            found.append(f"Towards {where} the curve does not fall beyond chance: {said}.")
        else:
            points = 100 * (best - accuracy)
            found.append(f"Towards {where} it falls: {said}, {points:.1f} points below the highest.")
    return found


def names(some: Sequence[CurvePoint], points: Sequence[CurvePoint]) -> str:
    """`block 3, block 7 to block 11 and head only`: neighbours of the curve in one.

    Args:
        some: Of `points`, ascending.
    """
    places = {point.stop: place for place, point in enumerate(points)}
    spans: list[list[CurvePoint]] = []
    for point in some:
        if spans and places[point.stop] == places[spans[-1][-1].stop] + 1:
            spans[-1].append(point)
        else:
            spans.append([point])
    said = []
    for span in spans:
        said += [f"{_name(span[0])} to {_name(span[-1])}"] if len(span) > 2 else list(map(_name, span))
    return words.listed(said)


def _name(point: CurvePoint) -> str:
    return layers.stop_label(point.stop)


def _cheapest(points: Sequence[CurvePoint]) -> CurvePoint:
    return min(points, key=lambda point: point.seconds)


def _cost(point: CurvePoint) -> str:
    if point.stop == BACKBONE_LAYERS:
        return f"{words.duration(point.seconds)}, the head alone"
    return f"{words.duration(point.seconds)} and {words.count(point.parameters)} numbers that learn"


def _share(p_value: float) -> str:
    return "fewer than 1 in 1,000" if p_value < 0.001 else f"about {1000 * p_value:.0f} in 1,000"
