"""Is a picture like the training images? The study behind the answer, the warning, the nearest of them."""

import numpy as np
import pandas as pd
import streamlit as st

from core.charts import concept_charts
from core.charts.prediction_charts import distance_histogram
from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.errors import ThawError
from core.explain.maps import mapped_images
from core.explain.studies import Study
from core.predict.distance import NEIGHBOUR, Familiarity
from pages.ui import look, services, show, state, study

NEAREST = 6
TILE_SIDE = 128  # px


def known(reference: ExperimentConfig) -> Familiarity | None:
    """What is usual for these images, if it was computed before. Raises DatasetError or StoreError."""
    train, validation = (study.answer(asked) for asked in _studies(reference))
    return _familiarity(train.key, validation.key, train, validation) if train and validation else None


def ask(reference: ExperimentConfig) -> Familiarity | None:
    """The same; while it is not there, the button that computes it."""
    of_train, of_validation = _studies(reference)
    count = mapped_images(services.counts(reference), of_train.options)
    train = study.ask(
        of_train, f"Compare with {count:,} training images",
        note="Without this a percentage means little: a network divides whatever it is shown among its "
        "classes.",
    )  # fmt: skip
    if train is None:
        return None
    validation = study.ask(of_validation, "Compare validation images, too", at_once=True)
    return _familiarity(train.key, validation.key, train, validation) if validation else None


def _studies(reference: ExperimentConfig) -> tuple[Study, Study]:
    return Study("maps", reference, {"split": "train"}), Study("maps", reference)


@st.cache_resource(show_spinner=False, max_entries=8)
def _familiarity(train_key: str, validation_key: str, _train, _validation) -> Familiarity:
    return Familiarity.of(_train.arrays["pooled"], _validation.arrays["pooled"])


def warn(familiarity: Familiarity, distance: float) -> None:
    """The distance in a sentence; a warning where it is unusual."""
    sentence = familiarity.sentence(distance)
    if familiarity.unusual(distance):
        st.warning(sentence, icon=":material/warning:")
    else:
        st.caption(f":material/check: {sentence}")


def draw(familiarity: Familiarity, pooled: np.ndarray, dataset: Dataset, reference: ExperimentConfig) -> None:
    """Where the picture lies among usual distances, and the training images nearest to it.

    Args:
        pooled: float32 (1280,), the picture's features by the pretrained network at the reference's size.
    """
    distance = float(familiarity.distances(pooled[None])[0])
    chart, pictures = st.columns(2, gap="medium")
    with chart:
        sentence = familiarity.sentence(distance)
        show.altair(
            distance_histogram(familiarity.usual, familiarity.limit, distance, state.theme()),
            key="predict-distances", alt_text=f"Distances of validation images. {sentence}",
        )  # fmt: skip
        st.caption(
            f"Distance to the {NEIGHBOUR}th nearest of {len(familiarity.train):,} training images, between "
            "features of length 1 by the pretrained network (0 the same, 1.41 nothing in common). Beyond the "
            "dashed line lie 5% of the validation images: so many usual pictures are warned about, too. No "
            "warning is no promise: to this network a picture of something else may look much the same."
        )
    with pictures:
        _nearest(familiarity, pooled, dataset, reference)
    table = pd.DataFrame({"validation image": range(1, len(familiarity.usual) + 1)})
    table["distance"] = familiarity.usual.round(4)
    show.numbers(table, alt_text="distance of every validation image, nearest first", key="distance-numbers",
                 label="Distances")  # fmt: skip


def _nearest(familiarity: Familiarity, pooled: np.ndarray, dataset: Dataset, reference) -> None:
    rows, distances = familiarity.nearest(pooled, NEAREST)
    positions = look.parts(dataset, reference.data)["train"][rows]
    st.markdown(f"The {len(rows)} nearest training images, with class and distance")
    with st.grid(NEAREST // 2, min_column_width=80, gap="xsmall"):
        for position, distance in zip(positions, distances, strict=True):
            item = dataset.items[position]
            with st.container(gap=None):
                try:
                    pixels = look.network_pixels(dataset, int(position), reference.data.image_size)
                except ThawError as problem:
                    show.error(problem)
                    continue
                name = dataset.classes[item.label]
                tile = look.png(concept_charts.enlarged(pixels, TILE_SIDE))
                st.image(tile, width="stretch", alt=f"Class {name}: {item.name.rpartition('/')[2]}")
                st.caption(f"**{look.plain(name)}** · {distance:.2f}")
