"""Photos of one's own: uploaded or named, checked beside the page, looked at, and kept under a name."""

from pathlib import Path

import streamlit as st

from core.data import summary
from core.data.datasets import Dataset
from core.data.layouts import AmbiguousLayout
from core.data.places import typed_place
from core.errors import NotAllowed, ThawError
from core.intake.apart import Sent
from core.intake.taking_in import Intake
from core.wording import words
from core.wording.markdown import plain
from pages.ui import asking, services, serving, show, state
from pages.ui.data import camera, checking, folder_upload, photo_preview, presence
from pages.ui.data.checking import Checking, so_far
from pages.ui.folders import ask_layout

ZIP, FOLDER, PLACE, CAMERA = "Zip", "Folder", "On this machine", "Camera"


def doors(elsewhere: bool = True) -> None:
    """The button that leads to adding photos, and a path to use in place.

    Args:
        elsewhere: Whether this is another page than Data, where photos are added.
    """
    st.markdown("**Your own photos**")
    pressed = st.button(
        "Add your own photos", key="add-photos", icon=":material/add_photo_alternate:", on_click=_open_view
    )
    if pressed and elsewhere:
        st.switch_page("pages/data.py")
    if serving.mode().shared:
        who = "only you and teachers" if services.logged_in() else "everyone who uses this Thaw"
        st.caption(f"A zip, a folder or your camera: one folder a class. What you keep, {who} can see.")
    else:
        st.caption("A zip, a folder or your camera: one folder a class. They stay on this machine.")
        _place()


def _open_view() -> None:
    st.session_state["data_view"] = "sources"


def add() -> None:
    """Everything from choosing the files to keeping them. One thing at a time is on the page."""
    photos: Checking[Intake] | None = st.session_state.get("intake")
    st.markdown("**Add your own photos**")
    if photos is None:
        _choose()
    elif asking.goes_on(photos.work, "intake", so_far):
        return
    elif photos.outcome:
        photo_preview.show_and_keep(photos.outcome[0], photos.title)
    else:
        if isinstance(photos.problem, AmbiguousLayout):
            ask_layout(photos.problem, "intake", _check_again)
        else:
            asking.work_ended(photos.work)
        st.button("Choose other photos", key="intake-again", on_click=photo_preview.forget)


def _check_again(layout: str) -> None:
    st.session_state["intake"] = st.session_state["intake"].again(layout)


# Choosing


def _choose() -> None:
    ways = [ZIP, FOLDER, CAMERA] if serving.mode().shared else [ZIP, FOLDER, PLACE, CAMERA]
    folder_upload.guard()
    way = st.segmented_control(
        "Where the photos are", ways, default=ZIP, required=True, key="intake-way",
        persist_state="session", wrap=True,
    )  # fmt: skip
    turn = st.session_state.get("intake-turn", 0)  # a new key empties the uploader
    if way == ZIP:
        key = f"intake-zip-{turn}"
        st.file_uploader(
            "A zip with one folder a class", type="zip", key=key, on_change=_check_zip, args=(key,)
        )
        st.caption("It may have train, validation and test above the classes.")
    elif way == FOLDER:
        uploads = folder_upload.chosen(f"intake-folder-{turn}")
        if folder_upload.refused():
            with st.container(horizontal=True):
                st.button("Send a zip", key="to-zip", icon=":material/folder_zip:", on_click=_by, args=(ZIP,))
                if PLACE in ways:
                    st.button("Name its path", key="to-path", icon=":material/folder_open:", on_click=_by,
                              args=(PLACE,))  # fmt: skip
        elif uploads:
            st.button(
                f"Check {words.plural(len(uploads), 'file')}", key="check-folder", type="primary",
                icon=":material/fact_check:", on_click=_check_folder, args=(uploads,),
            )  # fmt: skip
    elif way == PLACE:
        _place(check=True)
    elif way == CAMERA:
        collected = camera.collect()
        if collected is not None:
            st.session_state["intake"] = checking.already(collected, "Camera pictures")
            st.rerun()


