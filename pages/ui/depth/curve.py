"""The curve itself: what leads to it, how it fills in, what it says, and a look at one of its points."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core import layers
from core.charts.depth_curve import CONTROL, SCRATCH, Reference, curve_table, depth_costs, depth_curve
from core.codegen.keras import keras_code
from core.compare.curve import CurvePoint, Looked, height, look, processors
from core.compare.depth_notes import end_notes, headline
from core.compare.published_shape import DIFFERENT, shape_table
from core.compare.rules_of_thumb import rule_table, rules
from core.concepts.freeze_guide import advice, place
from core.config import with_setting
from core.explain.studies import Study
from core.sweeps.plan import STOP
from core.wording import markdown, words
from core.wording.processors import mixed_note
from pages.server import pace
from pages.ui import asking, services, show, state, study, swept, thaw_bar
from pages.ui.depth import question
from pages.ui.swept import Swept

POLL_SECONDS = 1.0


def view(asked: Swept) -> None:
    """What leads to the curve, as far as it is not there; the curve; one of its points."""
    swept.ask(asked, "curve", "Draw the whole curve", warm=True)
    polling = pace.seconds(POLL_SECONDS) if asked.missing() and asked.active() else None
    st.fragment(_answer, run_every=polling)(asked)
    _scratch(asked)


def _answer(asked: Swept) -> None:
    """All that follows the point looked at."""
    _draw(asked)
    with show.problems():
        _code(asked)


def _draw(asked: Swept) -> None:
    with show.problems():
        points = question.curve(asked)
        there = [point for point in points if point.runs]
        if not there:
            st.caption(
                "Head only comes first, then the middle of the network, then both ends. Each point is an "
                "ordinary run: it can be opened and compared like any other."
            )
            return
        theme, references = state.theme(), _references(asked)
        finished = sum(len(point.runs) for point in points)
        looked = _looked(asked.keys, str(services.get_store().home), finished, points)
        alike = tuple(point.stop for point in looked.together) if looked else ()
        complete = finished == len(asked.points)
        if looked is not None:
            st.markdown(("" if complete else "So far: ") + headline(looked))
        said = f"Validation accuracy by unfreeze point, {len(there)} of {len(points)} points"
        show.chart(depth_curve, points, references, alike, theme, key="depth-curve", alt_text=said)
        show.chart(depth_costs, points, theme, key="depth-costs", alt_text="Seconds of each thawed phase")
        st.caption(_caption(there, looked))
        if note := mixed_note(processors(services.get_store(), there)):
            st.caption(markdown.sentence(note))
        if looked is not None and complete:
            show.notice("where the curve ends", end_notes(looked))
            _rules_of_thumb(asked, looked)
            _published(looked)
        show.numbers(partial(curve_table, points), alt_text=said, key="depth-numbers")
        _look_at_one({point.stop: point for point in there})


@st.cache_resource(show_spinner=False, max_entries=32)  # it reads what every network answered
def _looked(keys: tuple[str, ...], home: str, finished: int, _points: Sequence[CurvePoint]) -> Looked | None:
    return look(services.get_store(), _points)


def _rules_of_thumb(asked: Swept, looked: Looked) -> None:
    """What could have been said without training, and how far the curve agrees."""
    config = asked.sweep.base
    with st.expander("What rules of thumb would have said", key="depth-rules", on_change="rerun") as box:
        if not box.open:
            return
        probes = study.ask(Study("probes", config), "Probe every depth", at_once=False)
        placed = study.answer(Study("similarity", config))
        if probes is None:
            return
        advised = None if placed is None else advice(place(placed.record)).unfreeze_from
        found = rules(looked, probes.arrays["right"], probes.arrays["evidence"], advised)
        said = "Rules of thumb against the measured order"
        st.dataframe(rule_table(looked, found), hide_index=True, alt=said, key="rule-table")
        st.caption(
            "Kendall's tau: 1 is the measured order, -1 its reverse, 0 none in common. Its interval takes "
            "these points for a sample of points; the doubt in each point's own accuracy is not in it."
        )
        if placed is None:
            st.page_link(
                "pages/layers.py", label="Place these images on the guide, too", icon=":material/layers:"
            )


def _published(looked: Looked) -> None:
    with st.expander("The published shape: Yosinski and others 2014", key="depth-shape"):
        st.table(shape_table(looked), alt="What was published, and whether this curve has it")
        st.caption(DIFFERENT)


def _caption(points: Sequence[CurvePoint], looked: Looked | None) -> str:
    kind = height(points[0].checked().values()).kind
    alike = " Filled ones cannot be told apart, with all pairs looked at (Holm)." if looked else ""
    return (
        f"Diamonds: {kind}.{alike} Circles: single seeds. Below: seconds of the thawed phase alone, had "
        "nothing been reused, features included."
    )


def _references(asked: Swept) -> list[Reference]:
    """What is reached without thawing, and without transfer, as far as that was trained."""
    found = []
    controls = services.controls()
    heads = {
        controls[key].run_key: controls[key].result.last.validation.accuracy
        for key in asked.keys if key in controls
    }  # fmt: skip
    if heads:
        found.append(Reference(CONTROL, sum(heads.values()) / len(heads)))
    alone = services.result_of(asked.sweep.base.without_transfer())
    if alone is not None:
        found.append(Reference(SCRATCH, alone.last.validation.accuracy))
    return found


def _scratch(asked: Swept) -> None:
    """From scratch is a run of its own, and a dear one: it is asked for by itself."""
    config = asked.sweep.base.without_transfer()
    if services.result_of(config) is None:
        with st.expander("The same network from scratch, as a line"):
            asking.ask([config], "depth-scratch", primary=False, boxed=False)


def _code(asked: Swept) -> None:
    """That of the point looked at: the others differ from it by the one number."""
    stop = st.session_state.get("depth_stop", asked.sweep.base.fine_tuning.unfreeze_from)
    config = with_setting(asked.sweep.base, STOP, stop)
    classes = len(services.get_dataset(config.data.name).classes)
    show.code(keras_code(config, classes), f"The Keras code of one point, {layers.stop_label(stop)}")


def _look_at_one(points: dict[int, CurvePoint]) -> None:
    """A stop's thaw bar, its runs, and the way to them."""
    st.markdown("**Look at one point**")
    stop = st.select_slider(
        "Thawed from", list(points), value=list(points)[-1], format_func=layers.stop_label,
        key="depth_stop", persist_state="session",
    )  # fmt: skip
    point = points[stop]
    result = next(iter(point.runs.values()))
    classes = len(result.dataset.classes)
    with st.container(border=True):
        thaw_bar.still(stop, classes)
        level = height(point.checked().values())
        st.markdown(
            f"**{layers.stop_label(stop).capitalize()}**: {words.percent(level.accuracy)} "
            f"({words.percent(level.low)} to {words.percent(level.high)}), {words.count(point.parameters)} "
            f"numbers learned in {words.duration(point.seconds)}."
        )
        for seed, run in point.runs.items():
            swept.run_line(run.run_key, f"seed {seed}")
