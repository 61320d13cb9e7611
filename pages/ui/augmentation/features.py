"""What augmentation does to features: which network looks, what it sees of one picture, and of many."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.charts.concept_charts import enlarged
from core.concepts.variants import Variants
from core.config import BaseConfig, ExperimentConfig
from core.data import datasets, pictures, sample_photos
from core.data.datasets import Dataset
from core.data.pictures import Picture
from core.explain import feature_shifts
from core.explain.feature_shifts import Shifts
from core.explain.maps import MAP_IMAGES
from core.explain.studies import Study
from core.method import weights
from core.method.lens import imagenet_probabilities
from core.store import FinishedRun, finished
from core.transforms import AugmentationConfig
from core.wording import augmentation, words
from pages.ui import look, services, state, study
from pages.ui.augmentation.variants import PHOTO_SIZE

PRETRAINED = ""  # the choice of no run
MOST_RUNS = 8


@dataclass(frozen=True)
class Network:
    """Who looks.

    Attributes:
        config: Of the run, or of the recipe; its image size is what the network is looked through at.
        run_key: None for the pretrained network.
        classes: Names of what it can answer.
    """

    title: str
    config: ExperimentConfig
    run_key: str | None
    classes: tuple[str, ...]

    @property
    def options(self) -> dict[str, str]:
        """Of a study about this network."""
        return {"run": self.run_key} if self.run_key else {}


def choose_network(base: ExperimentConfig, picture: Picture | None) -> Network:
    """The newest finished run of the data set, any other, or the pretrained network with ImageNet's classes.

    A sample photo belongs to no class of the data set, so it is shown to the pretrained network at first.
    """
    runs = {run.run_key: run for run in finished(state.runs_here())}
    known = words.run_names(services.visible_runs())
    names = {key: _title(known[key], run.config, base) for key, run in runs.items()}
    options = [*list(runs)[:MOST_RUNS], PRETRAINED]
    a_photo = picture is not None and picture.position is None
    key = f"augment_network-{base.data.name}-{a_photo}"
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    chosen = st.selectbox(
        "Seen by", options, len(options) - 1 if a_photo else 0, key=key, persist_state="session",
        format_func=lambda run: f"Run {names[run]}" if run else "Pretrained network, ImageNet's classes",
        help="The newest finished run on this data set, where there is one. Its answers are the data set's "
        "classes; the pretrained network still answers with ImageNet's.",
    )  # fmt: skip
    if chosen:
        return _of_run(runs[chosen], names[chosen])
    data = replace(base.data, image_size=PHOTO_SIZE) if a_photo else base.data
    scaling = "-1..1" if a_photo else base.base.scaling
    config = replace(base, data=data, base=BaseConfig(scaling=scaling))
    return Network("the pretrained network", config, None, weights.imagenet_labels())


def _title(name: str, config: ExperimentConfig, base: ExperimentConfig) -> str:
    """A run's name with what matters here: whether it was augmented, and another seed than the recipe's."""
    letter, _, rest = name.partition(" · ")
    augmented = ["augmented"] if config.augmentation.active else []
    seed = [f"seed {config.seed}"] if config.seed != base.seed else []
    return " · ".join([letter, *augmented, *seed, rest])


def _of_run(run: FinishedRun, name: str) -> Network:
    return Network(f"run {name}", run.config, run.run_key, run.result.dataset.classes)


# One picture


def look_at(network: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Pooled features (n, 1280) and probabilities (n, classes or 1) of images, by a lens; milliseconds each.

    Args:
        pixels: uint8 (n, s, s, 3) at the network's image size.

    Returns:
        None while the lens is being made; its progress is drawn then.
    """
    asked = Study("lenses", network.config, network.options)
    lens = study.lens(asked)
    if lens is None:
        return None
    key = f"{services.get_store().home} {asked.key(services.get_dataset(network.config.data.name))}"
    return _look(key, pixels, lens)


@st.cache_data(show_spinner=False, max_entries=64)
def _look(key: str, pixels: np.ndarray, _lens) -> tuple[np.ndarray, np.ndarray]:
    seen = _lens.look(pixels, tuple(name for name in ("pooled", "probabilities") if name in _lens.outputs))
    pooled = seen["pooled"]
    return pooled, seen["probabilities"] if "probabilities" in seen else imagenet_probabilities(pooled)


@dataclass(frozen=True)
class Others:
    """Other images to compare a picture with.

    Attributes:
        groups: Name -> pooled features (n, 1280); the closest kin first.
        positions: Of the first group's images in the data set; empty for sample photos.
    """

    groups: dict[str, np.ndarray]
    positions: np.ndarray


def others(network: Network, dataset: Dataset, picture: Picture) -> Others | None:
    """Other images of the picture's class and of the other classes; for a sample photo, the other photos.

    Returns:
        None where the features of the data set are not known: the button that computes them is drawn then.
    """
    if picture.position is None:
        size, photos = network.config.data.image_size, map(pictures.sample, sample_photos.PHOTOS)
        away = [photo.at(size) for photo in photos if photo.image_id != picture.image_id]
        seen = look_at(network, np.stack(away))
        return None if seen is None else Others({"other photos": seen[0]}, np.array([], int))
    images = min(len(look.parts(dataset, network.config.data)["validation"]), MAP_IMAGES)
    found = study.ask(
        Study("maps", network.config, network.options),
        f"Compare with {images:,} other images",
        note="Every validation image goes once through the network, to tell how far apart different pictures "
        "of one class lie. Nothing is trained.",
    )
    if found is None:
        return None
    pooled, labels = found.arrays["pooled"], found.arrays["labels"]
    positions = datasets.loaded(dataset, network.config.data)[found.arrays["positions"]]
    kin = (labels == picture.label) & (positions != picture.position)
    groups = {
        "other images of its class": pooled[kin],
        "images of other classes": pooled[labels != picture.label],
    }
    return Others(groups, positions[kin])


def extremes(
    original: np.ndarray, variants: Variants, found: Shifts, away: Others | None, dataset: Dataset
) -> None:
    """The original, the variants that moved least and most, and the nearest other image, side by side."""
    moved, shown = found.frame["distance"], [("original", original)]
    for name, index in (("moved least", int(moved.argmin())), ("moved most", int(moved.argmax()))):
        shown.append((f"{name}, {moved[index]:.1f}: {variants.said[index]}", variants.pixels[index]))
    if away is not None and len(away.positions):
        distances = next(iter(found.others.values()))
        nearest = int(distances.argmin())
        pixels = look.network_pixels(dataset, int(away.positions[nearest]), len(original))
        shown.append((f"nearest other of its class, {distances[nearest]:.1f}", pixels))
    with st.grid(4, min_column_width=84, gap="xsmall"):
        for name, pixels in shown:
            with st.container(gap=None):
                st.image(look.png(enlarged(pixels)), width="stretch", alt=name)
                st.caption(name)


# Many pictures


def ranking(network: Network, config: AugmentationConfig) -> study.Found | None:
    """The study that ranks the transforms; where it is not known, the button with its price is drawn."""
    images = min(services.counts(network.config)["validation"], feature_shifts.SHIFT_IMAGES)
    options = {**network.options, "augmentation": augmentation.to_address(config)}
    return study.ask(
        Study("shifts", network.config, options),
        f"Rank the transforms on {images} images",
        note=f"{images} validation images, {feature_shifts.SHIFT_DRAWS} variants each: every transform alone "
        "at your amount, those you have off at the amount in brackets. Nothing is trained.",
        height=300,
    )
