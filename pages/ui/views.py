"""The views of a page: one is open, and only that one computes."""

from collections.abc import Mapping

import streamlit as st

from pages.ui import address


def choose(key: str, titles: Mapping[str, str], label: str = "", *, wrap: bool = True, **how) -> str:
    """Draw the choice of a view; it stands in the address bar.

    Args:
        key: Of the control, and name of its parameter.
        titles: Id of a view -> its title; the first one is open at first.
        label: What the control is called where that is shown.
        how: More of `st.segmented_control`.
    """
    address.choice(key, titles)
    first = next(iter(titles))
    chosen = st.segmented_control(
        label or "View", list(titles), default=first, required=True, key=key, format_func=titles.__getitem__,
        persist_state="session", label_visibility="visible" if label else "collapsed", wrap=wrap, **how,
    )  # fmt: skip
    return chosen or first
