"""The figures of What mattered? are valid, draw every row, and rank nothing."""

import pytest

from core.charts.cka_chart import similarity_curve, similarity_map
from core.charts.dial_chart import dial_chart
from core.charts.rewind_chart import lost_chart, moved_chart
from core.charts.robustness_chart import shift_chart
from core.method.corruptions import CORRUPTIONS
from tests.sayings.mattered import compared, dialled, rewound, shifted

FIGURES = {
    "lost": lambda theme: lost_chart(rewound("overlap"), theme),
    "moved": lambda theme: moved_chart(rewound("overlap"), theme),
    "curve": lambda theme: similarity_curve(compared(116), theme),
    "blind": lambda theme: similarity_curve(compared(0, "random", blind=True), theme),
    "map": lambda theme: similarity_map(compared(116), theme),
    "dial": lambda theme: dial_chart(dialled(), 0.6, theme),
    **{kind: lambda theme, kind=kind: shift_chart(shifted(), kind, theme) for kind in CORRUPTIONS},
    "two networks": lambda theme: shift_chart(shifted(at_once=False), "blur", theme),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_valid_in_both_themes(name):
    light, dark = (FIGURES[name](theme).to_dict() for theme in ("light", "dark"))
    assert str(light) != str(dark)


@pytest.mark.parametrize("draw", [lost_chart, moved_chart])
def test_blocks_stand_in_the_order_of_depth_whatever_they_lose(draw):
    made = str(draw(rewound("overlap"), "light").to_dict())
    assert str(["block 12", "block 13", "block 14", "block 15", "block 16"]) in made
    assert "'sort': '-y'" not in made
