"""What a link asked for that cannot be given: told once above the page, and gone from the address.

A link may come from anyone. Every parameter the app reads is checked before a control sees it
(`pages.ui.address`); its value is shown short and as plain text, and never becomes a path that is opened.
"""

import streamlit as st

from core.wording.markdown import plain

_NOTE = "link_note"
_PLACE = "link_note_place"  # where it stands while a page runs
_ICON = ":material/link_off:"
_SHOWN = 40  # characters of a foreign value


def refuse(parameter: str, said: str, reason: str) -> None:
    """Note that a value was not understood. `address.refuse` calls it.

    Args:
        reason: After the value, such as `which is not a layer`. Markdown.
    """
    note = st.session_state.setdefault(_NOTE, {"page": None, "said": {}})
    note["said"][parameter] = f"**{plain(parameter)}** = “{shown(said)}”, {reason}"
    if _PLACE in st.session_state:
        st.session_state[_PLACE].info(_text(note), icon=_ICON)


def shown(value: str) -> str:
    """A foreign text for Markdown: short, on one line, without marks, control or direction characters."""
    text = "".join(character if character.isprintable() else "?" for character in value[: _SHOWN + 1])
    return plain(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def begin(page: str) -> None:
    """Draw the note above a page, until it is closed or another page is opened; `refuse` may add to it.

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
