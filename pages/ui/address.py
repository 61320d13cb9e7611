"""The address bar: only this module reads or writes it. A link says ids and numbers, never words.

What stands there is bound before its control is drawn: what a link says is checked and taken over once, and
at the end of a run the address says what is chosen, as far as it is not the default. So a reload loses
nothing, and a link opens what its sender saw. Streamlit's own `bind` would write a control's words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import links, old_links

_RUN = "address_run"  # of the app, from its first line to its last
_PAGE = "address_page"  # open in the last run that came to its end
_TAKEN = "address_taken"  # parameters that this session has taken over


@dataclass(frozen=True)
class Parameter:
    """How a value stands in the address bar.

    Attributes:
        read: Text -> value, or None where the text makes no sense.
        reason: What to say of such a text.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    reason: str


def one_of(values: Iterable, reason: str, write: Callable[[Any], str] = str) -> Parameter:
    """One of a few values."""
    known = {write(value): value for value in values}
    return Parameter(write, known.get, reason)


def number(low: float, high: float, kind: type) -> Parameter:
    """A number in a range; `kind` is int or float."""

    def read(text: str):
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?" if kind is float else r"[0-9]{1,10}", text):
            return None
        value = kind(text)
        return value if low <= value <= high else None

    noun = "number" if kind is float else "whole number"
    return Parameter(lambda value: f"{value:g}" if kind is float else str(value), read,
                     f"which is not a {noun} from {low:g} to {high:,}")  # fmt: skip


@dataclass
class _Run:
    """One run of the app.

    Attributes:
        page: Its path.
        moved: Whether another page was open in the run before.
        back: Whether a person went back or forward to this address.
        says: Parameter -> what is to stand there in the end; None for nothing.
    """

    page: str = ""
    moved: bool = False
    back: bool = False
    says: dict[str, Callable[[], str | None]] = field(default_factory=dict)


def begin(page: str) -> None:
    """Call it first in every run of the app, with the page's path."""
    context = get_script_run_ctx()
    moved = st.session_state.get(_PAGE) != page
    # a bare address says nothing: Streamlit shows one for a moment whenever another page is opened
    back = context is not None and context.is_history_navigation and bool(st.query_params)
    st.session_state[_RUN] = _Run(page, moved, back)


def _run() -> _Run:
    return st.session_state.setdefault(_RUN, _Run())


def went_back() -> bool:
    """Whether a person went back or forward to this address: then all it does not say is the default."""
    return _run().back


def asked(name: str) -> str | None:
    """What the address bar says of a parameter, the last word if it says several; None where nothing."""
    said = st.query_params.get_all(name)
    return old_links.today(name, said[-1]) if said else None


def linked(name: str) -> str | None:
    """`asked`, where it is news: when a session first looks at a parameter, and when a person went back."""
    taken = st.session_state.setdefault(_TAKEN, set())
    if name in taken and not went_back():
        return None
    taken.add(name)
    return asked(name)


def say(name: str, text: str | None) -> None:
    """What is to stand in the address bar when this run ends; None for nothing."""
    _run().says[name] = lambda: text


def bind(name: str, parameter: Parameter, default: Any) -> None:
    """Bind the control whose key is `name`: call it before the control is drawn, with its default.

    Where it has none, None, the address stays as it is. What a link says and makes no sense is refused.
    """
    said = linked(name)
    value = None if said is None else parameter.read(said)
    if said is not None and value is None:
        refuse(name, parameter.reason)
    if value is None and went_back():
        value = default
    if value is None and _run().moved:  # Streamlit would go on with what this page's own control last said
        value = st.session_state.get(name)
    if value is not None:
        st.session_state[name] = value
    if default is not None:
        _run().says[name] = lambda: _text(st.session_state.get(name), parameter, default)


def _text(value: Any, parameter: Parameter, default: Any) -> str | None:
    return None if value is None or value == default else parameter.write(value)


def choice(name: str, values: Iterable) -> None:
    """`bind` for a control that chooses one of a few ids or numbers, the first of which is its default."""
    values = list(values)
    bind(name, one_of(values, "which is not one of its choices"), values[0])


def refuse(name: str, reason: str) -> None:
    """Say above the page that a link asked for what cannot be given.

    Args:
        reason: After the value, such as `which is not a layer`. Markdown.
    """
    links.refuse(name, st.query_params.get_all(name)[-1], reason)


def stop() -> NoReturn:
    """End the page early. After `st.stop` nothing reaches the browser any more, so the address goes first."""
    write()
    st.stop()


def write() -> None:
    """Let the address bar say what is chosen. Call it last in every run of the app."""
    st.session_state[_PAGE] = _run().page
    here = {name: st.query_params.get_all(name) for name in st.query_params}
    wanted = dict(here)
    for name, says in _run().says.items():
        text = says()
        if text is None:
            wanted.pop(name, None)
        else:
            wanted[name] = [text]
    if wanted != here:
        st.query_params.from_dict(wanted)  # at once: one step back
