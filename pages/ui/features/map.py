"""The view "Map of the images" of the Bottleneck features page, before and after fine-tuning."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.charts import concept_charts, feature_charts
from core.charts.feature_charts import MAP_HEIGHT
from core.codegen.features import map_code
from core.concepts import feature_map, feature_notes
from core.concepts.feature_map import Layout
from core.concepts.neighbours import same_class_share
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ThawError
from core.wording.markdown import code
from pages.ui import look, show, state, study
from pages.ui.features import subject as features
from pages.ui.features.subject import Subject
from pages.ui.study import Found

PCA, TSNE = "PCA", "t-SNE"
BEFORE, AFTER = "before", "after"
TITLES = {BEFORE: ":blue[**Before fine-tuning**]", AFTER: ":orange[**After fine-tuning**]"}
PHASES = {BEFORE: features.BEFORE, AFTER: features.AFTER}


@dataclass(frozen=True)
class Drawn:
    """The maps on the page, by `before` and, where there is one, `after`.

    Attributes:
        frames: Rows of `feature_map.map_frame`.
        shares: Of each map's features, `neighbours.same_class_share`; None for a single image.
    """

    layouts: dict[str, Layout]
    frames: dict[str, pd.DataFrame]
    shares: dict[str, float | None]


def view(dataset: Dataset, base: ExperimentConfig) -> None:
    """Draw it. Raises DatasetError or StoreError."""
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        subject = features.choose(dataset, base)
        method = _choice("Layout", (PCA, TSNE), "features_layout")
        dimensions = int(_choice("Dimensions", ("2-D", "3-D"), "features_dimensions")[0])
        numbers = st.container()
        features.invite(subject, base)
    with picture:
        drawn = _maps(subject, method, dimensions)
    if drawn is not None:
        with numbers:
            _numbers(drawn)
            _picked(subject)
        show.notice("groups and strays on the map", _notes(subject, drawn))
    size, scaling, images = subject.config.data.image_size, subject.config.base.scaling, len(subject.shown())
    how = ("pca" if method == PCA else "tsne", dimensions, images, subject.tuned is not None)
    show.code(map_code(size, scaling, *how))


def _choice(label: str, options: tuple[str, ...], key: str) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="session", width="stretch",
    )  # fmt: skip


# From the worker to the maps


def _maps(subject: Subject, method: str, dimensions: int) -> Drawn | None:
    """Draw the maps, or what leads to them."""
    images = len(subject.shown())
    before = study.ask(
        subject.study("maps"),
        f"Map {images:,} images",
        note="Every validation image goes once through the frozen network; its 1,280 numbers place it on a "
        "map. No labels are used, and nothing is trained.",
        height=MAP_HEIGHT,
    )
    if before is None:
        return None
    after = None
    if subject.tuned:
        after = study.ask(
            subject.study("maps", after=True), "Map them after fine-tuning", at_once=True, height=MAP_HEIGHT
        )
        if after is None:
            return None
    layouts = _layouts(subject, method, dimensions, before, after)
    if layouts is None:
        return None
    drawn = _drawn(subject, layouts, {BEFORE: before, AFTER: after})
    _draw(subject, drawn, dimensions)
    st.caption(_legend(drawn, method, dimensions))
    show.numbers(
        feature_map.numbers_frame(drawn.frames, list(layouts.values())),
        alt_text="images and where the maps show them", key="map-numbers",
    )  # fmt: skip
    return drawn


def _layouts(
    subject: Subject, method: str, dimensions: int, before: Found, after: Found | None
) -> dict[str, Layout] | None:
    if method == PCA:
        return _by_pca(before.key, after.key if after else None, dimensions, before, after)
    placed = study.ask(
        subject.study("tsne", after=subject.tuned is not None, dimensions=dimensions),
        "Place them by t-SNE",
        note="t-SNE looks for places on which images with similar features become neighbours. It moves all "
        "points a thousand times, from a fixed start: the same images always give the same map.",
        height=MAP_HEIGHT,
    )
    if placed is None:
        return None
    found = [when for when in (BEFORE, AFTER) if when in placed.arrays]
    return dict(zip(found, feature_map.tsne_layouts([placed.arrays[when] for when in found]), strict=True))


@st.cache_resource(show_spinner="Projecting the features…", max_entries=16)
def _by_pca(
    key: str, other: str | None, dimensions: int, _before: Found, _after: Found | None
) -> dict[str, Layout]:
    found = {BEFORE: _before} | ({AFTER: _after} if _after else {})
    groups = [one.arrays["pooled"] for one in found.values()]
    return dict(zip(found, feature_map.pca_layouts(groups, dimensions), strict=True))


def _drawn(subject: Subject, layouts: dict[str, Layout], found: dict[str, Found | None]) -> Drawn:
    dataset, shown = subject.dataset, subject.shown()
    labels, names = dataset.labels[shown], [dataset.items[position].name for position in shown]
    frames = {
        when: feature_map.map_frame(
            layout, labels, names, dataset.classes, subject.predicted(PHASES[when])
        )
        for when, layout in layouts.items()
    }  # fmt: skip
    shares = {when: _share(one.key, one) for when in layouts if (one := found[when]) is not None}
    return Drawn(layouts, frames, shares)


@st.cache_data(show_spinner=False, max_entries=64)
def _share(key: str, _found: Found) -> float | None:
    pooled, labels = _found.arrays["pooled"], _found.arrays["labels"]
    return same_class_share(np.asarray(pooled), labels) if len(labels) > 1 else None


# Drawing


def _draw(subject: Subject, drawn: Drawn, dimensions: int) -> None:
    """One map, or two side by side on one scale."""
    spans = feature_map.ranges(list(drawn.layouts.values()))
    boxes = st.columns(len(drawn.layouts), gap="small")
    for box, when in zip(boxes, drawn.layouts, strict=True):
        with box:
            if len(drawn.layouts) > 1:
                st.markdown(TITLES[when] + (f" · {subject.run_name}" if when == AFTER else ""))
            _draw_one(subject, drawn, when, dimensions, spans)


def _draw_one(subject: Subject, drawn: Drawn, when: str, dimensions: int, spans) -> None:
    frame, key = drawn.frames[when], f"feature-map-{when}"
    how = (drawn.layouts[when], spans, subject.dataset.classes, state.theme(), features.picked(subject))
    said = f"{len(frame):,} validation images, {when} fine-tuning, {int(frame['wrong'].sum())} misclassified"
    if dimensions == 3:
        figure = feature_charts.scatter_3d(frame, *how)
        st.plotly_chart(figure, key=f"{key}-3d", config={"displayModeBar": False}, alt=f"{said}, in space")
        return
    pictured = frame.assign(thumbnail=features.thumbnails(subject))
    show.altair(
        feature_charts.scatter(pictured, *how), key=key, alt_text=f"{said}, on a plane",
        on_select=partial(_clicked, key, subject.dataset), selection_mode=feature_charts.PICK,
    )  # fmt: skip


def _clicked(key: str, dataset: Dataset) -> None:
    """A callback: the click's image becomes the picked one; a click beside all points changes nothing."""
    chosen = st.session_state[key].selection.get(feature_charts.PICK)
    if chosen:
        features.pick(dataset, int(chosen[0]["number"]))


