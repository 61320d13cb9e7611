"""Which trained networks predict: choosing them, their place in the address bar, opening them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.compare import networks
from core.compare.networks import Compared
from core.config import BaseConfig, ExperimentConfig, with_setting
from core.data.datasets import Dataset
from core.data.levels import Levels
from core.explain.studies import Study
from core.method.lens import Lens, maps_options
from core.predict.one import Network
from core.store import FinishedRun
from core.wording import words
from pages.ui import address, asking, predictions, progress, services, state, study

MOST = 4  # networks side by side
IMAGENET_SIZE = 224  # px, what the 1,000 classes were learned at


@dataclass(frozen=True)
class Chosen:
    """What looks at the pictures.

    Attributes:
        networks: At most `MOST`, all of the current data set.
        reference: Its images, at its size, are what a picture is compared with: the first network's settings
            with pretrained weights, whose features all runs of that size share.
    """

    networks: tuple[Compared, ...]
    reference: ExperimentConfig

    @property
    def sizes(self) -> set[int]:
        """Sides in px that pictures are needed at."""
        trained = {one.run.config.data.image_size for one in self.networks}
        return {IMAGENET_SIZE, self.reference.data.image_size, *trained}

    @property
    def levels(self) -> Levels | None:
        """What the networks take for black and white in files of 16 bits, all of one data set."""
        return self.networks[0].run.result.dataset.levels if self.networks else None

    @property
    def coded(self) -> FinishedRun:
        """The run whose saved model the code loads: one chosen as it ended, if there is one."""
        return next((one for one in self.networks if one.is_last), self.networks[0]).run


def imagenet_study(config: ExperimentConfig) -> Study:
    """The pretrained network at the size its 1,000 classes were learned at, as a study of kind `lenses`."""
    return Study("lenses", with_setting(_reference(config), "data.image_size", IMAGENET_SIZE), {"maps": True})


def suggest(name: str, token: str) -> None:
    """Let the page open on one network of a data set, as if a person had chosen it. A callback."""
    key = f"predict-networks-{name}"
    st.session_state[key] = [token]
    _touched(key)


def choose(dataset: Dataset) -> Chosen:
    """Draw the picker; where there is no finished run, the button that makes one."""
    runs = state.runs_here(dataset.name)
    found = networks.networks(runs, words.run_names(services.visible_runs()))
    if not found:
        _first_run()
        return Chosen((), _reference(state.base_config()))
    key = f"predict-networks-{dataset.name}"
    _keep_choice(key, dataset, found, runs)
    tokens = st.multiselect(
        "Networks", list(found), key=key, persist_state="session", max_selections=MOST, wrap=True,
        format_func=lambda token: found[token].label, placeholder="Choose up to four",
        on_change=_touched, args=(key,),
        help="Runs of this data set as they stood after one of their phases.",
    )  # fmt: skip
    chosen = tuple(found[token] for token in tokens)
    _write(chosen, found)
    if note := st.session_state.get(f"{key}-note"):
        st.caption(note)
    first = chosen[0] if chosen else next(iter(found.values()))
    return Chosen(chosen, _reference(first.run.config))


def _first_run() -> None:
    st.caption("No run on these images has finished yet. Train one, and its answer stands beside ImageNet's.")
    asking.first_run_button(state.base_config())
    if (active := state.shown_run()) is not None:
        progress.panel(active, metrics=("accuracy",))


def _reference(config: ExperimentConfig) -> ExperimentConfig:
    return replace(config, base=BaseConfig())


def _default(found: dict[str, Compared]) -> list[str]:
    """The newest run's phases; of one from scratch, which is there to compare with, only where there is no
    other."""
    transfer = (one for one in found.values() if not one.run.config.from_scratch)
    newest = next(transfer, next(iter(found.values()))).run.run_key
    return [token for token, one in found.items() if one.run.run_key == newest]


def _keep_choice(key: str, dataset: Dataset, found: dict[str, Compared], runs: Sequence) -> None:
    """What the link names, at first; then what was chosen, as far as it is still there; else the newest."""
    said = address.linked("networks")
    if said is not None:
        linked = networks.from_link(said, found, services.runs())
        st.session_state[key] = [one.token for one in linked.chosen][:MOST]
        st.session_state[f"{key}-note"] = " ".join(linked.notes)
        st.session_state[f"{key}-touched"] = bool(linked.chosen)
    if st.session_state.get(f"{key}-touched"):
        st.session_state[key] = [token for token in st.session_state.get(key, ()) if token in found]
    else:
        st.session_state[key] = _default(found)


def _touched(key: str) -> None:
    """Someone chose: from now on a newer run does not take the place. A callback."""
    st.session_state[f"{key}-touched"] = True
    st.session_state.pop(f"{key}-note", None)


def _write(chosen: Sequence[Compared], found: dict[str, Compared]) -> None:
    told = chosen and [one.token for one in chosen] != _default(found)
    address.say("networks", networks.to_link(chosen) if told else None)


# Opening them


@dataclass(frozen=True)
class Opened:
    """Networks ready to be shown pictures; None for each that is still being converted.

    Attributes:
        imagenet: The pretrained network at the size its 1,000 classes were learned at.
        pretrained: The same at the reference's size.
        networks: In the order of `Chosen.networks`.
    """

    imagenet: Lens | None
    pretrained: Lens | None
    networks: tuple[Network | None, ...]


def open_all(chosen: Chosen) -> Opened:
    """Open what looks at the pictures, one after the other; the progress of the first missing one is drawn.

    Raises:
        StoreError: a run's arrays are missing or broken.
    """
    asked = [imagenet_study(chosen.reference), Study("lenses", chosen.reference, {"maps": True})]
    for one in chosen.networks:
        options = maps_options(one.run.config, one.run.run_key, one.phase.name)
        asked.append(Study("lenses", one.run.config, options))
    lenses: list[Lens | None] = []
    for wanted in asked:
        waiting = None in lenses and study.answer(wanted) is None
        lenses.append(None if waiting else study.lens(wanted))
    if None in lenses:
        st.caption(
            "Each network is converted once, which takes seconds; after that a look takes milliseconds."
        )
    imagenet, pretrained, *trained = lenses
    pairs = zip(chosen.networks, trained, strict=True)
    networks = [lens and predictions.network(one, lens) for one, lens in pairs]
    return Opened(imagenet, pretrained, tuple(networks))
