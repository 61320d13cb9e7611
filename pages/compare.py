"""Compare: any runs of a data set side by side, with the doubt that belongs to each number."""

import streamlit as st

from core.compare import networks
from core.errors import ThawError
from core.wording import words
from pages.ui import address, asking, services, show, state, views
from pages.ui import progress as progress_ui
from pages.ui.compare import calibration, compared, folds, mistakes, numbers, runs, seeds, threshold
from pages.ui.compare.compared import Compared

VIEWS = {"numbers": "Numbers", "mistakes": "Mistakes", "certainty": "Certainty", "runs": "Runs"}
SPLITS = {"validation": "Validation images", "test": "Test images"}
CERTAINTY = {
    "calibration": "Calibration",
    "threshold": "A class not to miss",
    "folds": "5-fold",
    "seeds": "Several seeds",
}

st.title("Compare")
st.markdown("Which network is better, by how much, and could it be luck?")

dataset = state.require_dataset()
stored = state.runs_here()
names = words.run_names(services.visible_runs())  # after that: a run that comes in between has a name
everything = networks.networks(stored, names, services.controls())
chosen = compared.choose(everything)
if not everything:
    st.info("Nothing to compare yet: no run on these images has finished.", icon=":material/compare_arrows:")
    asking.first_run_button(state.base_config())
    if (active := state.shown_run()) is not None:
        progress_ui.panel(active)
        runs.draw(dataset)
    address.stop()


def sealed(front: Compared) -> bool:
    """Whether nobody has opened the test set of this split yet; who asks is counted."""
    store = services.get_store()
    opened = store.test_openings(front.split_key)
    ends = [one for one in everything.values() if one.is_last and not one.is_control]
    tried = sum(one.split_key == front.split_key for one in ends)
    if opened:
        times = "once" if len(opened) == 1 else f"{len(opened)} times"
        st.caption(f"Opened {times}, first after {opened[0]['tried']} runs had been tried on this split.")
        return False
    st.markdown(
        f"The {front.run.result.dataset.counts['test']:,} test images have chosen nothing so far. Open them "
        "once, when you have settled on a run: every look that changes what you do next makes their answer "
        "less honest."
    )
    st.button(
        f"Open the test set · after {words.plural(tried, 'run')} tried",
        key="open-test",
        icon=":material/lock_open:",
        on_click=store.open_test,
        args=(front.split_key, tried),
    )
    return True


def certainty() -> None:
    """How sure a network is, how sure one can be of it, and what a threshold would do: one part computes."""
    asked_for = [one for one in chosen if not one.is_control] or chosen
    match views.choose("certainty", CERTAINTY):
        case "threshold":
            threshold.draw(chosen, split, dataset)
        case "folds":
            folds.draw(asked_for)
        case "seeds":
            seeds.draw(asked_for, split)
        case _:
            calibration.draw(chosen, split, dataset)


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    split = views.choose(
        "checked_on", SPLITS, "Checked on", width="content",
        help="Validation images choose between runs. Test images say, at the end, how good the chosen "
        "one is.",
    )  # fmt: skip
    view = views.choose("compare_view", VIEWS, "View", width="content")

if view == "runs":
    runs.draw(dataset)
    address.stop()
if not chosen:
    st.info("Choose at least one run above.")
    address.stop()
if split == "test":
    if sealed(chosen[0]):
        address.stop()
    here = [one for one in chosen if one.split_key == chosen[0].split_key]
    if len(here) < len(chosen):
        st.caption("Runs on another split have other test images and are left out.")
    chosen = here

compared.cards(chosen, len(dataset.classes), split)
compared.verdicts(chosen, split)

try:
    match view:
        case "mistakes":
            mistakes.draw(chosen, split, dataset)
        case "certainty":
            certainty()
        case _:
            numbers.draw(chosen, split, dataset)
except ThawError as problem:
    show.error(problem)
