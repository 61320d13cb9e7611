"""Which pictures are predicted, many at a time: files, a folder, a second labelled set, validation images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import streamlit as st
from PIL import Image

from core.data import images
from core.data.datasets import Dataset
from core.data.decoding import decode_alone
from core.data.levels import Levels
from core.explain.robustness import require_same_classes
from core.predict import labelled
from core.wording import words
from pages.ui import address, look, services, show, state
from pages.ui.pictures import MOST_MEGABYTES
from pages.ui.predict.networks import Chosen

FILES, FOLDER, SECOND, OWN = "files", "folder", "second", "validation"
SOURCES = {FILES: "Files", FOLDER: "A folder", SECOND: "A second data set", OWN: "Validation images"}
OWN_IMAGES = 100
MOST_SECOND = 2000  # images of a second data set: some minutes, and an interval of four points


@dataclass(frozen=True)
class Item:
    """One picture to be predicted.

    Attributes:
        key: Tells it from every other of this session.
        image: Reads it: a Pillow image, RGB or grey. Raises DatasetError.
        truth: Its class where it is known, else an empty string.
    """

    key: str
    name: str
    image: Callable[[], Image.Image]
    truth: str = ""


@dataclass(frozen=True)
class Items:
    """What is to be predicted.

    Attributes:
        another: Whether their classes are known and they are other than the networks' own images: another
            camera, another day.
    """

    items: tuple[Item, ...]
    another: bool = False


def choose(dataset: Dataset, chosen: Chosen) -> Items:
    """Draw the controls."""
    address.choice("predict_many_source", SOURCES)
    source = st.pills(
        "Pictures", list(SOURCES), default=FILES, required=True, key="predict_many_source",
        persist_state="session", format_func=SOURCES.__getitem__, wrap=True,
    ) or FILES  # fmt: skip
    if source == OWN:
        return Items(tuple(_of_the_data(dataset, chosen)))
    if source == SECOND:
        return _second(dataset, chosen)
    return _sent(source == FOLDER, dataset, chosen.levels)


# Files and folders


def _sent(folder: bool, dataset: Dataset, levels: Levels | None) -> Items:
    given = st.file_uploader(
        "Choose a folder" if folder else "Drop pictures", key=f"predict-{'folder' if folder else 'files'}",
        accept_multiple_files="directory" if folder else True, max_upload_size=MOST_MEGABYTES,
        help=f"{images.KINDS}, up to {MOST_MEGABYTES} MB each. What is no picture is "
        "named and left out. They stay on this machine.",
    )  # fmt: skip
    visible = [file for file in given if not file.name.rpartition("/")[2].startswith(".")]
    found = [Item(file.file_id, file.name, _decoder(file, levels)) for file in visible]
    if not folder or not st.toggle(
        "Its folders are the classes", key="predict-labelled", persist_state="session",
        help="Folders inside it are called as the classes of these networks: photos of another camera or "
        "another day, and how good the networks are on them.",
    ):  # fmt: skip
        return Items(tuple(found))
    return _labelled(found, dataset) if found else Items(())


def _decoder(file, levels: Levels | None) -> Callable[[], Image.Image]:
    return lambda: decode_alone(file.getvalue(), file.name, levels)


def _labelled(found: list[Item], dataset: Dataset) -> Items:
    """The same with their classes; nothing where the folders are called otherwise."""
    with show.problems():
        truths = labelled.truths([item.name for item in found], dataset.classes)
        named = [
            Item(item.key, item.name, item.image, "" if truth is None else dataset.classes[truth])
            for item, truth in zip(found, truths, strict=True)
        ]
        return Items(tuple(named), another=True)
    return Items(())


# Data sets


def _second(dataset: Dataset, chosen: Chosen) -> Items:
    """The images of another data set with the same classes."""
    others = {name: title for name, title in state.dataset_names().items() if name != dataset.name}
    if st.session_state.get("predict-second") not in others:
        st.session_state.pop("predict-second", None)
    name = st.selectbox(
        "Data set", list(others), format_func=others.__getitem__, index=None, key="predict-second",
        persist_state="session", placeholder="Choose one with the same classes",
        help="The Data page takes in photos of another camera or another day.",
    )  # fmt: skip
    if name is None:
        return Items(())
    with show.problems():
        other = services.get_dataset(name)
        require_same_classes(dataset.classes, other.classes)
        found = tuple(_all_of(other))
        said = words.part_of(len(found), len(other.items))
        digests = (item.sha256 for item in other.items)
        learned = labelled.learned_from(digests, dataset, chosen.reference.data)
        st.caption(f"{said} images, with their classes. {labelled.learned_note(learned, len(other.items))}")
        return Items(found, another=True)
    return Items(())


def _all_of(other: Dataset) -> Iterator[Item]:
    step = max(1, -(-len(other.items) // MOST_SECOND))  # evenly from all: items go by name, and so by class
    return (_own(other, position) for position in range(0, len(other.items), step))


def _of_the_data(dataset: Dataset, chosen: Chosen) -> Iterator[Item]:
    positions = look.parts(dataset, chosen.reference.data)["validation"][:OWN_IMAGES]
    st.caption(f"The first {len(positions):,} validation images, with their classes.")
    return (_own(dataset, int(position)) for position in positions)


def _own(dataset: Dataset, position: int) -> Item:
    item = dataset.items[position]
    name, truth = item.name.rpartition("/")[2], dataset.classes[item.label]
    return Item(f"{dataset.key}-{position}", name, partial(dataset.image, position), truth)
