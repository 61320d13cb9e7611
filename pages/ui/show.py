"""Small things every page shows alike: errors beside their control, figures with their numbers, code."""

import contextlib
import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi
from streamlit import dataframe_util
from streamlit.delta_generator import DeltaGenerator

from core.data.layouts import AmbiguousLayout
from core.errors import ThawError
from core.people.hiding import without_places
from core.wording.markdown import sentence
from pages.ui import serving

Draw = Callable[..., alt.TopLevelMixin]
Specification = dict[str, Any]  # of Vega-Lite
Table = pd.DataFrame | Callable[[], pd.DataFrame]


@dataclass
class _Sent:
    """The tables of one chart.

    Attributes:
        tables: Name -> Arrow bytes.
        names: Of a table by its `id`, with the table, so that no other has that `id`: layers share one.
    """

    tables: dict[str, bytes] = field(default_factory=dict)
    names: dict[int, tuple[str, pd.DataFrame]] = field(default_factory=dict)


# px around a chart. Streamlit gives the bottom its own and leaves none elsewhere, where half of the last
# number of an axis would be cut.
_PADDING = {"left": 5, "top": 5, "right": 14}

_sent: ContextVar[_Sent | None] = ContextVar("sent", default=None)


def _as_sent(data: alt.DataType) -> dict[str, Any]:
    """A chart's numbers as Streamlit sends them, while `specification` asks for that; else as Altair has it,
    in four times the time, and as many as the data set has images."""
    sent = _sent.get()
    if sent is None or not isinstance(data, pd.DataFrame):
        return alt.to_values(data)
    if id(data) not in sent.names:
        arrow = dataframe_util.convert_anything_to_arrow_bytes(data.reset_index(drop=True))
        name = f"table-{hashlib.sha256(arrow).hexdigest()[:16]}"
        sent.tables[name], sent.names[id(data)] = arrow, (name, data)
    return {"name": sent.names[id(data)][0]}


alt.data_transformers.register("as-sent", _as_sent)
alt.data_transformers.enable("as-sent")
schemapi.disable_debug_mode()  # every part of a chart is checked as it is made, at the cost of a third of it


def error(problem: ThawError, field: str | None = None) -> None:
    """What happened, what was expected and how to mend it; with `field`, only if it concerns that field."""
    if field is None or problem.field == field:
        parts = (problem.happened, problem.expected, problem.fix)
        if isinstance(problem, AmbiguousLayout):  # which tells of a terminal's flags
            parts = (problem.happened, "The Data page asks how they are meant.")
        text = " ".join(part for part in parts if part)
        st.error(told(text), icon=":material/error:")


def told(message: str) -> str:
    """A message of the core's as Markdown; where many use this Thaw, without where things lie on it."""
    try:
        hidden = serving.mode().shared
    except ThawError:  # it must not be served as it is
        hidden = True
    return sentence(without_places(message) if hidden else message)


@contextlib.contextmanager
def problems() -> Iterator[None]:
    """Say in its place what goes wrong inside; the rest of the page stays."""
    try:
        yield
    except ThawError as problem:
        error(problem)


def attempt(control: str, do: Callable, *args) -> None:
    """What a press of `control` does: `do(*args)`, and a problem is kept for `problem`. A callback."""
    st.session_state.pop(f"problem-{control}", None)
    try:
        do(*args)
    except ThawError as problem:
        st.session_state[f"problem-{control}"] = (args, problem)


def problem(control: str, *args) -> None:
    """What went wrong when `control` was last pressed, as long as it would do the same with `args`."""
    asked, found = st.session_state.get(f"problem-{control}", (None, None))
    if found is not None and asked == args:
        error(found)


def figure(chart: alt.TopLevelMixin | Specification, table: Table | None, *, alt_text: str, key: str) -> None:
    """A chart, and its numbers one click away."""
    altair(chart, key=key, alt_text=alt_text)
    if table is not None:
        numbers(table, alt_text=alt_text, key=f"{key}-numbers")


def altair(chart: alt.TopLevelMixin | Specification, *, key: str, alt_text: str, **selection) -> None:
    """A chart by Altair, or its `specification`.

    Not by `st.altair_chart`: that changes Altair's settings for the whole process while it works, one session
    after the other.

    Args:
        selection: `on_select` and `selection_mode`, as Streamlit takes them.
    """
    ready = chart if isinstance(chart, dict) else specification(chart)
    st.vega_lite_chart(spec=ready, key=key, alt=alt_text, **selection)


def chart(
    draw: Draw, *values, key: str, alt_text: str, where: ModuleType | DeltaGenerator = st, **options
) -> None:
    """The chart `draw(*values, **options)`, made once for everybody who asks for the same one.

    Altair takes some 90 ms for a chart of several layers, and a class watches the same curves come in.
    """
    same = pickle.dumps((draw, values, options))  # in a tenth of the time in which Streamlit hashes them
    # by name: what comes by place has its name looked for each time, which takes longer than the rest
    spec = _specification(same=same, _draw=draw, _values=values, _options=options)
    where.vega_lite_chart(spec=spec, key=key, alt=alt_text)


@st.cache_data(show_spinner=False, max_entries=256)
def _specification(same: bytes, _draw: Draw, _values: tuple, _options: dict) -> Specification:
    return specification(_draw(*_values, **_options))


def specification(chart: alt.TopLevelMixin) -> Specification:
    """A chart as Streamlit sends it. Whoever keeps it saves Altair's 10 to 50 ms at the next look.

    It is unchecked: tests check it against the schema, which takes a third of the time.
    """
    sent = _Sent()
    asked = _sent.set(sent)
    try:
        made = chart.to_dict(validate=False)
    finally:
        _sent.reset(asked)
    for size in ("continuousWidth", "continuousHeight"):  # of Altair's own theme: the page gives the width
        made["config"]["view"].pop(size, None)
    return made | {"datasets": made.get("datasets", {}) | sent.tables, "padding": _PADDING}


def numbers(table: Table, *, alt_text: str, key: str, label: str = "Numbers") -> None:
    """The table behind a figure, sent (and, where `table` makes it, made) only when opened."""
    with st.expander(label, key=key, on_change="rerun") as box:
        if box.open:
            table = table() if callable(table) else table
            st.dataframe(table, hide_index=True, alt=f"Table: {alt_text}")


def code(text: str, title: str = "The Keras code for these settings") -> None:
    """A panel with code that can be copied."""
    with st.expander(title, icon=":material/code:"):
        st.code(text, language="python")


def notice(about: str, sentences: list[str]) -> None:
    """What to notice: two or three sentences computed from the numbers above, in one closed line. Once opened
    it stays so, wherever a line says the same.

    Args:
        about: What they are about, in a few words; it sets the line apart from others of the page.
    """
    if not sentences:
        return
    key, kept = f"notice-{about}", f"notice-open-{about}"
    if key not in st.session_state:  # Streamlit forgets it with the page
        st.session_state[key] = st.session_state.get(kept, False)
    with st.expander(
        f"What to notice: {about}", key=key, icon=":material/lightbulb:", on_change=_note, args=(key, kept)
    ):
        st.markdown(" ".join(sentences))


def _note(key: str, kept: str) -> None:
    """A callback."""
    st.session_state[kept] = st.session_state[key]
