"""The picture picker: an image of the data set, a sample photo, a file of one's own or a photograph."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.data import images, pictures, sample_photos
from core.data.datasets import Dataset
from core.data.levels import Levels
from core.data.pictures import Picture
from core.errors import DatasetError, ThawError
from core.wording.markdown import plain
from pages.ui import address, show

OWN, SAMPLE, FILE, CAMERA = "data", "sample", "file", "camera"
SOURCES = {OWN: "This data set", SAMPLE: "Sample photo", FILE: "Your picture", CAMERA: "Camera"}
STAND_IN = "chelsea"
MOST_MEGABYTES = 25  # of one picture


def choose(
    dataset: Dataset,
    page: str,
    sources: Sequence[str],
    size: int,
    positions: np.ndarray | None = None,
    levels: Levels | None = None,
) -> Picture:
    """Draw the controls and give the picture; one that cannot be read is refused, and the last good stays.

    Args:
        page: Sets the controls apart from those of other pages. The source and the sample photo stand in the
            address bar as `<page>_source` and `<page>_photo`.
        sources: Some of `SOURCES`, the default first.
        size: At which a picture must be readable, in px.
        positions: Images of the data set that are offered, int64 (n,); all of them without.
        levels: By which a picture of one's own is read, as `core.data.pictures.of_file` takes them.
    """
    source = _source(page, sources)
    good = st.session_state.setdefault(f"{page}-good", {})  # source -> what it belongs to, last good picture
    try:
        if source == OWN:
            offered = np.arange(len(dataset.items)) if positions is None else positions
            belongs, picture = dataset.key, _of_the_data(dataset, page, offered)
        elif source == SAMPLE:
            belongs, picture = "", _sample(page)
        else:
            belongs, picture = _given(source, page, size, levels, *good.get(source, ("", None)))
        if picture is not None:
            picture.at(size)
            good[source] = belongs, picture
            return picture
    except ThawError as problem:
        show.error(problem)
    belongs, last = good.get(source, ("", None))
    if last is not None and (source != OWN or belongs == dataset.key):
        st.caption(f"Still showing {plain(last.title)}.")
        return last
    st.caption("Until there is one, a cat stands in for it.")
    return pictures.sample(STAND_IN)


def _source(page: str, sources: Sequence[str]) -> str:
    """Where the picture comes from. A default that nobody changed changes with the data set."""
    key, usual = f"{page}_source", f"{page}_source-usual"
    if usual in st.session_state and st.session_state.get(key) == st.session_state[usual]:
        st.session_state[key] = sources[0]
    st.session_state[usual] = sources[0]
    address.choice(key, sources)
    return st.segmented_control(
        "Picture", sources, default=sources[0], required=True, key=key, persist_state="session",
        format_func=SOURCES.__getitem__, wrap=True,
    ) or sources[0]  # fmt: skip


def _of_the_data(dataset: Dataset, page: str, positions: np.ndarray) -> Picture:
    """By class and number."""
    labels = dataset.labels[positions]
    classes = np.unique(labels).tolist()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"{page}_class-{dataset.key}"
        if st.session_state.get(key) not in classes:
            st.session_state.pop(key, None)
        label = st.selectbox(
            "Class", classes, format_func=lambda at: dataset.classes[at], key=key, persist_state="session"
        )
        mine, key = positions[labels == label], _number_key(dataset, page, label)
        if (st.session_state.get(key) or 1) > len(mine):
            st.session_state.pop(key)
        number = st.number_input(f"Number, of {len(mine):,}", 1, len(mine), key=key, persist_state="session")
        st.button(
            "Another", key=f"{page}-another", icon=":material/casino:", on_click=_another,
            args=(dataset, page, positions), help="Any of them, at random.",
        )  # fmt: skip
    return pictures.of_dataset(dataset, int(mine[(number or 1) - 1]))  # None: the field was emptied


def _number_key(dataset: Dataset, page: str, label: int) -> str:
    return f"{page}_number-{dataset.key}-{label}"


def _another(dataset: Dataset, page: str, positions: np.ndarray) -> None:
    """One at random. A callback."""
    position = int(np.random.default_rng().choice(positions))
    label = int(dataset.labels[position])
    mine = positions[dataset.labels[positions] == label]
    st.session_state[f"{page}_class-{dataset.key}"] = label
    st.session_state[_number_key(dataset, page, label)] = 1 + int(np.flatnonzero(mine == position)[0])


def _sample(page: str) -> Picture:
    key, titles = f"{page}_photo", sample_photos.TITLES
    address.choice(key, titles)
    name = st.segmented_control(
        "Photo", tuple(titles), default=STAND_IN, required=True, key=key, wrap=True,
        persist_state="session", format_func=titles.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    return pictures.sample(name or STAND_IN)


def _given(
    source: str, page: str, size: int, levels: Levels | None, last_id: str, last: Picture | None
) -> tuple[str, Picture | None]:
    """What was dropped or photographed, with its id; None for nothing yet. The last one is not read again.

    Raises:
        DatasetError: it is no picture.
    """
    if source == FILE:
        given = st.file_uploader(
            "Drop a picture", images.SUFFIXES, key=f"{page}-file", max_upload_size=MOST_MEGABYTES,
            help=f"{images.KINDS}, up to {MOST_MEGABYTES} MB. It stays on this machine.",
        )  # fmt: skip
    else:
        given = st.camera_input("Photograph something", key=f"{page}-camera")
    if given is None:
        return "", None
    now_id = f"{given.file_id}-{levels}"
    if now_id == last_id:
        return last_id, last
    picture = pictures.of_file(given.getvalue(), given.name, levels)
    try:
        picture.at(size)
    except DatasetError as problem:
        raise DatasetError(plain(problem.happened), problem.expected, "Choose another file.") from problem
    return now_id, picture
