"""Photos of one's own: uploaded or named, checked beside the page, looked at, and kept under a name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data.places import typed_place
from core.errors import ThawError
from core.intake import arrivals
from core.intake.arrivals import Arrivals
from core.intake.taking_in import Intake, take_in
from core.running.background import Background, Progress
from core.wording import words
from pages.ui import asking, services, show, state
from pages.ui.data import camera, folder_upload, photo_preview

AT_ONCE_SECONDS = 0.5  # a small set is checked before anybody could read a progress bar
ZIP, FOLDER, PLACE, CAMERA = "Zip", "Folder", "On this machine", "Camera"


@dataclass(frozen=True)
class Checking:
    """Photos that came in and are being checked, or have been.

    Attributes:
        outcome: Holds the Intake once the work is finished.
        title: What they are called so far.
    """

    work: Background
    outcome: list[Intake]
    title: str


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
    st.caption("A zip, a folder or your camera: one folder a class. They stay on this machine.")
    _place()


def _open_view() -> None:
    st.session_state["data_view"] = "sources"


def add() -> None:
    """Everything from choosing the files to keeping them. One thing at a time is on the page."""
    checking: Checking | None = st.session_state.get("intake")
    st.markdown("**Add your own photos**")
    if checking is None:
        _choose()
    elif asking.goes_on(checking.work, "intake", _so_far):
        return
    elif checking.outcome:
        photo_preview.show_and_keep(checking.outcome[0], checking.title)
    else:
        asking.work_ended(checking.work)
        st.button("Choose other photos", key="intake-again", on_click=photo_preview.forget)


# Choosing


def _choose() -> None:
    way = st.segmented_control(
        "Where the photos are", (ZIP, FOLDER, PLACE, CAMERA), default=ZIP, required=True, key="intake-way",
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
                st.button("Name its path", key="to-path", icon=":material/folder_open:", on_click=_by,
                          args=(PLACE,))  # fmt: skip
        elif uploads:
            st.button(
                f"Check {words.plural(len(uploads), 'file')}", key="check-folder", type="primary",
                icon=":material/fact_check:", on_click=_check_folder, args=(uploads,),
            )  # fmt: skip
    elif way == PLACE:
        _place(check=True)
    else:
        collected = camera.collect()
        if collected is not None:
            st.session_state["intake"] = collected_photos(collected)
            st.rerun()


def _by(way: str) -> None:
    """Another way to add photos than the chosen one. A callback."""
    st.session_state["intake-way"] = way
    folder_upload.forget()


def collected_photos(intake: Intake) -> Checking:
    """Pictures of the camera, which were checked one by one, as if their checking had just ended."""
    work = Background(lambda report, should_stop: None)
    work.join(1)
    return Checking(work, [intake], "Camera pictures")


def _place(check: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Folder or zip on this machine", key="own_path", width="stretch",
            placeholder="a folder with one subfolder a class",
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
    problem = st.session_state.get("own_problem")
    if problem is not None:
        show.error(problem)


def _asked_path() -> Path:
    return typed_place(st.session_state.get("own_path", "")).resolve()


def _use_own() -> None:
    st.session_state["own_problem"] = None
    try:
        path = str(_asked_path())
        services.get_dataset(path)
    except ThawError as problem:
        st.session_state["own_problem"] = problem
        return
    state.choose_dataset(path)


def _check_own() -> None:
    st.session_state["own_problem"] = None
    try:
        path = _asked_path()
    except ThawError as problem:
        st.session_state["own_problem"] = problem
        return
    if path.is_dir():
        _check(path.name, lambda: arrivals.from_folder(path))
    else:
        _check(path.stem, lambda: arrivals.from_zip(path.open("rb")))


def _check_zip(key: str) -> None:
    upload = st.session_state.get(key)
    # Streamlit may tell of one file twice: what is checked already is not checked again
    if upload is not None and upload.file_id != st.session_state.get("intake-upload"):
        st.session_state["intake-upload"] = upload.file_id
        _check(Path(upload.name).stem, lambda: arrivals.from_zip(upload))


def _check_folder(uploads: list) -> None:
    pairs = [(upload.name, upload.getbuffer()) for upload in uploads]
    _check(pairs[0][0].partition("/")[0], lambda: arrivals.from_uploads(pairs))


def _check(title: str, make: Callable[[], Arrivals]) -> None:
    """Begin to check what `make` finds. A callback."""
    home, outcome = services.get_store().home, []

    def work(report, should_stop) -> None:
        outcome.append(take_in(make(), home, report=report, should_stop=should_stop))

    checking = Checking(Background(work), outcome, title)
    checking.work.join(AT_ONCE_SECONDS)
    st.session_state["intake"] = checking


def _so_far(progress: Progress) -> str:
    if not progress.total:
        return "Opening"
    return f"Checking photos: {progress.done:,} of {progress.total:,}"
