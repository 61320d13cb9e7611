"""After the first comparison: which network is better, what became of the guess, and where to go on."""

import streamlit as st

from core.compare import networks
from core.compare.comparison import Model
from core.concepts import first_visit
from core.data.datasets import Dataset
from core.results import PHASES, RunResult
from core.statistics.paired import PairedVerdict
from core.wording import words
from pages.ui import asking, results, services, show, state
from pages.ui import guess as touch
from pages.ui.predict.networks import suggest
from pages.ui.start.comparison import Comparison

CAT, ROCKET = ("chelsea", "a cat"), ("rocket", "a rocket")  # sample photo, and what the link calls it


def guess(dataset: Dataset) -> None:
    """One optional touch: which network will be best?"""
    touch.ask(
        _guess_key(dataset),
        "Your guess, if you like: which of the three will be best?",
        {phase: words.PHASE_NAMES[phase].capitalize() for phase in PHASES},
        "Frozen, with a new head (feature extraction); frozen first and then thawed in part "
        "(fine-tuning); or the same network with random weights (from scratch). The validation images "
        "will answer.",
    )


def _guess_key(dataset: Dataset) -> str:
    return f"first-guess-{dataset.name}"


def draw(found: Comparison) -> None:
    """Every verdict that is known, and the guess answered. Raises StoreError."""
    transfer, alone = found.result(0), found.result(1)
    if transfer is None:
        return
    results.own_verdict(transfer)
    if alone is not None:
        results.against_scratch(alone, transfer)
    if answer := _guess_answer(found, transfer, alone):
        st.markdown(f":material/psychology_alt: {answer}")


def _guess_answer(found: Comparison, transfer: RunResult, alone: RunResult | None) -> str:
    """Only once nothing is left to come that could turn it."""
    if alone is None and (found.active or found.together):
        return ""
    runs = [result for result in (transfer, alone) if result is not None]
    models = {phase.name: Model(run.run_key, phase.name) for run in runs for phase in run.phases}
    checked = {phase.name: phase.validation for run in runs for phase in run.phases}

    def against(first: str, second: str) -> PairedVerdict:
        return services.verdict(models[first], models[second])

    guessed = touch.made(_guess_key(found.dataset))
    return first_visit.guess_answer(guessed, checked, against)


def offer_scratch(found: Comparison) -> None:
    """The third network, where it takes too long to come with the others, or was stopped."""
    run = found.states[1]
    if found.active or (run is not None and run.status == "finished"):
        return
    asking.ask(
        [found.scratch], "scratch", "Train from scratch", primary=False,
        note="The third network is the same with random weights instead of pretrained ones: with nothing "
        "frozen, every epoch runs all of it on every image.",
    )  # fmt: skip


def go_on(found: Comparison) -> None:
    """Two ways on: another unfreeze point, and a picture of something else."""
    transfer = found.result(0)
    if transfer is None:
        return
    photo, called = _unseen(found.dataset)
    with st.container(horizontal=True):
        slide = st.button("Now slide and retrain", key="slide", icon=":material/tune:")
        see = st.button(
            f"Show it {called}", key="show-photo", icon=":material/image_search:", on_click=show.attempt,
            args=("show-photo", _open_photo, found.dataset.name, transfer.run_key, photo),
            help="What does this network say of a picture that is none of its classes?",
        )  # fmt: skip
    show.problem("show-photo", found.dataset.name, transfer.run_key, photo)
    if slide:
        st.switch_page("pages/fine_tuning.py")
    if see:
        st.switch_page("pages/predict.py")


def _unseen(dataset: Dataset) -> tuple[str, str]:
    """A sample photo of something that these images are not."""
    return ROCKET if any("cat" in name.lower() for name in dataset.classes) else CAT


def _open_photo(name: str, run_key: str, photo: str) -> None:
    """Let Predict open on the fine-tuned network and a sample photo. A callback. Raises StoreError."""
    everything = networks.networks(state.runs_here(name), words.run_names(services.visible_runs()))
    token = next((t for t, one in everything.items() if one.run.run_key == run_key and one.is_last), None)
    if token is not None:
        suggest(name, token)
    st.session_state["predict_source"] = "sample"
    st.session_state["predict_photo"] = photo
