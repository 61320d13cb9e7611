"""Compare: the figures that are both shown and exported, and what they are made from."""

from collections.abc import Callable, Sequence

import altair as alt
import streamlit as st

from core import charts
from core.charts import AccuracyRow, Curve
from core.charts.gain_chart import GainRow
from core.errors import StoreError
from core.wording import words
from pages.ui import progress, results, services, show
from pages.ui.compare import compared
from pages.ui.compare.compared import Compared


def kept(
    name: str, chosen: Sequence[Compared], split: str, theme: str, make: Callable[[], alt.LayerChart]
) -> show.Specification:
    """A figure made once for these networks: Altair checks every part of it, which takes 50 ms. Read only.

    Args:
        name: Tells apart the figures of the same networks.
    """
    home = str(services.get_store().home)
    return _kept(home, name, tuple((one.token, one.label) for one in chosen), split, theme, make)


@st.cache_resource(show_spinner=False, max_entries=64)
def _kept(home: str, name: str, networks: tuple, split: str, theme: str, _make) -> show.Specification:
    return show.specification(_make())


def gain_rows(chosen: Sequence[Compared], split: str) -> list[GainRow]:
    """Every pair of `compared.pairs` that was checked on the same images."""
    rows = []
    for second, first in compared.pairs(chosen):
        try:
            verdict, gained = compared.verdict_on(second, first, split)
        except StoreError:  # said above, in the verdicts
            continue
        rows.append(GainRow(_against(second, first), gained, verdict))
    return rows


def _against(second: Compared, first: Compared) -> str:
    """`B against A`, or `fine-tuning against feature extraction` within a run."""
    if second.run.run_key == first.run.run_key:
        names = [words.PHASE_NAMES[one.phase.name] for one in (second, first)]
        return f"{second.letter}: {names[0]} against {names[1]}"
    return " against ".join(one.letter if one.is_last else one.label for one in (second, first))


def accuracy_chart(chosen: Sequence[Compared], split: str, theme: str) -> alt.LayerChart:
    """All accuracies on one axis."""
    rows = [AccuracyRow(one.label, one.phase.name, one.checked(split)) for one in chosen]
    return charts.accuracy_dots(rows, theme, results.baseline(chosen[0].run.result))


def curves(chosen: Sequence[Compared]) -> list[Curve]:
    """The runs' curves, the first network's run first."""
    names = {one.run.run_key: one.letter for one in chosen}
    names |= {one.run.run_key: one.label for one in chosen if one.is_last}
    known = ((services.state(key), name) for key, name in names.items())
    return [progress.curve_of(run, name) for run, name in known if run is not None]


def curves_chart(chosen: Sequence[Compared], drawn: Sequence[Curve], theme: str) -> alt.LayerChart:
    """Curves of all chosen runs on one axis, the first one's in front.

    Args:
        drawn: What `curves` gave.
    """
    reference = chosen[0].run
    planned = (reference.config.feature_extraction.epochs, reference.config.fine_tuning.epochs)
    return charts.learning_curve(
        drawn[0], "accuracy", planned, theme, num_classes=len(reference.result.dataset.classes),
        baseline=results.baseline(reference.result), ghosts=drawn[1:],
    )  # fmt: skip
