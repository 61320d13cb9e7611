"""Start: one question, one picture, one button; then three networks, side by side."""

import streamlit as st

from core import layers
from core.wording import words
from core.wording.markdown import plain, sentence
from pages.ui import services, show, state
from pages.ui.start import closed, comparison, first

st.title("Keep what it knows, train only the end")

dataset = state.require_dataset()
found = None
with show.problems():
    found = comparison.find(dataset)
    first.view(found)
closed.draw(dataset, found)

device = services.device_line() or "looking for the device…"
st.caption(
    f"{device} · MobileNetV2, pretrained on {layers.IMAGENET_IMAGES / 1e6:.2f} million ImageNet photos · "
    f"{plain(dataset.title)}: "
    f"{len(dataset.items):,} images, {sentence(words.classes(dataset.classes))}"
)
