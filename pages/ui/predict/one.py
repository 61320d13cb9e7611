"""The view "One picture" of the Predict page: answers, where they come from, and doubt."""

import numpy as np
import streamlit as st

from core.charts import palette
from core.charts.photo_overlay import over_photo, overlay_scale
from core.charts.prediction_charts import probability_bars
from core.codegen.predict import predict_code
from core.compare.networks import Compared
from core.data.datasets import Dataset
from core.data.pictures import Picture
from core.method import weights
from core.method.grad_cam import limits_note, place_words
from core.method.lens import Lens, imagenet_probabilities
from core.predict import one as predictions
from core.predict.decided import Decided
from core.predict.one import Answer
from core.results import PHASES
from core.wording import words
from pages.ui import look, pictures, show, state
from pages.ui.predict import distance as predict_distance
from pages.ui.predict import networks
from pages.ui.predict.networks import IMAGENET_SIZE, Chosen, Opened

OWN_ANSWER = -1  # the heat map speaks for what the network says itself
SIDE = 224  # px of a picture on the page
CARD_WIDTH = 190  # px, at least


def view(dataset: Dataset) -> None:
    """Draw it. Raises DatasetError, StoreError or WeightsError."""
    controls, picture_side = st.columns([1, 2], gap="medium")
    with controls:
        chosen = networks.choose(dataset)
        picture = _choose_picture(dataset, chosen)
        about = _about(dataset, chosen)
    with picture_side:
        warning = st.container()
        opened = networks.open_all(chosen)
        imagenet, answers = _cards(chosen, opened, picture, about)
    familiarity = predict_distance.known(chosen.reference)
    pooled = _pretrained_features(opened.pretrained, picture)
    unlike = False
    if familiarity is not None and pooled is not None:
        distance = float(familiarity.distances(pooled[None])[0])
        unlike = familiarity.unusual(distance)
        with warning:
            predict_distance.warn(familiarity, distance)
    st.markdown("##### Is it like the training images?")
    familiarity = predict_distance.ask(chosen.reference)
    if familiarity is not None and pooled is not None:
        predict_distance.draw(familiarity, pooled, dataset, chosen.reference)
    if answers and imagenet is not None:
        notes = predictions.notes(answers, imagenet, _truth(dataset, picture), unlike)
        show.notice("whether to believe it", [look.plain(note) for note in notes])
        if len({answer.classes for answer in answers}) == 1:
            table = predictions.answers_table(answers)
            show.numbers(table, alt_text="probability of every class by network", key="predict-numbers")
    if chosen.networks:
        show.code(predict_code(chosen.coded.config, chosen.coded.result.dataset.classes, chosen.levels))


def _choose_picture(dataset: Dataset, chosen: Chosen) -> Picture:
    """Of the data set only validation images. Test images stay sealed: looking at them one by one is looking,
    too."""
    data = chosen.reference.data
    sources = (pictures.FILE, pictures.CAMERA, pictures.OWN, pictures.SAMPLE)
    offered = look.parts(dataset, data)["validation"]
    return pictures.choose(dataset, "predict", sources, data.image_size, offered, chosen.levels)


def _truth(dataset: Dataset, picture: Picture) -> str | None:
    return None if picture.label is None else dataset.classes[picture.label]


def _about(dataset: Dataset, chosen: Chosen) -> int | None:
    """Which class the heat maps speak for; None for each network's own answer."""
    if not chosen.networks:
        return None
    classes = chosen.networks[0].run.result.dataset.classes
    key = f"predict-about-{dataset.name}"
    options = [OWN_ANSWER, *range(len(classes))]
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    wanted = st.selectbox(
        "Heat map for", options, key=key, persist_state="session",
        format_func=lambda at: "each network's own answer" if at == OWN_ANSWER else classes[at],
        help="Grad-CAM: the places of the picture that speak for a class, the more magenta the more. Each "
        "square is one place of the network's last map.",
    )  # fmt: skip
    return None if wanted in (None, OWN_ANSWER) else wanted


def _pretrained_features(lens: Lens | None, picture: Picture) -> np.ndarray | None:
    """float32 (1280,), at the reference's size; None while the network is being opened."""
    if lens is None:
        return None
    return lens.look(picture.at(lens.image_size)[None], ("pooled",))["pooled"][0]


# Cards


