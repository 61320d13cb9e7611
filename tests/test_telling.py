"""A sentence is asserted by what it tells."""

import pytest

from tests.telling import tells

TEXT = "First line.\n**Fixed 38**, broke\u00a012 of 1,500 `images`: +6.0 points (80.5 to 87.0%)."


@pytest.mark.parametrize("what", [(38, 12, 1500), ("broke 12",), (6.0, "points"), (80.5, 87.0), ("images:",)])
def test_numbers_and_words_of_one_line_are_found_whatever_their_order_and_marks(what):
    assert tells(TEXT, *what)
    assert tells(TEXT, *reversed(what))


@pytest.mark.parametrize("what", [(3,), (8,), (500,), (1.0,), (80,), ("First", 38), ("broken",)])
def test_half_a_number_another_word_and_two_lines_are_not(what):
    assert not tells(TEXT, *what)
