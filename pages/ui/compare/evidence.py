"""One picture looked at closely: where each network finds evidence for a class, by Grad-CAM."""

import numpy as np
import pandas as pd
import streamlit as st

from core.charts import concept_charts
from core.charts.photo_overlay import over_photo, overlay_scale
from core.compare.disagreements import probability_words
from core.data.datasets import Dataset
from core.explain.studies import Study
from core.method.grad_cam import limits_note, place_words
from core.method.lens import maps_options
from core.predict.one import Network, answer
from core.wording.markdown import code
from pages.ui import look, predictions, show, study
from pages.ui.compare.compared import Compared

SIDE = 320  # px of a picture sent
OWN, TRUE = "What each says", "The true class"

Asked = tuple[Compared, str, int]  # a network, its short name, the class it names


def draw(
    asked: list[Asked], chips: list[str], position: int, true: int, dataset: Dataset, *, at_once: bool
) -> None:
    """The picture, what each network says of it, and the evidence laid over it.

    Args:
        position, true: The image's place in the data set, and its class.
        chips: What each says, as HTML.
        at_once: Open networks that are not opened yet without asking: somebody picked this picture.

    Raises:
        DatasetError: the image cannot be read.
        StoreError: a run's arrays are missing or broken.
    """
    name = dataset.items[position].name.rpartition("/")[2]
    size = asked[-1][0].run.config.data.image_size
    pixels = look.network_pixels(dataset, position, size)
    with st.container(border=True):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.image(look.png(concept_charts.enlarged(pixels, SIDE)), width=160, alt=f"The picture: {name}")
        with row.container(width="content", gap="xsmall"):
            st.markdown(f"**True class: {look.plain(dataset.classes[true])}**  \n{code(name)}")
            st.html("".join(chips))
        networks = _opened([network for network, _, _ in asked], at_once)
        if networks:
            _evidence(asked, networks, position, true, dataset)


def _opened(chosen: list[Compared], at_once: bool) -> list[Network]:
    """The networks ready to look through, one after the other; empty while one of them is not there."""
    opened = []
    for one in chosen:
        options = maps_options(one.run.config, one.run.run_key, one.phase.name)
        asked = Study("lenses", one.run.config, options)
        found = study.ask(
            asked, "Show where the evidence lies", at_once=at_once or bool(opened), height=150,
            note="Which places of the picture speak for the answer? Each network is converted once.",
        )  # fmt: skip
        if found is None or (lens := study.lens(asked)) is None:
            return []
        opened.append(predictions.network(one, lens))
    return opened


def _evidence(
    asked: list[Asked], networks: list[Network], position: int, true: int, dataset: Dataset
) -> None:
    wanted = st.segmented_control(
        "Evidence for", (OWN, TRUE), default=OWN, required=True, key="evidence-for",
        help="Which class's evidence is laid over the picture.",
    ) or OWN  # fmt: skip
    said, tables = [], []
    grid = st.grid(2, min_column_width=120, gap="small")
    for (_, short, named), network in zip(asked, networks, strict=True):
        label = true if wanted == TRUE else named
        class_name = look.plain(dataset.classes[label])
        pixels = look.network_pixels(dataset, position, network.lens.image_size)
        seen = answer(network, pixels, label)
        found, probability = seen.evidence, float(seen.probabilities[label])
        where = place_words(found) or ("in the only place" if found.any() else "")
        with grid.container(gap="xsmall"):
            st.markdown(f"**{short}**  \n{class_name} · {probability_words(probability)}")
            st.image(
                look.png(over_photo(pixels, found, 1.0, SIDE)), width="stretch",
                alt=f"Evidence of {short} for {class_name}: {where or 'none'}",
            )  # fmt: skip
        said.append(f"**{short}** {_finding(where, class_name, label == named)}")
        tables.append(_table(found, short, dataset.classes[label]))
    st.image(look.png(overlay_scale()), alt="Scale: from plain grey, no evidence, to magenta, the most")
    st.caption("From no evidence to the most, each picture on its own scale.")
    st.markdown(f"{'. '.join(said)}. {limits_note(found.shape)}")
    show.numbers(pd.concat(tables), alt_text="Evidence by place", key="evidence-numbers")


def _finding(where: str, class_name: str, named: bool) -> str:
    """What a network finds for a class, in words.

    Args:
        where: Of the strongest place; empty where nothing speaks for the class.
        named: Whether it is the class that the network names.
    """
    if where:
        return f"finds most evidence for {class_name} {where}"
    reason = ": it names it because every other class scores lower still" if named else ""
    return f"finds nothing that speaks for {class_name}{reason}"


def _table(found: np.ndarray, short: str, class_name: str) -> pd.DataFrame:
    """The numbers behind one overlay, a row a place."""
    row, column = np.indices(found.shape) + 1
    return pd.DataFrame(
        {"network": short, "class": class_name, "row": row.ravel(), "column": column.ravel(),
         "evidence": found.ravel().round(4)}
    )  # fmt: skip
