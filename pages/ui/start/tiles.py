"""The nine images that are watched: what the pretrained network calls them, and what each network says."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from core.charts import watched_tile
from core.charts.watched_tile import Said
from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset
from core.data.watched import WATCHED, watched
from core.errors import DatasetError, ThawError
from core.method.lens import imagenet_probabilities
from core.method.weights import imagenet_labels
from core.results import PHASES
from core.running.answers import stored_answers
from core.stages import Answers
from core.store import Store
from pages.server import pace
from pages.ui import asking, look, services, show, state, study
from pages.ui.predict import networks
from pages.ui.start.comparison import Comparison

POLL_SECONDS = 1.0
TILE_WIDTH = 86  # px, at least: nine in a row on a laptop, three on a phone
KEY = (
    ":blue[●] frozen · :orange[■] fine-tuned · :gray[▲] from scratch. Right: a tick and an unbroken outline; "
    "wrong: a cross and dashes."
)


def positions(dataset: Dataset, data: DataConfig) -> np.ndarray:
    """Where the watched images lie in the data set, int64. Raises DatasetError."""
    validation = look.parts(dataset, data)["validation"]
    return validation[watched(dataset.labels[validation])]


def readable_pixels(dataset: Dataset, position: int, size: int) -> np.ndarray:
    """An image as the network gets it, uint8 (size, size, 3); plain grey where it is gone or broken."""
    try:
        return _read(dataset.key, position, size, dataset)
    except DatasetError:
        return np.full((size, size, 3), 128, np.uint8)


@st.cache_data(show_spinner=False, max_entries=256)
def _read(key: str, position: int, size: int, _dataset: Dataset) -> np.ndarray:
    return look.network_pixels(_dataset, position, size)


def lost(dataset: Dataset, data: DataConfig) -> list[str]:
    """Names of the watched images that cannot be read. Raises DatasetError."""
    names = []
    for position in positions(dataset, data):
        try:
            _read(dataset.key, int(position), data.image_size, dataset)
        except DatasetError:
            names.append(dataset.items[position].name)
    return names


def _grid():
    return st.grid(WATCHED, min_column_width=TILE_WIDTH, gap="small")


def draw(found: Comparison) -> None:
    """Each image with every network's latest answer. Raises DatasetError or StoreError."""
    dataset, data = found.dataset, found.transfer.data
    latest = answers(found)
    theme, phases = state.theme(), PHASES[: 3 if found.together or found.states[1] else 2]
    with _grid():
        for place, position in enumerate(positions(dataset, data).tolist()):
            label = int(dataset.labels[position])
            said = [_said(latest.get(phase), phase, place, label, dataset.classes) for phase in phases]
            pixels, name = readable_pixels(dataset, position, data.image_size), dataset.classes[label]
            svg = watched_tile.tile(pixels, name, said, theme)
            st.image(svg, width="stretch", alt=watched_tile.tile_alt(name, said))
    st.markdown(f":small[{KEY}]")


def _said(found: Answers | None, phase: str, place: int, label: int, classes: tuple[str, ...]) -> Said:
    """What a network says of the image at `place`; nothing where its log holds no such answer."""
    if found is None or place >= min(len(found.said), len(found.sure)):
        return Said(phase)
    said = found.said[place]
    if not 0 <= said < len(classes):
        return Said(phase)
    return Said(phase, classes[said], found.sure[place], said == label)


def answers(found: Comparison) -> Mapping[str, Answers]:
    """Phase -> the latest answers of its network: a finished run's as stored, else by its log.

    Raises:
        StoreError: a finished run's arrays are missing or broken.
    """
    told: dict[str, Answers] = {}
    for key, run, phases in zip(found.keys, found.states, (PHASES[:2], PHASES[2:]), strict=True):
        if run is not None and run.status == "finished":
            told |= {phase: _stored(key, phase) for phase in phases}
        elif run is not None:
            told |= {one.phase: one for one in run.answers}
    first = services.run_key(found.transfer.first_phase_only())
    if PHASES[0] not in told and found.states[0] and services.get_store().finished(first):
        told[PHASES[0]] = _stored(first, PHASES[0])  # it was trained for another run
    return told


def _stored(key: str, phase: str) -> Answers:
    path = services.get_store().path(key) / "metrics.json"
    return _stored_answers(str(services.get_store().home), path.stat().st_mtime_ns, key, phase)


@st.cache_data(show_spinner=False, max_entries=64)
def _stored_answers(home: str, stamp: int, key: str, phase: str) -> Answers:
    return stored_answers(Store(Path(home)), key, phase)


# Before anything is trained


def draw_untrained(dataset: Dataset, config: ExperimentConfig) -> None:
    """Each image with what the pretrained network calls it, as soon as that network is open; nothing waits
    for it. Raises DatasetError."""
    asked, why = networks.imagenet_study(config), ""
    try:
        study.quietly(asked)
    except ThawError as problem:  # the rest of the page needs no answer
        why = str(problem)
    run = services.state(asking.key_of(asked))
    waits = run is not None and run.active
    st.fragment(_untrained, run_every=pace.seconds(POLL_SECONDS) if waits else None)(
        dataset, config, waits, why
    )


def _untrained(dataset: Dataset, config: ExperimentConfig, waited: bool, why: str) -> None:
    with show.problems():
        asked = networks.imagenet_study(config)
        found, run = study.answer(asked), services.state(asking.key_of(asked))
        if waited and (run is None or not run.active):
            st.rerun()
        places, data = positions(dataset, config.data).tolist(), config.data
        said = _called(found.key, dataset.key, tuple(places), dataset, found) if found else []
        theme = state.theme()
        with _grid():
            for place, position in enumerate(places):
                name, sure = said[place] if said else ("", None)
                class_name = dataset.classes[int(dataset.labels[position])]
                pixels = readable_pixels(dataset, position, data.image_size)
                svg = watched_tile.untrained_tile(pixels, name, sure, theme)
                st.image(svg, width="stretch", alt=watched_tile.untrained_alt(class_name, name, sure))
        if found:
            st.caption(f"What the pretrained network itself calls them, at {networks.IMAGENET_SIZE} px.")
        elif waited:
            st.caption(
                "The pretrained network is being opened: in some seconds it says what these are to it."
            )
        else:
            why = why or (run.message if run and run.message else "It could not be opened.")
            st.caption(f"What the pretrained network calls them is not here: {show.told(why)}")


@st.cache_data(show_spinner=False, max_entries=32)
def _called(
    lens_key: str, key: str, places: tuple[int, ...], _dataset: Dataset, _found: study.Found
) -> list[tuple[str, float]]:
    """What the pretrained network calls each image, and the probability it gives that."""
    size = networks.IMAGENET_SIZE
    pixels = np.stack([readable_pixels(_dataset, place, size) for place in places])
    probabilities = imagenet_probabilities(study.opened(_found).look(pixels, ("pooled",))["pooled"])
    labels = imagenet_labels()
    return [(labels[row.argmax()], float(row.max())) for row in probabilities]
