"""The view "Dial": weights between the pretrained and the fine-tuned network, and what they answer."""

from functools import partial

import numpy as np
import streamlit as st

from core.charts.dial_chart import dial_chart
from core.codegen.mattered import dial_code
from core.concepts import dial_notes
from core.concepts.dial_notes import STATISTICS_TITLES
from core.data.pictures import Picture
from core.explain import mixes
from core.explain.before_after import Both, weights_of
from core.explain.dial import STRENGTH, require_frozen_phase
from core.explain.feature_shifts import answers
from core.explain.mixes import MIXES
from core.explain.studies import Study
from core.method import corruptions
from core.wording import words
from pages.ui import look, pictures, services, show, state, study, views
from pages.ui.mattered.subject import Subject, spoken
from pages.ui.study import Found

SOURCES = (pictures.OWN, pictures.FILE, pictures.CAMERA, pictures.SAMPLE)
PHOTO_SIDE = 140  # px
DRAWN = "Accuracy by mix, on images as they are and changed"
ONE = {"clean": "As it is", "shifted": "Changed"}  # a picture, for each of `dial_notes.CURVES`


def view(subject: Subject) -> None:
    """Draw it. Raises ThawError."""
    run = subject.run
    if subject.thawed() is None or spoken(require_frozen_phase, run.config, run.result) is None:
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
    config, dataset, dial = subject.run.config, subject.dataset, st.container()
    validation = look.parts(dataset, config.data)["validation"]
    levels = subject.run.result.dataset.levels
    picture = pictures.choose(dataset, "dial", SOURCES, config.data.image_size, validation, levels)
    with dial:
        _dial(subject, found, picture)
    show.notice("whether a mix beats both ends", dial_notes.notes(found.record))
    show.numbers(partial(dial_notes.dial_frame, found.record), alt_text=DRAWN, key="dial-numbers")


@st.fragment  # moving the dial redraws this part alone
def _dial(subject: Subject, found: Found, picture: Picture) -> None:
    place = st.select_slider(
        "Dial", MIXES, value=1.0, key="dial_place", persist_state="session",
        format_func=lambda share: f"{100 * share:.0f}%",
        help="0% is the pretrained network with the frozen phase's head, 100% the fine-tuned one.",
    )  # fmt: skip
    st.markdown(dial_notes.place_words(found.record, place))
    curves, photo = st.columns([2, 1], gap="medium")
    with curves:
        show.chart(dial_chart, found.record, place, state.theme(), key="dial-chart", alt_text=DRAWN)
        st.caption("Bands are 95% intervals. A triangle: a mix that beats both ends on changed images.")
    with photo, show.problems():
        _photo(subject, found, picture, MIXES.index(place))


def _photo(subject: Subject, found: Found, picture: Picture, number: int) -> None:
    """A picture, as it is and changed, and what the mix says of both. Raises ThawError."""
    config, dataset = subject.run.config, subject.dataset
    pixels = _as_it_is_and_changed(picture, config.data.image_size)
    validation = look.parts(dataset, config.data)["validation"]
    place = np.flatnonzero(validation == picture.position)  # none for a picture from elsewhere
    said = _known(found, place, number) if len(place) else _asked(subject, found, pixels, number)
    classes = [look.plain(name) for name in dataset.classes]
    if picture.label is not None:
        st.markdown(f"Class **{classes[picture.label]}**")
    with st.container(horizontal=True):
        for image, (name, how) in zip(pixels, ONE.items(), strict=True):
            with st.container(width=PHOTO_SIDE):
                st.image(look.png(image), width=PHOTO_SIDE, alt=f"{look.plain(picture.title)}, {how}")
                if said is not None:
                    st.markdown(_answer(how, said[name], classes, picture.label))


def _as_it_is_and_changed(picture: Picture, size: int) -> np.ndarray:
    """uint8 (2, s, s, 3), changed in the way that the dial's second curve changes it."""
    plain, ids = picture.at(size)[None], np.array([picture.image_id], np.uint64)
    return np.concatenate([plain, corruptions.assorted(plain, STRENGTH, ids)])


def _answer(how: str, said: np.ndarray, classes: list[str], truth: int | None) -> str:
    named, sure = answers(said)
    mark = "" if truth is None else "✓ " if int(named[0]) == truth else "✗ "
    return f"{how}: {mark}**{classes[int(named[0])]}**, {words.percent(float(sure[0]))}"


def _known(found: Found, place: np.ndarray, number: int) -> dict[str, np.ndarray]:
    """The study's answers for one of its images, by curve, (1,) or (1, classes)."""
    return {name: found.arrays[name][number][place] for name in ONE}


def _asked(subject: Subject, found: Found, pixels: np.ndarray, number: int) -> dict[str, np.ndarray] | None:
    """The same for any picture, through the pretrained network with the mix's weights written into it; None
    while that network is being opened."""
    wanted = Study("lenses", subject.run.config, {"maps": True})
    pretrained = study.ask(wanted, "Open the network", at_once=True)
    if pretrained is None:
        return None
    said = _through(found.key, number, pixels, pretrained, found, subject)
    return {name: said[place : place + 1] for place, name in enumerate(ONE)}


@st.cache_data(show_spinner=False, max_entries=256)
def _through(
    key: str,
    number: int,
    pixels: np.ndarray,
    _pretrained: Found,
    _found: Found,
    _subject: Subject,
) -> np.ndarray:
    return _mixed(key, number, _pretrained, _found, _subject).answers(pixels)


@st.cache_resource(show_spinner=False, max_entries=4)  # each holds the network twice: 20 MB
def _mixed(key: str, number: int, _pretrained: Found, _found: Found, _subject: Subject) -> mixes.Mixed:
    both, phase = _both(_subject.run.run_key, _subject), _subject.phase
    unfreeze_from, kept = phase.unfreeze_from, _found.arrays
    return mixes.opened(_pretrained.record, _pretrained.arrays, both, unfreeze_from, number, kept)


@st.cache_resource(show_spinner=False, max_entries=2)  # 9 MB each
def _both(run_key: str, _subject: Subject) -> Both:
    return weights_of(services.get_store(), run_key, _subject.phase)
