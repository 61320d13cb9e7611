"""The published shape beside a measured curve: has it the trait, has it not, or can nobody tell?"""

import pytest

from core.compare.curve import CurvePoint, Looked
from core.compare.published_shape import Reading, shape, shape_table
from core.statistics.holm import Leaders


def looked(best: int, together: tuple[int, ...], points: int = 7) -> Looked:
    p_values = tuple(1.0 if place in together else 0.001 for place in range(points))
    accuracies = tuple(0.9 if place in together else 0.7 for place in range(points))
    stops = tuple(CurvePoint(stop) for stop in range(points))
    return Looked(stops, Leaders(best, accuracies, p_values, together))


@pytest.mark.parametrize(
    ("best", "together", "top", "dip"),
    [
        (2, (1, 2, 3), Reading.AGREES, Reading.DOES_NOT),
        (2, (1, 2, 5), Reading.AGREES, Reading.AGREES),
        (6, (6,), Reading.DOES_NOT, Reading.DOES_NOT),
        (2, (0, 1, 2, 3, 4, 5, 6), Reading.CANNOT_TELL, Reading.CANNOT_TELL),
        (2, (2, 3, 4, 5, 6), Reading.CANNOT_TELL, Reading.DOES_NOT),
        (0, (0, 6), Reading.CANNOT_TELL, Reading.AGREES),
    ],
)
def test_a_trait_is_read_from_what_can_be_told_apart(best, together, top, dip):
    assert list(shape(looked(best, together)).values()) == [top, dip]


def test_each_trait_has_its_line():
    table = shape_table(looked(2, (1, 2, 3)))
    assert list(table["here"]) == ["agrees", "does not"]
    assert table["published"].str.len().min() > 40
