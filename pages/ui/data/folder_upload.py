"""A folder sent through the browser: counted before a single file is sent, for many freeze the tab.

Measured with pictures of 12 px in headless Chromium on this machine's own network: 100 files take 2 s until
they can be checked, 200 3 s, 300 6 s, 400 11 s: it grows faster than their number. A zip is one file, however
many are in it, and a path is none.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component as component_of

from core.data.images import SUFFIXES
from core.data.tables import TABLES
from core.wording import words

MOST_FILES = 300
MOST_COUNTED = 100_000  # of a dropped folder; more are not told apart
KEY, REFUSED = "folder-guard", "folder-refused"
_SCRIPT = Path(__file__).resolve().parents[3] / "assets/folder_upload.js"


def chosen(key: str) -> list:
    """The uploader of a folder, what came of it, and why nothing did where it had too many files.

    Args:
        key: Of the uploader.
    """
    uploads = st.file_uploader(
        f"A folder with one folder a class in it, up to {MOST_FILES} photos",
        type=[suffix[1:] for suffix in (*SUFFIXES, *TABLES)], accept_multiple_files="directory", key=key,
        on_change=forget,
    )  # fmt: skip
    st.caption(
        "Only pictures and tables of labels are sent, and only to this machine. More go as a zip or by their "
        "path."
    )
    if count := st.session_state.get(REFUSED):
        many = "More than " if count > MOST_COUNTED else ""
        st.warning(
            f"{many}{words.plural(min(count, MOST_COUNTED), 'picture')} are too many to send one by one: "
            f"above {MOST_FILES} a browser stops answering. Nothing was sent.",
            icon=":material/folder_off:",
        )
    return uploads or []


def refused() -> bool:
    """Whether the folder last chosen had too many files."""
    return bool(st.session_state.get(REFUSED))


def guard() -> None:
    """Count what is dropped or chosen, for `chosen`. Call it before that one, where a page leads to it.

    A browser loads the guard after it is drawn, and sends a folder dropped before then file by file.
    """
    component = component_of("folder_guard", js=_SCRIPT.read_text(encoding="utf-8"))
    component(
        key=KEY, height=0, on_refused_change=_note,
        data={"most": MOST_FILES, "counted": MOST_COUNTED, "endings": list(SUFFIXES)},
    )  # fmt: skip


def _note() -> None:
    st.session_state[REFUSED] = getattr(st.session_state[KEY], "refused", None)


def forget() -> None:
    """Say no more of the folder that had too many files. A callback."""
    st.session_state.pop(REFUSED, None)
