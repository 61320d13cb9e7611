"""Photos that came in: what they look like, what was set aside, and keeping them under a name."""

import numpy as np
import streamlit as st

from core.charts import concept_charts
from core.data import images
from core.data.decoding import decode_alone
from core.errors import ThawError
from core.intake.arrivals import SetAside
from core.intake.taking_in import Intake
from core.wording import words
from core.wording.markdown import plain
from pages.ui import look, services, show, state
from pages.ui.data import camera

THUMBNAIL = 96  # px
THUMBNAILS = 8  # a class
MOST_CLASSES = 12  # shown


def show_and_keep(intake: Intake, title: str) -> None:
    counts = intake.counts
    st.markdown(
        f"**{words.plural(len(intake.photos), 'photo')} in {len(counts)} classes**, every one decoded whole. "
        + (f"{words.plural(len(intake.set_aside), 'file')} set aside." if intake.set_aside else "")
        + (f" {words.plural(intake.passed_over, 'other file')} passed over." if intake.passed_over else "")
    )
    with st.grid(2, min_column_width=260, gap="small"):
        for name in list(counts)[:MOST_CLASSES]:
            with st.container(gap="xxsmall"):
                st.markdown(f"**{plain(name)}** · {words.plural(counts[name], 'photo')}")
                st.image(
                    _thumbnails(str(intake.folder), name, intake), width="stretch",
                    alt=f"The first photos of class {name}",
                )  # fmt: skip
    if len(counts) > MOST_CLASSES:
        st.caption(f"And {len(counts) - MOST_CLASSES} more classes.")
    if intake.set_aside:
        _aside(intake.set_aside)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Keep them as", value=title[:60], key="intake-name", width="stretch", max_chars=60)
        st.button(
            f"Keep {words.plural(len(intake.photos), 'photo')}", key="keep-photos", type="primary",
            icon=":material/save:", on_click=_keep, args=(intake,),
        )  # fmt: skip
        st.button(
            "Discard", key="discard-photos", icon=":material/delete:", on_click=_discard, args=(intake,)
        )
    problem = st.session_state.get("keep_problem")
    if problem is not None:
        show.error(problem)


def _aside(files: tuple[SetAside, ...]) -> None:
    with st.expander(f"Set aside: {words.plural(len(files), 'file')}", icon=":material/report:"):
        st.dataframe(
            {"file": [one.name for one in files], "why": [one.reason for one in files]},
            hide_index=True, alt="Files that were set aside, and why",
        )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=64)
def _thumbnails(folder: str, class_name: str, _intake: Intake) -> bytes:
    photos = [photo for photo in _intake.photos if photo.class_name == class_name][:THUMBNAILS]
    pixels = [images.squash(decode_alone(_intake.content(photo), photo.name), THUMBNAIL) for photo in photos]
    return look.png(concept_charts.contact_sheet(np.stack(pixels), THUMBNAILS // 2, 2))


def _keep(intake: Intake) -> None:
    try:
        taken = frozenset(entry.name for entry in services.catalogue())
        name = intake.keep(st.session_state.get("intake-name", ""), taken)
    except ThawError as problem:
        st.session_state["keep_problem"] = problem
        return
    services.forget_catalogue()
    camera.forget()
    forget()
    state.choose_dataset(name)
    st.session_state["data_view"] = "pictures"


def _discard(intake: Intake) -> None:
    intake.discard()
    camera.forget()
    forget()


def forget() -> None:
    """Back to choosing, with an empty uploader."""
    st.session_state.pop("intake", None)
    st.session_state.pop("keep_problem", None)
    st.session_state["intake-turn"] = st.session_state.get("intake-turn", 0) + 1
