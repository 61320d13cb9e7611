"""Which picture is predicted: a file, a photograph, an image of the data set or a sample photo."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from core.data import images, sample_photos
from core.data.datasets import Dataset
from core.data.decoding import decode_upright
from core.errors import DatasetError
from pages.ui import links, look, show
from pages.ui.predict.networks import Chosen

FILE, CAMERA, OWN, SAMPLE = "Your picture", "Camera", "Validation image", "Sample photo"
SOURCES = (FILE, CAMERA, OWN, SAMPLE)
MOST_MEGABYTES = 25  # of one picture
MOST_LISTED = 1000  # validation images in the picker
STAND_IN = "chelsea"
_LAST = "predict-last"  # (name, content) of the last good picture of one's own


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the networks get it.

    Attributes:
        name: Of its file, or what it shows.
        pixels: By side s in px: uint8 (s, s, 3).
        truth: Its class, where it is known.
    """

    name: str
    pixels: dict[int, np.ndarray]
    truth: str | None = None


def choose(dataset: Dataset, chosen: Chosen) -> Picture:
    """Draw the controls and give the picture. Raises DatasetError."""
    links.check(predict_source=SOURCES)
    source = st.pills(
        "Picture", SOURCES, default=FILE, required=True, key="predict_source", bind="query-params",
        wrap=True,
    ) or FILE  # fmt: skip
    if source == OWN:
        return _of_the_data(dataset, chosen)
    if source == SAMPLE:
        return _sample(chosen.sizes)
    given = _upload() if source == FILE else st.camera_input("Photograph something", key="predict-camera")
    return _own(given, chosen.sizes)


def _upload():
    return st.file_uploader(
        "Drop a picture", images.SUFFIXES, key="predict-file", max_upload_size=MOST_MEGABYTES,
        help=f"JPEG, PNG, BMP, GIF, WebP or TIFF, up to {MOST_MEGABYTES} MB. It stays on this machine.",
    )  # fmt: skip


def _own(given, sizes: Collection[int]) -> Picture:
    """What was dropped or photographed; where that is no picture, the last good one stays."""
    if given is not None:
        content = given.getvalue()
        try:
            picture = Picture(given.name, _squashed(content, given.name, tuple(sorted(sizes))))
        except DatasetError as problem:
            show.error(DatasetError(look.plain(problem.happened), problem.expected, "Choose another file."))
        else:
            st.session_state[_LAST] = (given.name, content)
            return picture
    if _LAST in st.session_state:
        name, content = st.session_state[_LAST]
        st.caption(f"Still showing {look.plain(name)}.")
        return Picture(name, _squashed(content, name, tuple(sorted(sizes))))
    st.caption("Until there is one, a cat stands in for it.")
    return _photo(STAND_IN, sizes)


@st.cache_data(show_spinner=False, max_entries=8)
def _squashed(content: bytes, name: str, sizes: tuple[int, ...]) -> dict[int, np.ndarray]:
    return at_sizes(decode_upright(content, name), sizes)


def at_sizes(image: Image.Image, sizes: Collection[int]) -> dict[int, np.ndarray]:
    """A picture (RGB or grey) squashed to squares, as in training: side s -> uint8 (s, s, 3)."""
    return {size: images.squash(image, size) for size in sizes}


def _sample(sizes: Collection[int]) -> Picture:
    links.check(predict_photo=sample_photos.TITLES.values())
    name = st.selectbox(
        "Photo", list(sample_photos.TITLES), format_func=sample_photos.TITLES.get, key="predict_photo",
        bind="query-params",
    )  # fmt: skip
    return _photo(name, sizes)


def _photo(name: str, sizes: Collection[int]) -> Picture:
    pixels = {size: sample_photos.photo(name, size) for size in sizes}
    return Picture(sample_photos.TITLES[name], pixels)


def _of_the_data(dataset: Dataset, chosen: Chosen) -> Picture:
    """A validation image. Test images stay sealed: looking at them one by one is looking, too."""
    positions = look.parts(dataset, chosen.reference.data)["validation"][:MOST_LISTED]
    key = f"predict-image-{dataset.key}"
    if st.session_state.get(key, 0) >= len(positions):
        st.session_state.pop(key)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox(
            f"One of {len(positions):,} validation images", range(len(positions)), key=key,
            format_func=lambda at: _title(dataset, int(positions[at])), persist_state="session",
            help="Type a class or part of a file name to search.",
        )  # fmt: skip
        st.button(
            "Another", key="predict-another", icon=":material/casino:", on_click=_another,
            args=(key, len(positions)),
        )  # fmt: skip
    position = int(positions[number or 0])
    truth = dataset.classes[dataset.items[position].label]
    return Picture(_file(dataset, position), at_sizes(dataset.image(position), chosen.sizes), truth)


def _file(dataset: Dataset, position: int) -> str:
    return dataset.items[position].name.rpartition("/")[2]


def _title(dataset: Dataset, position: int) -> str:
    return f"{dataset.classes[dataset.items[position].label]} · {_file(dataset, position)}"


def _another(key: str, count: int) -> None:
    """A validation image at random. A callback."""
    st.session_state[key] = int(np.random.default_rng().integers(count))
