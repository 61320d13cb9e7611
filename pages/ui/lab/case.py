"""What the lab's answers are made of: the runs of the current data set, the settings, and its pictures."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from core.compare import comparison
from core.compare.comparison import Model
from core.config import ExperimentConfig, HeadConfig
from core.data import datasets, pictures
from core.data.datasets import Dataset
from core.lab import document, questions, runs
from core.lab.own_words import OwnWords
from core.lab.questions import QUESTIONS, Case, Tile
from core.lab.runs import Evidence
from core.store import FinishedRun, Store, StoredRun, finished
from core.wording import words
from pages.ui import look, pretrained_or_random, services, state

PICTURED_CLASSES = 2


@dataclass(frozen=True)
class Lab:
    """One person's lab on one data set.

    Attributes:
        runs: Theirs on these images, newest first.
        cases: By the question's number, each with the evidence that was chosen for it.
    """

    dataset: Dataset
    recipe: ExperimentConfig
    runs: tuple[StoredRun, ...]
    written: OwnWords
    cases: dict[int, Case]

    @property
    def done(self) -> list[int]:
        """Numbers of the questions with own words and evidence that fits."""
        return document.done(self.cases, self.written)

    def choices(self, number: int) -> list[FinishedRun]:
        """The runs that may be the evidence for a question, the one in use first."""
        used = self.cases[number].evidence.used(number)
        preferred = used[-1].run_key if used else None
        return runs.candidates(self.runs, self.recipe, preferred).of(number)

    def left_out(self) -> list[str]:
        """Fine-tuned runs that question 2 is not about, each with the reason."""
        tried = [run for run in finished(self.runs) if run.config.two_phases]
        named = ((run, runs.unfit(run, self.recipe)) for run in tried)
        return [f"{self.cases[2].called(run)} ({why})" for run, why in named if why]


def of(dataset: Dataset, written: OwnWords) -> Lab:
    """The runs of the current data set, the current settings, and ways to look things up."""
    visible = services.visible_runs()
    own = services.access().is_mine  # what others shared is not what this person did
    here = [run for run in visible if run.config.data.name == dataset.name and own(run.run_key)]
    recipe = state.base_config(dataset.name)
    controls, names = services.controls(), words.run_names(visible)
    known: dict[str | None, Case] = {}  # by the run that was chosen

    def case(chosen: str | None) -> Case:
        if chosen not in known:
            known[chosen] = _case(dataset, recipe, names, runs.gather(here, chosen, controls, recipe))
        return known[chosen]

    chosen = {q.number: written.to(q.number).runs.get(dataset.name) for q in QUESTIONS}
    return Lab(dataset, recipe, tuple(here), written, {n: case(key) for n, key in chosen.items()})


def _case(dataset: Dataset, recipe: ExperimentConfig, names: dict[str, str], evidence: Evidence) -> Case:
    chosen = settings(dataset, recipe)
    if evidence.augmenting is not None:  # the pictures show what that run's layers do
        chosen = replace(chosen, augmentation=evidence.augmenting.config.augmentation)
    return Case(
        settings=chosen,
        recipe=recipe,
        title=dataset.title,
        classes=tuple(dataset.classes),
        evidence=evidence,
        names=names,
        verdict=services.verdict,
        probabilities=partial(_probabilities, str(services.get_store().home)),
        pictures=partial(_tiles, dataset.key, chosen, dataset),
        probed=pretrained_or_random.known(recipe),
    )


def settings(dataset: Dataset, recipe: ExperimentConfig) -> ExperimentConfig:
    """`recipe` with the head and batches chosen on Fine-tuning.

    Where it augments nothing, with the transforms that suit the data set, so that there is something to see.
    """
    values = state.control_values(recipe)
    values |= {name: st.session_state.get(name, default) for name, default in values.items()}
    hidden = (values["hidden"],) if values["hidden"] else ()
    return replace(
        recipe,
        head=HeadConfig(hidden, values["dropout"]),
        batch_size=values["batch_size"],
        augmentation=recipe.augmentation if recipe.augmentation.active else datasets.defaults(dataset),
    )


@st.cache_data(show_spinner=False, max_entries=64)
def _probabilities(home: str, model: Model) -> np.ndarray:
    return runs.validation_outputs(Store(Path(home)), model)


@st.cache_resource(show_spinner=False, max_entries=16)
def _tiles(key: str, chosen: ExperimentConfig, _dataset: Dataset) -> tuple[Tile, ...]:
    return tiles(chosen, _dataset)


def tiles(chosen: ExperimentConfig, dataset: Dataset) -> tuple[Tile, ...]:
    """The first training image of two classes, each with its first variants. Raises DatasetError."""
    positions = look.parts(dataset, chosen.data)["train"]
    found = []
    for label in range(min(PICTURED_CLASSES, len(dataset.classes))):
        position = int(positions[dataset.labels[positions] == label][0])
        picture = pictures.of_dataset(dataset, position)
        pixels, name = picture.at(chosen.data.image_size), dataset.classes[label]
        found += questions.variants(pixels, picture.image_id, name, chosen.augmentation, chosen.seed)
    return tuple(found)


def apart(lab: Lab) -> dict[int, Case]:
    """The same cases without Streamlit's caches: a file is made in a thread of its own."""
    store = services.get_store()
    return {
        number: replace(
            asked,
            verdict=partial(comparison.compare_models, store),
            probabilities=partial(runs.validation_outputs, store),
            pictures=partial(tiles, asked.settings, lab.dataset),
        )
        for number, asked in lab.cases.items()
    }
