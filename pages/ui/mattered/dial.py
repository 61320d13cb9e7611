"""The view "Dial": weights between the pretrained and the fine-tuned network, and what they answer."""

from functools import partial

import numpy as np
import streamlit as st

from core.charts.dial_chart import dial_chart
from core.codegen.mattered import dial_code
from core.concepts import dial_notes
from core.concepts.dial_notes import STATISTICS_TITLES
from core.explain.dial import MIXES, require_frozen_phase
from core.explain.feature_shifts import answers
from core.wording import words
from pages.ui import look, show, state, study, views
from pages.ui.mattered.subject import Subject, spoken
from pages.ui.study import Found


def view(subject: Subject) -> None:
    """Draw it. Raises ThawError."""
    if spoken(require_frozen_phase, subject.run.config, subject.run.result) is None:
        return
    statistics = views.choose(
        "dial_statistics", STATISTICS_TITLES, "BatchNorm",
        help="Mixed weights give other activations, and the mean and variance by which BatchNorm normalises "
        "may not fit them. Mixed: they are mixed like the weights. Estimated anew: training images go "
        "through each mix, and it takes what it sees.",
    )  # fmt: skip
    found = study.ask(
        subject.study("dial", statistics=statistics),
        f"Try {len(MIXES)} mixes",
        note="The weights of the pretrained and of the fine-tuned network are mixed in 13 shares, from one "
        "to the other and a little beyond, and every mix answers for the validation images, as they are and "
        "changed (brighter, blurred, noisy, as JPEG, cropped: one of these an image). Nothing is trained.",
        height=240,
    )
    if found is not None:
        _draw(subject, found)
    st.caption(
        "After Wortsman and others, “Robust fine-tuning of zero-shot models” (CVPR 2022). They mix CLIP, "
        "whose head comes from texts and which has no BatchNorm; here the dial begins with the frozen "
        "phase's head."
    )
    show.code(dial_code(subject.run.config.data.image_size))


def _draw(subject: Subject, found: Found) -> None:
    place = st.select_slider(
        "Dial", MIXES, value=1.0, key="dial_place", persist_state="session",
        format_func=lambda share: f"{100 * share:.0f}%",
        help="0% is the pretrained network with the frozen phase's head, 100% the fine-tuned one.",
    )  # fmt: skip
    record = found.record
    st.markdown(dial_notes.place_words(record, place))
    picture, photo = st.columns([2, 1], gap="medium")
    with picture:
        said = "Accuracy by mix, on images as they are and changed"
        show.chart(dial_chart, record, place, state.theme(), key="dial-chart", alt_text=said)
        st.caption("Bands are 95% intervals. A triangle: a mix that beats both ends on changed images.")
    with photo:
        _photo(subject, found, MIXES.index(place))
    show.notice("whether a mix beats both ends", dial_notes.notes(record))
    show.numbers(partial(dial_notes.dial_frame, record), alt_text=said, key="dial-numbers")


def _photo(subject: Subject, found: Found, number: int) -> None:
    """One validation image, and what the mix says of it as it is and changed."""
    labels = found.arrays["labels"]
    positions = look.parts(subject.dataset, subject.run.config.data)["validation"]
    classes = [look.plain(name) for name in subject.dataset.classes]
    chosen = int(
        st.number_input(
            f"Photo, 1 to {len(positions):,}", 1, len(positions), key="dial_photo", persist_state="session"
        )
    )
    size = subject.run.config.data.image_size
    pixels = look.network_pixels(subject.dataset, int(positions[chosen - 1]), size)
    truth = int(labels[chosen - 1])
    st.image(look.png(pixels), width=140, alt=f"Validation image {chosen}, class {classes[truth]}")
    st.markdown(f"Class **{classes[truth]}**")
    for name, said in dial_notes.CURVES.items():
        named, sure = answers(np.asarray(found.arrays[name][number])[chosen - 1 : chosen])
        mark = "✓" if int(named[0]) == truth else "✗"
        st.markdown(f"{mark} {said}: **{classes[int(named[0])]}**, {words.percent(float(sure[0]))}")
