"""Compare: any runs of a data set side by side, with the doubt that belongs to each number."""

import streamlit as st

from core.compare import networks
from core.errors import ThawError
from core.wording import words
from pages.ui import asking, links, services, show, state
from pages.ui import progress as progress_ui
from pages.ui.compare import certainty, compared, mistakes, numbers, runs
from pages.ui.compare.compared import Compared

VIEWS = ("Numbers", "Mistakes", "Certainty", "Runs")
SPLITS = {"Validation images": "validation", "Test images": "test"}

st.title("Compare")
st.markdown("Which network is better, by how much, and could it be luck?")

dataset = state.require_dataset()
links.check(checked_on=SPLITS, compare_view=VIEWS)
names = words.run_names(services.visible_runs())
everything = networks.networks(state.runs_here(), names)
chosen = compared.choose(everything)
if not everything:
    st.info("Nothing to compare yet: no run on these images has finished.", icon=":material/compare_arrows:")
    asking.first_run_button(state.base_config())
    if (active := state.shown_run()) is not None:
        progress_ui.panel(active)
        runs.draw(dataset)
    st.stop()


def sealed(front: Compared) -> bool:
    """Whether nobody has opened the test set of this split yet; who asks is counted."""
    store = services.get_store()
    opened = store.test_openings(front.split_key)
    tried = sum(one.split_key == front.split_key and one.is_last for one in everything.values())
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


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    split = SPLITS[
        st.segmented_control(
            "Checked on", list(SPLITS), default="Validation images", key="checked_on", bind="query-params",
            required=True, help="Validation images choose between runs. Test images say, at the end, how "
            "good the chosen one is.", width="content",
        )
        or "Validation images"
    ]  # fmt: skip
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key="compare_view", bind="query-params", required=True,
        width="content",
    )  # fmt: skip

if view == "Runs":
    runs.draw(dataset)
    st.stop()
if not chosen:
    st.info("Choose at least one run above.")
    st.stop()
if split == "test":
    if sealed(chosen[0]):
        st.stop()
    here = [one for one in chosen if one.split_key == chosen[0].split_key]
    if len(here) < len(chosen):
        st.caption("Runs on another split have other test images and are left out.")
    chosen = here

compared.cards(chosen, len(dataset.classes), split)
compared.verdicts(chosen, split)

try:
    match view:
        case "Mistakes":
            mistakes.draw(chosen, split, dataset)
        case "Certainty":
            certainty.draw(chosen, split, dataset)
        case _:
            numbers.draw(chosen, split, dataset)
except ThawError as problem:
    show.error(problem)
