"""Photos that came in: what they look like, what was set aside, and keeping them under a name."""

from collections.abc import Sequence

import streamlit as st

from core.charts import concept_charts
from core.data import summary
from core.data.listing import PassedOver
from core.data.names import MAX_PART
from core.errors import ThawError
from core.intake import adding, previews
from core.intake.taking_in import Intake
from core.wording import words
from core.wording.markdown import plain
from pages.ui import look, services, show, state
from pages.ui.data import camera

MOST_RENAMED = 50


def show_and_keep(intake: Intake, title: str) -> None:
    counts = intake.counts
    images = [(photo.class_name, photo.split) for photo in intake.photos]
    st.markdown(f"**{plain(summary.told(images, intake.origin.passed_over, intake.origin.levels))}**")
    st.caption("Every photo was decoded whole.")
    with st.grid(2, min_column_width=260, gap="small"):
        for name in list(counts)[: previews.MOST_CLASSES]:
            with st.container(gap="xxsmall"):
                st.markdown(f"**{plain(name)}** · {words.plural(counts[name], 'photo')}")
                st.image(
                    _thumbnails(str(intake.folder), name, intake), width="stretch",
                    alt=f"The first photos of class {name}",
                )  # fmt: skip
    if len(counts) > previews.MOST_CLASSES:
        st.caption(f"And {len(counts) - previews.MOST_CLASSES} more classes.")
    passed_over(intake.origin.passed_over)
    _rename(intake)
    alone = len(counts) == 1
    into = _where_to("choose a set" if alone else "a new set")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if into is None and alone:
            st.markdown("One class makes no set of its own: choose one that it joins.", width="stretch")
        elif into is None:
            st.text_input("Keep them as", value=title[:60], key="intake-name", width="stretch", max_chars=60)
            st.button(
                f"Keep {words.plural(len(intake.photos), 'photo')}", key="keep-photos", type="primary",
                icon=":material/save:", on_click=_keep, args=(intake,),
            )  # fmt: skip
        else:
            with show.problems():
                _offer_to_add(intake, into)
        st.button(
            "Discard", key="discard-photos", icon=":material/delete:", on_click=_discard, args=(intake,)
        )
    problem = st.session_state.get("keep_problem")
    if problem is not None:
        show.error(problem)


def _where_to(otherwise: str) -> str | None:
    """The kept set that they are to be added to, or None.

    Args:
        otherwise: What the control says where none is chosen.
    """
    mine = services.access().changeable_sets()
    sets = {entry.name: entry.title for entry in services.catalogue() if entry.kept and entry.name in mine}
    if not sets:
        return None
    if st.session_state.get("intake-into") not in sets:
        st.session_state.pop("intake-into", None)
    return st.selectbox(
        "Add them to", list(sets), index=None, key="intake-into", format_func=lambda name: sets[name],
        placeholder=otherwise,
        help="Photos that a set has already are found by their content. Only new ones are added and "
        "computed; runs before and after are told apart.",
    )  # fmt: skip


def _offer_to_add(intake: Intake, name: str) -> None:
    """What is new, and the button that adds it. Raises DatasetError where they cannot be added."""
    found = adding.addition(intake.renamed(_new_names(intake)), name, services.most())
    st.markdown(plain(adding.told(found)), width="stretch")
    st.button(
        f"Add {words.plural(len(found.photos), 'photo')}", key="add-to-set", type="primary",
        icon=":material/library_add:", on_click=_add, args=(intake, name),
    )  # fmt: skip


def passed_over(files: Sequence[PassedOver]) -> None:
    """A list of what is not used, and why; nothing where all of it is."""
    if files:
        with st.expander(f"Passed over: {words.plural(len(files), 'file')}", icon=":material/report:"):
            st.dataframe(
                {
                    "file": [one.name for one in files],
                    "why": [f"{one.reason} ({one.detail})" if one.detail else one.reason for one in files],
                },
                hide_index=True, alt="Files that are not used, and why",
            )  # fmt: skip


def _rename(intake: Intake) -> None:
    """Class names, to be mended: open where a zip does not say in which alphabet it writes them."""
    with st.expander("Class names", icon=":material/edit:", expanded=bool(intake.guessed)):
        if intake.guessed:
            st.markdown("The zip does not say in which alphabet these are written. Are they right?")
        for name in list(intake.guessed or intake.counts)[:MOST_RENAMED]:
            st.text_input(plain(name), value=name, key=f"class-name-{name}", max_chars=MAX_PART)
        if len(intake.guessed or intake.counts) > MOST_RENAMED:
            st.caption(f"Only the first {MOST_RENAMED} can be renamed here: others by their folders.")


def _new_names(intake: Intake) -> dict[str, str]:
    typed = {name: st.session_state.get(f"class-name-{name}", name) for name in intake.counts}
    return {old: new for old, new in typed.items() if new != old}


@st.cache_data(show_spinner=False, max_entries=64)
def _thumbnails(folder: str, class_name: str, _intake: Intake) -> bytes:
    pixels = previews.of_class(_intake, class_name)
    return look.png(concept_charts.contact_sheet(pixels, previews.MOST_A_CLASS // 2, 2))


def _keep(intake: Intake) -> None:
    try:
        renamed = intake.renamed(_new_names(intake))
        title = st.session_state.get("intake-name", "")
        name = services.access().keep(renamed, title, services.most())
    except ThawError as problem:
        st.session_state["keep_problem"] = problem
        return
    _look_at(name)


def _add(intake: Intake, name: str) -> None:
    try:
        found = services.access().add_to_set(intake.renamed(_new_names(intake)), name, services.most())
    except ThawError as problem:
        st.session_state["keep_problem"] = problem
        return
    _look_at(name)
    st.session_state["data_told"] = plain(adding.told(found))


def _look_at(name: str) -> None:
    """Show the pictures of a set that was just kept or added to."""
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
    if (checked := st.session_state.pop("intake", None)) is not None:
        checked.let_go()
    st.session_state.pop("keep_problem", None)
    st.session_state["intake-turn"] = st.session_state.get("intake-turn", 0) + 1