def _cards(
    chosen: Chosen, opened: Opened, picture: Picture, about: int | None
) -> tuple[tuple[str, float] | None, list[Answer]]:
    """ImageNet's answer, then one card a network. Gives ImageNet's likeliest class, and the answers."""
    imagenet, answers = None, []
    with st.grid(min(3, 1 + len(chosen.networks)), min_column_width=CARD_WIDTH):
        if opened.imagenet is not None:
            with st.container(border=True, gap="small"):
                imagenet = _imagenet_card(opened.imagenet, picture)
        for one, network in zip(chosen.networks, opened.networks, strict=True):
            if network is None:
                continue
            shown = about if about is None or about < len(network.classes) else None
            pixels = picture.at(network.lens.image_size)
            answers.append(predictions.answer(network, pixels, shown))
            with st.container(border=True, gap="small"):
                _card(one, answers[-1], pixels, shown, network.decided)
    if answers:
        st.image(look.png(overlay_scale()), alt="Scale: from plain grey, no evidence, to magenta, the most")
        shape = answers[-1].evidence.shape
        st.caption(f"From no evidence to the most, each picture on its own scale. {limits_note(shape)}")
    return imagenet, answers


def _imagenet_card(lens: Lens, picture: Picture) -> tuple[str, float]:
    pixels = picture.at(IMAGENET_SIZE)
    pooled = lens.look(pixels[None], ("pooled",))["pooled"]
    likeliest = predictions.likeliest(imagenet_probabilities(pooled)[0], weights.imagenet_labels())
    best, share = likeliest.iloc[0]
    st.markdown("**ImageNet MobileNetV2**")
    st.image(look.png(pixels), width="stretch", alt=f"The picture: {picture.title}")
    st.markdown(f"says **{look.plain(best)}**, {words.percent(share)}")
    colour = palette.palette(state.theme()).frozen
    _bars(likeliest, colour, "imagenet", "ImageNet's network says " + _listed(likeliest))
    st.caption(f"1,000 classes, {IMAGENET_SIZE} px, as published.")
    return best, float(share)


def _card(
    one: Compared, answer: Answer, pixels: np.ndarray, about: int | None, decided: Decided | None
) -> None:
    spoken_for = answer.classes[answer.best if about is None else about]
    where = place_words(answer.evidence)
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    head.markdown(f"**{look.plain(one.label)}**", width="content")
    st.image(
        look.png(over_photo(pixels, answer.evidence, 1.0, SIDE)), width="stretch",
        alt=f"Where {one.label} finds evidence for {spoken_for}: {where or 'no single place stands out'}",
    )  # fmt: skip
    st.markdown(f"says **{look.plain(answer.said)}**, {words.percent(answer.certainty)}")
    if decided is not None:
        _as_decided(answer, decided)
    likeliest = predictions.likeliest(answer.probabilities, answer.classes)
    colour = palette.phase_colours(state.theme())[PHASES.index(one.phase.name)]
    _bars(likeliest, colour, one.token, f"{one.label} says {_listed(likeliest)}")
    said = [f"{len(answer.classes)} classes, {len(pixels)} px."]
    if not answer.evidence.any():
        said.append(f"No place of the picture speaks for {look.plain(spoken_for)}.")
    st.caption(" ".join(said))


def _as_decided(answer: Answer, decided: Decided) -> None:
    """The calibrated probability, and the alarm where it is raised."""
    said = answer.probabilities[None]
    if (calibrated := decided.calibrated(said)) is not None:
        st.markdown(
            f"calibrated {words.percent(float(calibrated[0, answer.best]))}",
            help=look.plain(decided.sentences()[0]),
        )
    if decided.alarm is not None and (raised := decided.raised(said)) is not None and raised[0]:
        name, threshold = decided.alarm.class_name, words.percent(decided.alarm.threshold)
        st.warning(
            f"Alarm: **{look.plain(name)}**, from {threshold} on", icon=":material/notifications_active:"
        )


def _bars(likeliest, colour: str, key: str, said: str) -> None:
    chart = probability_bars(likeliest, colour, state.theme())
    show.altair(chart, key=f"predict-bars-{key}", alt_text=said)


def _listed(likeliest) -> str:
    pairs = zip(likeliest["class"], likeliest["probability"], strict=True)
    return ", ".join(f"{name} {share:.1%}" for name, share in pairs)