def _legend(drawn: Drawn, method: str, dimensions: int) -> str:
    said = []
    if dimensions == 2:
        said.append("Hover over a point for its picture; click to keep it at hand.")
    else:
        said.append("Drag to turn, scroll to come closer.")
    if any((frame["called"] != "").any() for frame in drawn.frames.values()):
        said.append("A ring (○) marks a misclassified image.")
    if len(drawn.layouts) > 1:
        said.append(
            "Both maps share their axes: the principal components of both sets of features together, each "
            "centred on its own middle."
            if method == PCA
            else "The map on the right starts where the left one ended, so clouds keep their places unless "
            "the features say otherwise."
        )
    return " ".join(said)


# Numbers and words


def _numbers(drawn: Drawn) -> None:
    first, second = drawn.frames[BEFORE], drawn.frames.get(AFTER)
    with st.container(horizontal=True):
        st.metric("Validation images", f"{len(first):,}")
        if drawn.layouts[BEFORE].explained:
            st.metric("Spread shown", f"{sum(drawn.layouts[BEFORE].explained):.0%}")
        was, now = drawn.shares[BEFORE], drawn.shares.get(AFTER)
        if was is not None:
            st.metric(
                "Nearest is same class", f"{was if now is None else now:.1%}",
                delta=None if now is None else f"{100 * (now - was):+.1f} points",
                help="Share of images whose most similar other image, by all 1,280 numbers, has their class.",
            )  # fmt: skip
        known = [frame for frame in (first, second) if frame is not None and (frame["called"] != "").any()]
        if known:
            wrong = [int(frame["wrong"].sum()) for frame in known]
            change = f"{wrong[1] - wrong[0]:+d}" if len(wrong) == 2 else None
            st.metric("Misclassified", f"{wrong[-1]:,}", delta=change, delta_color="inverse")


def _picked(subject: Subject) -> None:
    """The picked image, and the way to its own view."""
    number = features.picked(subject)
    if number is None:
        return
    size, name = subject.config.data.image_size, features.file_name(subject, number)
    try:
        pixels = look.network_pixels(subject.dataset, subject.shown()[number], size)
    except ThawError as problem:
        show.error(problem)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(look.png(concept_charts.enlarged(pixels, 160)), width=120, alt=f"Picked: {name}")
        with st.container(width="content"):
            st.markdown("  \n".join([code(name), *features.said_of(subject, number)]))
            st.button("Look inside", key="look-inside", icon=":material/search:", on_click=_look_inside)


def _look_inside() -> None:
    st.session_state["features_view"] = "one"


def _notes(subject: Subject, drawn: Drawn) -> list[str]:
    labels = subject.dataset.labels[subject.shown()]
    was, now = drawn.shares[BEFORE], drawn.shares.get(AFTER)
    if now is None or was is None:
        return feature_notes.map_notes(drawn.layouts[BEFORE], labels, was)
    shown = feature_notes.map_notes(drawn.layouts[BEFORE], labels, None)
    return [*shown, *feature_notes.change_notes(was, now, drawn.frames)]
