"""What the Bottleneck features page looks at: which images, how large, and through which network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.charts.photo_overlay import thumbnail_uri
from core.config import DataConfig, ExperimentConfig, with_setting
from core.data import datasets
from core.data.datasets import Dataset
from core.data.groups import images_key
from core.errors import DatasetError
from core.explain.maps import MAP_IMAGES
from core.explain.studies import Study
from core.method.evaluation import predicted_classes
from core.store import FinishedRun, Store, finished
from core.wording import words
from pages.ui import asking, look, services, state

_NO_RUN = ""
BEFORE, AFTER = "feature_extraction", "fine_tuning"  # the phases whose heads say what an image is


@dataclass(frozen=True)
class Subject:
    """What a view looks at.

    Attributes:
        config: Names the images, their size and the pretrained weights.
        run: A run of these images, for its predictions and for the network as it left it; None where
            none was chosen.
        run_name: What the run is called.
        alone: Whether there is no run at all that one could choose.
    """

    dataset: Dataset
    config: ExperimentConfig
    run: FinishedRun | None
    run_name: str
    alone: bool = False

    @property
    def tuned(self) -> FinishedRun | None:
        """The run, where it leaves a network after fine-tuning to compare with."""
        return self.run if self.run is not None and self.run.config.fine_tuning.epochs > 0 else None

    def study(self, kind: str, *, after: bool = False, **options) -> Study:
        """A question about these images, through the pretrained network or the one after fine-tuning."""
        if after and self.tuned:
            options["run"] = self.tuned.run_key
        return Study(kind, self.config, options)

    def positions(self, split: str) -> np.ndarray:
        """Positions of a split's images in the data set, in the order of the studies. Raises DatasetError."""
        return look.parts(self.dataset, self.config.data)[split]

    def shown(self) -> np.ndarray:
        """Positions of the validation images that a map shows."""
        return self.positions("validation")[:MAP_IMAGES]

    def predicted(self, phase: str) -> np.ndarray | None:
        """What the head of a phase of the run said of each image of `shown`: int64 (n,), or None.

        Raises:
            StoreError: the run's arrays are broken.
        """
        if self.run is None:
            return None
        found = _predictions(self.run.run_key, str(services.get_store().home)).get(phase)
        return None if found is None else found[:MAP_IMAGES]


# Choosing


def choose(dataset: Dataset, base: ExperimentConfig) -> Subject:
    """Draw the controls: a run to compare with, or else an image size. Raises DatasetError."""
    runs = {run.run_key: run for run in _comparable(dataset)}
    if not runs:
        size = look.image_size(base)
        return Subject(dataset, with_setting(base, "data.image_size", size), None, "", alone=True)
    names = words.run_names(services.visible_runs())
    keys = [*runs, _NO_RUN]
    chosen = st.selectbox(
        "Compare with run", keys, key=_keep(f"features_run-{dataset.name}", keys), persist_state="session",
        format_func=lambda key: names.get(key, "none: only as pretrained"),
        help="The run's predictions mark misclassified images, and its fine-tuned network stands beside the "
        "pretrained one. A run brings its own image size.",
    )  # fmt: skip
    if chosen == _NO_RUN:
        size = look.image_size(base)
        return Subject(dataset, with_setting(base, "data.image_size", size), None, "")
    run = runs[chosen]
    st.caption(f"{run.config.data.image_size} × {run.config.data.image_size} px, as this run was trained")
    return Subject(dataset, run.config, run, names[chosen])


def invite(subject: Subject, base: ExperimentConfig) -> None:
    """Where no run can be compared with, say so and hold the button that trains one."""
    if subject.alone:
        st.caption("Train once, and this page shows the same images before and after fine-tuning.")
        asking.first_run_button(base)


def _keep(key: str, options: Sequence) -> str:
    """`key`, having dropped a remembered value that is no longer among the options."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    return key


def _comparable(dataset: Dataset) -> list[FinishedRun]:
    """Finished runs of pretrained weights on the images as they are now, newest first."""
    return [
        run
        for run in finished(state.runs_here(dataset.name))
        if run.config.base.weights == "imagenet"
        and run.result.dataset.split_key == _split_key_today(dataset, run.config.data)
    ]


def _split_key_today(dataset: Dataset, data: DataConfig) -> str | None:
    """None where the images can no longer be divided so: its table was taken away, say."""
    try:
        return _split_key(images_key(dataset, data), data, dataset)
    except DatasetError:
        return None


@st.cache_data(show_spinner=False, max_entries=64)
def _split_key(key: str, data: DataConfig, _dataset: Dataset) -> str:
    return datasets.split_key(_dataset, data)


@st.cache_resource(show_spinner=False, max_entries=32)
def _predictions(run_key: str, home: str) -> dict[str, np.ndarray]:
    arrays = Store(Path(home)).arrays(run_key)
    found = {name.partition("/")[0]: array for name, array in arrays.items() if name.endswith("/validation")}
    return {phase: predicted_classes(found[phase]) for phase in (BEFORE, AFTER) if phase in found}


# The picked image: one number for the map and for the view of one image


def image_key(dataset: Dataset) -> str:
    """Where the number of the picked image is kept: its place among `Subject.shown`."""
    return f"features_image-{dataset.key}"


def picked(subject: Subject) -> int | None:
    """Number of the picked image, if one was picked."""
    number = st.session_state.get(image_key(subject.dataset))
    return number if number is not None and number < len(subject.shown()) else None


def pick(dataset: Dataset, number: int) -> None:
    """Make an image the picked one. For callbacks."""
    st.session_state[image_key(dataset)] = number


def said_of(subject: Subject, number: int) -> list[str]:
    """Class of an image and what the run's heads called it, as lines of Markdown."""
    classes = subject.dataset.classes
    label = int(subject.dataset.labels[subject.shown()[number]])
    lines = [f"Class **{look.plain(classes[label])}**"]
    for phase, when in ((BEFORE, "frozen"), (AFTER, "fine-tuned")):
        predicted = subject.predicted(phase)
        if predicted is not None:
            mark = "✓" if predicted[number] == label else "✗"
            lines.append(f"{mark} {when} head: {look.plain(classes[int(predicted[number])])}")
    return lines


def file_name(subject: Subject, number: int) -> str:
    """Name of an image's file, without its folders."""
    return subject.dataset.items[subject.shown()[number]].name.rpartition("/")[2]


def thumbnails(subject: Subject) -> tuple[str, ...]:
    """Every shown image as a small data URI. Raises DatasetError."""
    data = subject.config.data
    return _thumbnails(images_key(subject.dataset, data), data, subject.dataset)


@st.cache_data(show_spinner="Making thumbnails…", max_entries=8)
def _thumbnails(key: str, data: DataConfig, _dataset: Dataset) -> tuple[str, ...]:
    splits = datasets.load(data, services.get_store().home, dataset=_dataset)
    return tuple(thumbnail_uri(splits.pixels[position]) for position in splits.validation[:MAP_IMAGES])
