"""Start: one click from nothing to two trained networks, side by side."""

import streamlit as st

from core.codegen.keras import keras_code
from core.wording import words
from core.wording.markdown import plain, sentence
from pages.ui import asking, progress, results, run_files, services, show, state, thaw_bar
from pages.ui.data import fetch

st.title("Keep what it knows, train only the end")
st.markdown(
    "This network learned from 1.2 million photos. Keep what it knows, train only the end, on your images. "
    "It trains twice: frozen but for the head, then with the layers right of the handle thawed."
)

dataset = state.require_dataset()
config = thaw_bar.show(state.base_config(), len(dataset.classes), action=asking.first_run_button)

run_key = state.shown_run()
if run_key is not None:
    picture, numbers = st.columns([3, 2], gap="medium")
    with picture:
        progress.panel(run_key, metrics=("accuracy",))
        progress.epoch_numbers(run_key)
    with numbers:
        if results.both_phases(run_key, stacked=True):
            run_files.draw(run_key)
            st.markdown("Now slide the handle above and retrain: the frozen part's work is kept.")

show.code(keras_code(config, len(dataset.classes)))
fetch.other_images()

device = services.device_line() or "looking for the device…"
st.caption(
    f"{device} · MobileNetV2 with ImageNet weights · {plain(dataset.title)}: "
    f"{len(dataset.items):,} images, {sentence(words.classes(dataset.classes))}"
)
