"""The view "One image" of the Bottleneck features page: its channels, where they are active, and its like."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import layers
from core.charts import concept_charts, feature_charts
from core.charts.photo_overlay import over_photo
from core.codegen.features import one_image_code
from core.concepts import feature_notes
from core.concepts.activations import strongest
from core.concepts.neighbours import nearest
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ThawError
from core.explain.maps import mapped_images
from core.wording.markdown import code
from pages.ui import look, show, state, study
from pages.ui.features import subject as features
from pages.ui.features.subject import Subject

STRONGEST = 6  # channels shown over the photo
NEIGHBOURS = 6
PHOTO_SIDE = 150  # px
LAST_LAYER = layers.layer_table()[-1].name
BEFORE, AFTER = "before", "after"
TITLES = {BEFORE: ":blue[**As pretrained**]", AFTER: ":orange[**After fine-tuning**]"}
COLOURS = {BEFORE: "frozen", AFTER: "trainable"}


@dataclass(frozen=True)
class Seen:
    """What one network makes of the image.

    Attributes:
        maps: float32 (h, w, 1280), the last layer's output.
        pooled: float32 (1280,), their means.
    """

    maps: np.ndarray
    pooled: np.ndarray


def view(dataset: Dataset, base: ExperimentConfig) -> None:
    """Draw it. Raises DatasetError or StoreError."""
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        subject = features.choose(dataset, base)
        number = _choose_image(subject)
        pixels = _photo(subject, number)
        numbers = st.container()
        features.invite(subject, base)
    with picture:
        seen = _look(subject, pixels)
        notes: list[str] = []
        if seen:
            with numbers:
                _numbers(seen)
            _over_photo(seen, pixels)
            notes += _neighbours(subject, number, seen)
            notes += _channels(seen)
    show.notice("this picture and its neighbours", notes)
    show.code(one_image_code(subject.config.data.image_size, subject.config.base.scaling))


# The image


def _choose_image(subject: Subject) -> int:
    """The picked image's number; the picker can be searched by class and by file name."""
    dataset, shown = subject.dataset, subject.shown()
    names = [
        f"{dataset.classes[dataset.items[position].label]} · {features.file_name(subject, number)}"
        for number, position in enumerate(shown)
    ]
    key = features.image_key(dataset)
    if features.picked(subject) is None:
        st.session_state[key] = 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox(
            f"One of {len(shown):,} validation images", range(len(shown)), format_func=names.__getitem__,
            key=key, persist_state="session", help="Type a class or part of a file name to search.",
        )  # fmt: skip
        st.button(
            "Another", key="another-image", icon=":material/casino:", on_click=_another, args=(subject,),
            help="A misclassified image where a run says which those are; else any.",
        )  # fmt: skip
    return number


def _another(subject: Subject) -> None:
    """Pick an image at random, a misclassified one if there is any. A callback."""
    labels = subject.dataset.labels[subject.shown()]
    predicted = subject.predicted(features.AFTER)
    if predicted is None:
        predicted = subject.predicted(features.BEFORE)
    wrong = np.flatnonzero(predicted != labels) if predicted is not None else np.arange(0)
    pool = wrong if len(wrong) else np.arange(len(labels))
    features.pick(subject.dataset, int(np.random.default_rng().choice(pool)))


