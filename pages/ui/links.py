"""What a link asked for that cannot be given: dropped from the address, and told once above the page.

A link may come from anyone. Every parameter the app reads is checked before a control sees it; its value is
shown short and as plain text, and never becomes a path that is opened.
"""

import contextlib
from collections.abc import Iterable

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.wording.markdown import plain

_NOTE = "link_note"
_PLACE = "link_note_place"  # where it stands while a page runs
_ICON = ":material/link_off:"
_SHOWN = 40  # characters of a foreign value


def asked(parameter: str) -> str | None:
    """What the address bar says of a parameter, the last word if it says several; None where nothing."""
    said = st.query_params.get_all(parameter)
    return said[-1] if said else None


def check(**choices: Iterable[str]) -> None:
    """Refuse what a link says of controls that choose one of a few texts. Call it before they are drawn.

    Args:
        choices: Parameter -> the texts that can be chosen.
    """
    for parameter, options in choices.items():
        said = asked(parameter)
        if said is not None and said not in set(options):
            refuse(parameter, "which is not one of its choices")


def refuse(parameter: str, reason: str) -> bool:
    """Note that a value was not understood, and drop it.

    Args:
        reason: After the value, such as `which is not a layer`. Markdown.

    Returns:
        Whether it is gone from the address: a control drawn in an earlier run drops it by itself instead.
    """
    note = st.session_state.setdefault(_NOTE, {"page": None, "said": {}})
    note["said"][parameter] = f"**{plain(parameter)}** = “{shown(asked(parameter) or '')}”, {reason}"
    with contextlib.suppress(StreamlitAPIException):
        del st.query_params[parameter]
    if _PLACE in st.session_state:
        st.session_state[_PLACE].info(_text(note), icon=_ICON)
    return parameter not in st.query_params


def shown(value: str) -> str:
    """A foreign text for Markdown: short, on one line, without marks, control or direction characters."""
    text = "".join(character if character.isprintable() else "?" for character in value[: _SHOWN + 1])
    return plain(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def begin(page: str) -> None:
    """Draw the note above a page, until it is closed or another page is opened; `check` may add to it.

    Args:
        page: Path of the page in its address.
    """
    note = st.session_state.get(_NOTE)
    if note is not None and note["page"] not in (None, page):
        _close()
        note = None
    if note is None:
        st.session_state[_PLACE] = st.empty()
        return
    note["page"] = page
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.session_state[_PLACE] = st.empty()
        st.session_state[_PLACE].info(_text(note), icon=_ICON)
        st.button("Close", key="close-link-note", icon=":material/close:", type="tertiary", on_click=_close)


def end() -> None:
    """The page has run; it may have ended early, and then nothing can be drawn any more."""
    st.session_state.pop(_PLACE, None)


def _text(note: dict) -> str:
    said = note["said"].values()
    stands = "The default stands." if len(said) == 1 else "The defaults stand."
    return f"The link asked for {'; and for '.join(said)}. {stands}"


def _close() -> None:
    st.session_state.pop(_NOTE, None)
