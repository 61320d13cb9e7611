"""Compare: any runs of a data set side by side, with the doubt that belongs to each number."""

import streamlit as st

from core import words
from core.errors import ThawError
from pages.ui import (
    compare_mistakes,
    compare_numbers,
    compare_runs,
    compared,
    results,
    services,
    show,
    state,
)
from pages.ui import progress as progress_ui
from pages.ui.compared import Compared

MOST_COLUMNS = 4
VIEWS = ("Numbers", "Mistakes", "Runs")
SPLITS = {"Validation images": "validation", "Test images": "test"}

st.title("Compare")
st.markdown("Which network is better, by how much, and could it be luck?")

dataset = state.require_dataset()
runs = state.runs_here()
networks = compared.networks(runs, words.run_names(services.visible_runs()))
if not networks:
    st.info("Nothing to compare yet: no run on these images has finished.", icon=":material/compare_arrows:")
    results.first_run_button(state.base_config())
    if (active := state.shown_run()) is not None:
        progress_ui.panel(active)
    st.stop()

labels = st.multiselect(
    "Runs and phases", list(networks), default=compared.opening(networks), key="compared",
    placeholder="Choose two or more",
)  # fmt: skip
chosen = [networks[label] for label in labels]
if not chosen:
    st.info("Choose at least one run above.")
    st.stop()


def sealed(front: Compared) -> bool:
    """Whether nobody has opened the test set of this split yet; who asks is counted."""
    store = services.get_store()
    opened = store.test_openings(front.split_key)
    tried = sum(
        one.split_key == front.split_key and one.phase is one.run.result.last for one in networks.values()
    )
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


split = SPLITS[
    st.segmented_control(
        "Checked on", list(SPLITS), default="Validation images", key="checked_on", bind="query-params",
        required=True, help="Validation images choose between runs. Test images say, at the end, how good "
        "the chosen one is.",
    )
    or "Validation images"
]  # fmt: skip
if split == "test":
    if sealed(chosen[0]):
        st.stop()
    here = [one for one in chosen if one.split_key == chosen[0].split_key]
    if len(here) < len(chosen):
        st.caption("Runs on another split have other test images and are left out.")
    chosen = here

for start in range(0, len(chosen), MOST_COLUMNS):
    row = chosen[start : start + MOST_COLUMNS]
    for column, one in zip(st.columns(len(row), border=True), row, strict=True):
        with column:
            results.card(one.phase, len(dataset.classes), title=f"**{one.label}**", split=split)

for second in chosen[1:]:
    results.verdict_line(f"{second.label} against {chosen[0].label}", chosen[0].model, second.model, split)

view = st.segmented_control(
    "View", VIEWS, default=VIEWS[0], key="compare_view", bind="query-params", required=True,
    label_visibility="collapsed",
)  # fmt: skip
try:
    match view:
        case "Mistakes":
            compare_mistakes.draw(chosen, split, dataset)
        case "Runs":
            compare_runs.draw(dataset)
        case _:
            compare_numbers.draw(chosen, split, dataset)
except ThawError as problem:
    show.error(problem)