def _photo(subject: Subject, number: int) -> np.ndarray:
    """The picture as the network gets it, shown."""
    size = subject.config.data.image_size
    pixels = look.network_pixels(subject.dataset, int(subject.shown()[number]), size)
    name = features.file_name(subject, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(look.png(concept_charts.enlarged(pixels, 160)), width=PHOTO_SIDE, alt=f"The picture: {name}")
        lines = [code(name), f"{size} × {size} px", *features.said_of(subject, number)]
        st.markdown("  \n".join(lines), width="content")
    return pixels


# Through the network


def _look(subject: Subject, pixels: np.ndarray) -> dict[str, Seen]:
    """What the networks make of it: the pretrained one, and the fine-tuned one if there is one."""
    found = {}
    for when in (BEFORE, AFTER) if subject.tuned else (BEFORE,):
        lens = study.lens(subject.study("lenses", after=when == AFTER, inside=True))
        if lens is None:
            break
        out = lens.look(pixels[None], (LAST_LAYER, "pooled"))
        found[when] = Seen(out[LAST_LAYER][0], out["pooled"][0])
    return found


def _numbers(seen: dict[str, Seen]) -> None:
    with st.container(horizontal=True):
        for when, one in seen.items():
            active = int((one.pooled > 0).sum())
            label = "Active channels" if len(seen) == 1 else f"Active {when}"
            st.metric(
                label, f"{active:,}", help=f"Of {len(one.pooled):,} channels; the others are exactly 0."
            )


def _over_photo(seen: dict[str, Seen], pixels: np.ndarray) -> None:
    """The strongest channels as maps over the photo, all on one scale."""
    height, width, count = seen[BEFORE].maps.shape
    st.markdown(
        f"##### Its {STRONGEST} most active channels, over the picture",
        help=f"The last layer, `{LAST_LAYER}`, gives {count:,} maps of {height} × {width} places. The mean "
        f"of a map is the channel's activation: one of the {count:,} numbers.",
    )
    chosen = {when: strongest(one.maps, STRONGEST) for when, one in seen.items()}
    top = max(float(one.maps[..., chosen[when]].max()) for when, one in seen.items())
    for when, one in seen.items():
        if len(seen) > 1:
            st.markdown(TITLES[when])
        with st.grid(STRONGEST, min_column_width=90, gap="xsmall"):
            for channel in chosen[when]:
                tile = over_photo(pixels, one.maps[..., channel], top)
                with st.container(gap=None):
                    value = f"{one.pooled[channel]:.2f}"
                    st.image(look.png(tile), width="stretch", alt=f"Where channel {channel} is active")
                    st.caption(f"**{channel}** · {value}")
    st.caption(
        "Channel number and activation; the number is only the channel's place in the layer. Each of the "
        f"{height} × {width} squares is one place of the map; the more magenta, the more active. A place has "
        "seen far more of the picture than its square."
    )


def _channels(seen: dict[str, Seen]) -> list[str]:
    """All channels of each network as a grid of shades, on one scale."""
    st.markdown("##### All 1,280 channels")
    top = max(float(one.pooled.max()) for one in seen.values())
    for when, one in seen.items():
        if len(seen) > 1:
            st.markdown(TITLES[when])
        most = int(one.pooled.argmax())
        show.altair(
            feature_charts.channel_grid(one.pooled, top, COLOURS[when], state.theme()),
            key=f"channels-{when}",
            alt_text=f"Activation of 1,280 channels; the strongest: channel {most}, {one.pooled[most]:.2f}",
        )  # fmt: skip
    table = pd.DataFrame({"channel": range(len(seen[BEFORE].pooled))})
    for when, one in seen.items():
        table[f"activation, {when}"] = one.pooled.round(4)
    ordered = table.sort_values(table.columns[1], ascending=False)
    show.numbers(ordered, alt_text="activation of every channel", key="channels-numbers")
    notes = [feature_notes.channel_note(seen[BEFORE].pooled)]
    if AFTER in seen:
        notes.append(feature_notes.tuned_note(seen[BEFORE].pooled, seen[AFTER].pooled, STRONGEST))
    return notes


# Its like in the training set


def _neighbours(subject: Subject, number: int, seen: dict[str, Seen]) -> list[str]:
    """The training images with the most similar features, by each network."""
    st.markdown("##### Its nearest neighbours in the training set")
    train = subject.positions("train")
    images = mapped_images({"train": len(train)}, {"split": "train"})
    label, notes = int(subject.dataset.labels[subject.shown()[number]]), []
    for when, one in seen.items():
        found = study.ask(
            subject.study("maps", after=when == AFTER, split="train"),
            f"Search {images:,} training images",
            note=f"The features of {images:,} training images are computed once and kept. The nearest are "
            "those whose 1,280 numbers point in the most similar direction.",
            at_once=when == AFTER,
        )
        if found is None:
            break
        rows, similarity = nearest(one.pooled, found.arrays["pooled"], NEIGHBOURS)
        if len(seen) > 1:
            st.markdown(TITLES[when])
        _tiles(subject, train[rows], similarity, label)
        same = int((found.arrays["labels"][rows] == label).sum())
        name = subject.dataset.classes[label]
        notes.append(feature_notes.neighbour_note(same, len(rows), name, after=when == AFTER))
    return notes


def _tiles(subject: Subject, positions: np.ndarray, similarity: np.ndarray, label: int) -> None:
    dataset, size = subject.dataset, subject.config.data.image_size
    with st.grid(NEIGHBOURS, min_column_width=90, gap="xsmall"):
        for position, value in zip(positions, similarity, strict=True):
            item = dataset.items[position]
            name, mark = dataset.classes[item.label], "✓" if item.label == label else "✗"
            with st.container(gap=None):
                try:
                    pixels = look.network_pixels(dataset, int(position), size)
                except ThawError as problem:
                    show.error(problem)
                    continue
                said = "same class" if mark == "✓" else "another class"
                tile = look.png(concept_charts.enlarged(pixels, 128))
                st.image(tile, width="stretch", alt=f"{said}, {name}: {item.name.rpartition('/')[2]}")
                st.caption(f"{mark} **{look.plain(name)}** · {value:.2f}")
