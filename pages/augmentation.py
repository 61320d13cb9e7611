"""Augmentation: what random flips, turns and zooms show the network of one and the same picture, what they
do to its features, and whether they help."""

import numpy as np
import streamlit as st

from core.charts import augmentation_charts
from core.charts.concept_charts import enlarged
from core.codegen.keras import augmentation_code, keras_code, shift_code
from core.concepts import augmentation_gain
from core.concepts.variants import vary
from core.data.pictures import Picture
from core.errors import ThawError
from core.explain import feature_shifts
from core.wording import words
from core.wording.concept_notes import augmentation_notes
from core.wording.verdicts import augmentation_sentence
from pages.ui import address, look, show, state, views
from pages.ui.augmentation import features, runs, training
from pages.ui.augmentation import variants as augment
from pages.ui.augmentation.features import Network

VIEWS = {
    "variants": "Variants",
    "one": "One picture's features",
    "ranking": "Ranking",
    "gain": "Does it help here?",
}
VARIANTS, ONE, RANKING, GAIN = VIEWS
QUESTIONS = {
    VARIANTS: "What does the network see? In every epoch another variant of every training picture, under "
    "the same label.",
    ONE: "Is a turned cat still the same cat? How far each variant moves the 1,280 numbers the head sees.",
    RANKING: "Which transforms does the network already look past, and which would be news to it?",
    GAIN: "Is it worth it? The same recipe with and without augmentation, seed by seed.",
}

st.title("Augmentation")
question = st.container()
dataset = state.require_dataset()
base = state.recipe_config()
view = views.choose("augment_view", VIEWS)
question.markdown(QUESTIONS[view])
picture, controls = st.columns([2, 1], gap="medium")  # on a phone the picture comes first

with controls:
    try:
        with picture:
            chosen = augment.choose_picture(dataset, base.data) if view in (VARIANTS, ONE) else None
        network = features.choose_network(base, chosen) if view in (ONE, RANKING) else None
        size = augment.size(base, chosen) if network is None else network.config.data.image_size
        original = chosen.at(size) if chosen else None
        config = augment.controls(dataset, size)
    except ThawError as problem:
        show.error(problem)
        address.stop()
    if chosen:
        seed, epochs = augment.choose_draws(base)
    if view == GAIN:
        pairs = runs.choose_pairs(base, config)
    st.button(
        "What suits this data set", key="augment-defaults", icon=":material/restart_alt:", width="stretch",
        on_click=augment.reset, args=(dataset,),
    )  # fmt: skip
    training.choice(config)


def variants_view(chosen: Picture, original: np.ndarray) -> None:
    """The original, the numbers that the network gets, and the variants."""
    variants = vary(original, chosen.image_id, config, seed, epochs)
    values = augmentation_charts.value_table(original, variants.pixels, base.base.scaling)
    left, right = picture.columns([1, 3], gap="small")
    with left:
        st.image(look.png(enlarged(original)), width="stretch", alt=f"Original: {chosen.title}")
        st.caption(f"**Original** · {look.plain(chosen.title)}, {size} px. The numbers are epochs.")
        show.chart(
            augmentation_charts.value_histogram, values, state.theme(), key="values",
            alt_text="Histogram of the values that the network gets, of the original and of the variants",
        )  # fmt: skip
        st.caption(augmentation_charts.values_said(original, base.base.scaling))
    with right:
        augment.tiles(variants)
    with picture:
        show.numbers(
            values, alt_text="values the network gets", key="values-numbers", label="Values the network gets"
        )
    show.notice("what the variants change", augmentation_notes(original, variants.pixels, config))


def features_view(chosen: Picture, original: np.ndarray, network: Network) -> None:
    """One picture's variants as the network sees them, against other images."""
    variants = vary(original, chosen.image_id, config, seed, epochs)
    with picture:
        seen = features.look_at(network, np.concatenate([original[None], variants.pixels]))
        if seen is None:
            return
        top = st.container()
        away = features.others(network, dataset, chosen)
        groups = away.groups if away else {}
        shifts = feature_shifts.shifts(variants.epochs, variants.said, *seen, network.classes, groups)
        with top:
            st.markdown(
                f"Seen by {look.plain(network.title)}: the original is **{look.plain(shifts.answer)}** "
                f"({shifts.probability:.0%}). Circle: the same answer, cross: another one."
            )
            show.altair(
                augmentation_charts.shift_dots(shifts, state.theme()), key="shifts",
                alt_text=f"Distance of {len(shifts.frame)} variants from the original, and of other images",
            )  # fmt: skip
            features.extremes(original, variants, shifts, away, dataset)
            show.numbers(shifts.frame, alt_text="shift and answer of each variant", key="shift-numbers")
    show.notice("how far this picture moves", feature_shifts.shift_notes(shifts))


def ranking_view(network: Network) -> None:
    """All transforms, over many images."""
    with picture:
        found = features.ranking(network, config)
        if found is None:
            return
        within, between = found.record["within"], found.record["between"] or np.nan
        distance, changed = found.arrays["distance"], found.arrays["changed"]
        transforms = feature_shifts.one_by_one(config)
        rows = feature_shifts.ranking(transforms, size, distance, changed, within)
        images = distance.shape[1]
        st.markdown(
            f"{images} validation images, seen by {look.plain(network.title)}. At each dot: how many of "
            "its answers changed. In brackets: off in your settings."
        )
        show.figure(
            augmentation_charts.ranking_dots(rows, within, between, state.theme()), rows, key="ranking",
            alt_text=f"Transforms by how far they move the features of {images} images",
        )  # fmt: skip
    show.notice("which transforms matter to the network", feature_shifts.ranking_notes(rows, within, between))


def gain_view() -> None:
    """Pairs of runs: what they show, and the button for those that are missing."""
    with picture:
        if not config.active:
            st.info("Every transform is off: with and without would be the same run.", icon=":material/tune:")
            return
        gains = runs.finished(pairs)
        runs.train_missing(pairs)
        if gains:
            st.markdown(augmentation_sentence(augmentation_gain.mean_gain(gains)))
            show.figure(
                augmentation_charts.gain_dots(gains, state.theme()), augmentation_gain.gain_table(gains),
                key="gain", alt_text=f"Gain in accuracy by augmentation, {words.plural(len(gains), 'seed')}",
            )  # fmt: skip
            runs.verdicts(gains)
    show.notice("whether it helps here", augmentation_gain.gain_notes(gains) if gains else [])


def code() -> str:
    """The Keras code for this view and these settings."""
    if view == GAIN:
        return keras_code(pairs[0].augmented, len(dataset.classes))
    if network is None:
        return augmentation_code(config)
    return shift_code(config, size, network.config.base.scaling)


try:  # what a view looks at was chosen above, for that view alone
    if chosen and original is not None and network:
        features_view(chosen, original, network)
    elif chosen and original is not None:
        variants_view(chosen, original)
    elif network:
        ranking_view(network)
    else:
        gain_view()
except ThawError as problem:
    show.error(problem)
show.code(code())
