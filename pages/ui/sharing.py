"""Sharing with the class, and taking back: one button, wherever something of one's own is listed."""

from collections.abc import Sequence

import streamlit as st

from core.ownership import Kind
from pages.ui import services, show

_SEEN = {"runs": "Everyone in the class sees these runs.", "sets": "Everyone in the class sees these photos."}
_HIDDEN = "Only you and teachers see this."


def button(kind: Kind, names: Sequence[str], key: str, disabled: bool = False) -> None:
    """Let the class see these runs or sets; take them back where it sees all of them already.

    Args:
        names: Keys of runs, or names of sets.
        key: Of the button.
    """
    shared = bool(names) and set(names) <= set(services.access().shared(kind))
    st.button(
        "Take back" if shared else "Share with the class", key=key, disabled=disabled,
        icon=":material/lock:" if shared else ":material/group:", help=_SEEN[kind] if shared else _HIDDEN,
        on_click=show.attempt, args=(key, _share, kind, tuple(names), not shared),
    )  # fmt: skip
    show.problem(key, kind, tuple(names), not shared)


def _share(kind: Kind, names: Sequence[str], shared: bool) -> None:
    access = services.access()
    (access.share if shared else access.take_back)(kind, names)
    services.forget_catalogue()
