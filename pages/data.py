"""Data: choose images, look at them as the network will, and see how they are divided."""

import pandas as pd
import streamlit as st

from core import words
from core.charts import concept_charts
from core.code_layers import data_code
from core.data import data_facts
from core.errors import ThawError
from pages.ui import fetch, look, services, show, state

PICTURES, BALANCE, SPLITS, CATALOGUE = "Pictures", "Class balance", "Splits", "Data sets"
MOST_CLASSES = 10  # shown as pictures at once

st.title("Data")
st.markdown(
    "What will the network learn from? Look at the pictures as it sees them, and at who is tested on what."
)

dataset = look.dataset_or_last_good()
config = state.base_config(dataset.name)
controls, picture = st.columns([1, 2], gap="medium")

with controls:
    image_size = look.image_size(config)
    split = st.segmented_control(
        "From the split", ("train", "validation", "test"), default="train", required=True, key="data_split",
        persist_state="session", width="stretch",
    )  # fmt: skip
    problem_place, numbers = st.container(), st.container()
    with st.container(border=True):
        fetch.own_photos()

try:
    facts = look.facts(dataset, config.data)
except ThawError as problem:
    with problem_place:
        show.error(problem)
    st.stop()

parts, shared = facts.parts, sum(facts.shared.values())
with numbers.container(horizontal=True):
    st.metric(
        "Images in use", f"{facts.counts['all'].sum():,}", help=f"Of {len(dataset.items):,} in the data set."
    )
    st.metric("Classes", len(dataset.classes))
    st.metric(
        "In two splits", shared, help="Images whose content, by its SHA-256, is in more than one split."
    )


def pictures_view() -> None:
    """Some pictures of each class, squashed to the size the network sees."""
    first = 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Other pictures", key="other_pictures", icon=":material/casino:", on_click=look.turn_page)
        if len(dataset.classes) > MOST_CLASSES:
            first = st.number_input(
                "Classes from number", 1, len(dataset.classes), step=MOST_CLASSES, key="first_class"
            ) - 1  # fmt: skip
    with st.grid(2, min_column_width=260, gap="small"):
        for label in range(first, min(first + MOST_CLASSES, len(dataset.classes))):
            sheet = look.sheet(dataset, parts[split], label, image_size)
            with st.container(gap="xxsmall"):
                of_class = f"{facts.counts[split].iloc[label]:,} in {split}"
                st.markdown(f"**{look.plain(dataset.classes[label])}** · {of_class}")
                st.image(sheet.png, width="stretch", alt=sheet.said)


def balance_view() -> None:
    """Images a class in every split."""
    counts = facts.counts
    for column, part in zip(st.columns(3, gap="small"), parts, strict=True):
        column.markdown(f"**{part}** · {len(parts[part]):,} images")
        column.altair_chart(
            concept_charts.class_balance(counts[part], dataset.classes, state.theme()), key=f"balance-{part}",
            alt=f"Images of each class in {part}: {counts[part].min():,} to {counts[part].max():,}",
        )  # fmt: skip
    show.numbers(counts.reset_index(), alt_text="images by class and split", key="balance-numbers")


def splits_view() -> None:
    """The three splits, and the proof that they are disjoint."""
    st.altair_chart(
        concept_charts.splits_bar({part: len(parts[part]) for part in parts}, state.theme()), key="splits",
        alt=", ".join(f"{len(parts[part]):,} {part}" for part in parts),
    )  # fmt: skip
    st.markdown(
        "**Training** images teach the network. **Validation** images choose between settings. **Test** "
        "images are kept for the end and choose nothing."
    )
    st.table(
        pd.DataFrame(
            {"images in both": facts.shared.values()}, index=[f"{a} and {b}" for a, b in facts.shared]
        ),
        alt="Number of images that two splits share",
    )
    if facts.duplicates:
        copies = sum(len(group) - 1 for group in facts.duplicates)
        st.markdown(f"Exact copies among the {len(dataset.items):,} images: {copies:,}.")
        st.dataframe(
            pd.DataFrame({"same content": [" = ".join(group) for group in facts.duplicates[:20]]}),
            hide_index=True, alt="Images with the same content",
        )  # fmt: skip
    else:
        st.markdown(f"No two of the {len(dataset.items):,} images are copies of each other.")


def catalogue_view() -> None:
    """Every data set Thaw knows, here or not."""
    for entry in services.catalogue():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if entry.name == fetch.CATS and not entry.available:
                with st.container():
                    fetch.cats_and_dogs()
                continue
            with st.container(gap="xxsmall", width="stretch"):
                size = f" · {words.size(entry.size_bytes)}" if entry.size_bytes else ""
                here = "on this machine" if entry.available else "not here"
                st.markdown(f"**{look.plain(entry.title)}** · {here}{size}")
                st.caption(f"{look.plain(entry.description)} Licence: {look.plain(entry.licence)}.")
                where = "Where" if entry.available else "Put it into a folder named by THAW\\_DATA, from"
                st.caption(f"{where}: {look.plain(entry.location)}")
            current = entry.name == dataset.name
            st.button(
                "In use" if current else "Use", key=f"use-{entry.name}", on_click=state.choose_dataset,
                args=(entry.name,), disabled=current or not entry.available,
            )  # fmt: skip


DRAW = {PICTURES: pictures_view, BALANCE: balance_view, SPLITS: splits_view, CATALOGUE: catalogue_view}

with picture:
    view = st.segmented_control(
        "View", tuple(DRAW), default=PICTURES, required=True, key="data_view",
        persist_state="session", label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    try:
        DRAW[view]()
    except ThawError as problem:
        with problem_place:
            show.error(problem)

show.notice(data_facts.data_notes(facts.counts["all"], disjoint=shared == 0))
show.code(data_code(image_size))
