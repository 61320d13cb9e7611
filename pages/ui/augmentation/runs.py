"""Does augmentation help here? Pairs of runs with and without it: which there are, and training the rest."""

import streamlit as st

from core.compare.comparison import Model
from core.concepts import augmentation_gain
from core.concepts.augmentation_gain import Pair, SeedGain
from core.config import ExperimentConfig
from core.results import RunResult
from core.transforms import AugmentationConfig
from core.wording import words
from pages.ui import address, asking, results, services

SEEDS = (3, 1, 5, 10)  # the first one is the default, here and below
BOTH, HEAD = "both", "head"
PHASES = {BOTH: "Both phases", HEAD: "Head only"}


def choose_pairs(recipe: ExperimentConfig, augmentation: AugmentationConfig) -> list[Pair]:
    """How many pairs of which training."""
    address.choice("augment_phases", PHASES)
    address.choice("augment_seeds", SEEDS)
    phases = st.segmented_control(
        "Train", list(PHASES), default=BOTH, required=True, key="augment_phases", persist_state="session",
        format_func=PHASES.__getitem__, width="stretch",
        help="The head on the frozen network alone, or fine-tuning after it.",
    )  # fmt: skip
    seeds = st.segmented_control(
        "Seeds", sorted(SEEDS), default=SEEDS[0], required=True, key="augment_seeds", persist_state="session",
        width="stretch",
        help="Each seed trains once with and once without augmentation: the same first weights, order of "
        "batches and dropout.",
    )  # fmt: skip
    trained = recipe.first_phase_only() if phases == HEAD else recipe
    return augmentation_gain.pairs(trained, augmentation, seeds or SEEDS[0])


def finished(pairs: list[Pair]) -> list[SeedGain]:
    """The pairs that are trained, with their verdicts. Raises StoreError."""
    found, store = [], services.get_store()
    for pair in pairs:
        keys = [services.run_key(config) for config in (pair.without, pair.augmented)]
        if all(store.finished(key) for key in keys):
            without, augmented = (services.result(key) for key in keys)
            verdict = services.verdict(_model(without), _model(augmented))
            found.append(SeedGain(without, augmented, pair.seed, verdict))
    return found


def verdicts(gains: list[SeedGain]) -> None:
    """A line a seed: what the augmented model gets right that the other got wrong, and the reverse."""
    for gain in gains:
        results.verdict_line(f"Seed {gain.seed}", _model(gain.without), _model(gain.augmented))


def _model(result: RunResult) -> Model:
    return Model(result.run_key, result.last.name)


def train_missing(pairs: list[Pair]) -> None:
    """The priced button for what is not trained yet; the progress while it is; nothing once all is there."""
    both = [("without", pair.without) for pair in pairs], [("with", pair.augmented) for pair in pairs]
    asked = [one for pair in zip(*both, strict=True) for one in pair]
    configs = [config for _, config in asked]
    asking.ask(
        configs, "pairs", called=[f"seed {config.seed}, {how} augmentation" for how, config in asked],
        note=f"Each seed trains this data set's recipe ({words.recipe(configs[0])}) with and without "
        "augmentation, from the same first weights and in the same order.",
    )  # fmt: skip
