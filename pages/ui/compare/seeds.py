"""Certainty, fourth part: the same recipe over several seeds, in one click."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.charts.seed_charts import Spread, seed_bands, spread_dots
from core.codegen.compare import seeds_code
from core.compare import networks, seeds
from core.compare.seeds import Repeated
from core.config import ExperimentConfig
from core.results import RunResult
from core.stages import RunState
from core.wording import words
from core.wording.verdicts import seeds_sentence
from pages.ui import asking, results, services, show, state
from pages.ui.compare.compared import Compared

CHOICES = (3, 5, 10)


@dataclass(frozen=True)
class Series:
    """One recipe over its seeds.

    Attributes:
        fronts: The networks looked at, one a phase.
        configs: One a seed.
        states: Of their runs, in the same order; None for those nobody asked for.
    """

    fronts: tuple[Compared, ...]
    configs: tuple[ExperimentConfig, ...]
    states: tuple[RunState | None, ...]

    def finished(self) -> dict[int, RunResult]:
        """Seed -> result."""
        return {
            config.seed: services.result(run.run_key)
            for config, run in zip(self.configs, self.states, strict=True)
            if run is not None and run.status == "finished"
        }


def draw(chosen: list[Compared], split: str) -> None:
    """The band, the means and the differences, as far as the seeds are trained; the button for the rest."""
    st.markdown("Would another seed have given another answer?")
    k = st.segmented_control(
        "Seeds", CHOICES, default=CHOICES[0], required=True, key="certainty_seeds", persist_state="session",
        help="A seed decides the head's first weights, the order of the batches, dropout and augmentation. "
        "The images and their splits stay the same.",
    )  # fmt: skip
    found = _series(chosen, k or CHOICES[0])
    _train_missing(found)
    if len({one.run.run_key for one in chosen}) > len(found):
        st.caption("Chosen runs that differ in the seed alone are one series here, named after the first.")
    there = [one for one in found if one.finished()]
    if there:
        _results(there, split)
    show.code(seeds_code(found[0].configs[0], k or CHOICES[0]))


def _series(chosen: Sequence[Compared], k: int) -> list[Series]:
    """The recipes behind the chosen networks; two repeats of one recipe are one series.

    A series goes by the name of its first run. Alone it shows all its phases: whether fine-tuning pays is a
    question for seeds, too.
    """
    runs = {run.run_key: run for run in services.visible_runs()}
    known, names = {run.config for run in runs.values()}, words.run_names(runs.values())
    chosen_of: dict[ExperimentConfig, dict[str, Compared]] = {}
    for one in chosen:
        first = seeds.first_of_series(one.run.config, known)
        chosen_of.setdefault(first, {}).setdefault(one.phase.name, one)
    found = []
    for first, fronts in chosen_of.items():
        namesake = runs.get(services.run_key(first))
        phases = networks.networks([namesake], names).values() if namesake else ()
        named = [one for one in phases if len(chosen_of) == 1 or one.phase.name in fronts]
        configs = tuple(seeds.repeats(first, k))
        states = tuple(services.state(services.run_key(config)) for config in configs)
        found.append(Series(tuple(named or fronts.values()), configs, states))
    return found


# Training


def _train_missing(found: list[Series]) -> None:
    """The priced button for the seeds that are not trained; the progress while they are."""
    alone = len(found) == 1
    asked = [
        (f"seed {config.seed}" if alone else f"{series.fronts[-1].label}, seed {config.seed}", config)
        for series in found
        for config in series.configs
    ]
    asking.ask(
        [config for _, config in asked], "seeds", called=[called for called, _ in asked],
        note="Each is a run of its own, with another seed and everything else the same.",
    )  # fmt: skip


# Results


def _results(found: list[Series], split: str) -> None:
    bands = {series.fronts[-1].label: seeds.band(list(series.finished().values())) for series in found}
    repeated = [
        Repeated(one.label, one.phase.name, series.finished()) for series in found for one in series.fronts
    ]
    baseline = results.baseline(found[0].fronts[0].run.result)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Validation accuracy by epoch**: mean, and the band from lowest to highest seed")
        show.figure(
            seed_bands(bands, state.theme(), baseline), seeds.band_table(bands), key="seed-bands",
            alt_text=f"Validation accuracy by epoch over several seeds of {', '.join(bands)}",
        )  # fmt: skip
    with right:
        st.markdown(f"**Accuracy on {split} images**: a ring a seed, a dot the mean with its 95% interval")
        show.figure(
            spread_dots([_spread(one, split) for one in repeated], state.theme(), f"{split} accuracy"),
            seeds.seed_table(repeated, split), key="seed-dots",
            alt_text=f"Accuracy on {split} images of every seed, with the means",
        )  # fmt: skip
    st.dataframe(
        seeds.mean_table(repeated, split), hide_index=True, key="seed-means",
        alt=f"Mean accuracy on {split} images over the seeds",
    )  # fmt: skip
    _differences(repeated, split)
    show.notice(
        "what the seed alone does",
        [seeds.spread_sentence(one, split) for one in repeated[-1:] if len(one.runs) > 1],
    )
    st.caption(
        "Student's 95% interval of the mean: about other seeds on these same images. Other images would add "
        f"doubt of their own. Always naming the commonest class is right on {words.percent(baseline)} of the "
        "validation images."
    )


def _spread(one: Repeated, split: str) -> Spread:
    values = {f"seed {seed}": checked.accuracy for seed, checked in one.checked(split).items()}
    mean = one.mean(split)
    return Spread(one.label, one.phase, values, mean.mean, mean.low, mean.high)


def _differences(repeated: list[Repeated], split: str) -> None:
    """Every network against the first one, seed by seed."""
    first = repeated[0]
    for one in repeated[1:]:
        try:
            mean = seeds.paired_difference(first, one, split)
        except ValueError:
            st.caption(f"{one.label} and {first.label} share no seed on the same images yet.")
            continue
        st.markdown(
            seeds_sentence(first.label, one.label, mean),
            help="The differences seed by seed, with Student's t interval: it compares the two methods. "
            "McNemar's test above compares two trained networks.",
        )
