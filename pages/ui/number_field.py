"""A field for a whole number, which a link or the app may have filled."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def whole(
    label: str, low: int, high: int, usual: int, *, key: str, where: DeltaGenerator | None = None, **how
) -> int:
    """Draw it; its number, the usual one where it was emptied.

    A browser answers for a field that nobody touched with the number that the field was made with, whatever
    it shows. So it is made with what stands in it.

    Args:
        how: More of `st.number_input`.
    """
    held = st.session_state.get(key)
    found = (st if where is None else where).number_input(
        label, low, high, usual if held is None else held, key=key, persist_state="session", **how
    )
    return usual if found is None else int(found)