def _by(way: str) -> None:
    """Another way to add photos than the chosen one. A callback."""
    st.session_state["intake-way"] = way
    folder_upload.forget()


def _place(check: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Folder or zip on this machine", key="own_path", width="stretch",
            placeholder="one subfolder a class",
        )  # fmt: skip
        st.button(
            "Use", key="use-own", icon=":material/folder_open:", on_click=_use_own,
            help="Use the photos where they are. They are read again whenever they change.",
        )  # fmt: skip
        if check:
            st.button(
                "Check and copy", key="check-own", icon=":material/fact_check:", on_click=_check_own,
                help="Check every photo, set bad ones aside, and keep a copy under a name.",
            )  # fmt: skip
    _how_it_went(st.session_state.get("own_look"))
    problem = st.session_state.get("own_problem")
    if problem is not None:
        show.error(problem)


def _how_it_went(looked: Checking[Dataset] | None) -> None:
    """Photos that are to be used where they are: how far the look at them is, or what to choose next."""
    if looked is None or asking.goes_on(looked.work, "own-look", so_far):
        return
    if looked.outcome:
        dataset = looked.outcome[0]
        st.markdown(plain(summary.of_dataset(dataset)))
        st.button(
            "Use these photos", key="use-looked", type="primary", icon=":material/check:",
            on_click=_use_looked,
        )  # fmt: skip
    elif isinstance(looked.problem, AmbiguousLayout):
        ask_layout(looked.problem, "own", _look_again)
    else:
        asking.work_ended(looked.work)


def _asked_path() -> Path:
    if serving.mode().shared:  # no such field is drawn, but a browser may send what it likes
        raise NotAllowed("Where many use one Thaw, no path of it is opened.", fix="Send a zip or a folder.")
    return typed_place(st.session_state.get("own_path", "")).resolve()


def _use_own() -> None:
    st.session_state["own_problem"] = st.session_state["own_look"] = None
    try:
        path = str(_asked_path())
    except ThawError as problem:
        st.session_state["own_problem"] = problem
        return
    _looked(checking.look(path))


def _look_again(layout: str) -> None:
    st.session_state["own_problem"] = None
    try:
        looked = st.session_state["own_look"].again(layout)
    except ThawError as problem:  # the choice cannot be stored
        st.session_state["own_problem"] = problem
        return
    services.forget_catalogue()
    _looked(looked)


def _looked(looked: Checking[Dataset]) -> None:
    """Use what was found at once, or go on looking beside the page."""
    st.session_state["own_look"] = looked
    if looked.outcome:
        _use_looked()


def _use_looked() -> None:
    state.choose_dataset(st.session_state.pop("own_look").title)


def _check_own() -> None:
    st.session_state["own_problem"] = st.session_state["own_look"] = None
    try:
        path = _asked_path()
    except ThawError as problem:
        st.session_state["own_problem"] = problem
        return
    st.session_state["intake"] = checking.take(path.name if path.is_dir() else path.stem, path)


def _check_zip(key: str) -> None:
    upload = st.session_state.get(key)
    # Streamlit may tell of one file twice: what is checked already is not checked again
    if upload is not None and upload.file_id != st.session_state.get("intake-upload"):
        st.session_state["intake-upload"] = upload.file_id
        _check_sent(Path(upload.name).stem, [upload], is_zip=True)


def _check_folder(uploads: list) -> None:
    _check_sent(uploads[0].name.partition("/")[0], uploads, is_zip=False)


def _check_sent(title: str, uploads: list, is_zip: bool) -> None:
    """Begin to check what was sent. A callback."""
    # `getbuffer` would copy each
    sent = Sent([(upload.name, upload.getvalue()) for upload in uploads], is_zip)
    remove = presence.removing([upload.file_id for upload in uploads])
    st.session_state["intake"] = checking.take(title, sent, remove=remove)
