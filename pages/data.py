"""Data: choose images, look at them as the network will, see how they are divided and what is odd."""

import pandas as pd
import streamlit as st

from core.charts import concept_charts
from core.codegen.data import data_code
from core.data import data_facts, exclusions, summary
from core.errors import ThawError
from core.wording import words
from core.wording.markdown import plain
from pages.ui import address, folders, look, services, show, state, views
from pages.ui.data import (
    audit,
    decided,
    division,
    expectations,
    kept_together,
    own_photos,
    photo_preview,
    sources,
)

VIEWS = {"pictures": "Pictures", "splits": "Balance and splits", "check": "Trouble", "sources": "Data sets"}
IN_USE_HELP = "The same share of every class and split. Balance and splits takes another number."
MOST_BARS = 24  # of more classes the balance shows the largest and the smallest
MOST_CLASSES = 10  # shown as pictures at once

st.title("Data")
st.markdown(
    "What will the network learn from? Look at the pictures as it sees them, and at who is tested on what."
)

dataset = look.dataset_or_last_good()
config = state.base_config(dataset.name)
address.choice("data_view", VIEWS)  # what a link says of it is needed before it is drawn
adding = st.session_state.get("data_view") == "sources"  # then nothing is said of the current pictures
dividing = st.session_state.get("data_view") == "splits"  # then the size is that of training
if adding:
    problem_place, picture = st.container(), st.container()
    image_size, split, numbers = config.data.image_size, "train", None
else:
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        image_size = config.data.image_size if dividing else look.image_size(config)
        split = st.segmented_control(
            "From the split", ("train", "validation", "test"), default="train", required=True,
            key="data_split", persist_state="session", width="stretch",
        )  # fmt: skip
        problem_place, numbers = st.container(), st.container()
        with st.container(border=True):
            own_photos.doors(elsewhere=False)

try:
    facts = look.facts(dataset, config.data)
except ThawError as problem:
    with problem_place:
        show.error(problem)
        division.undo(dataset)
    address.stop()

parts, shared = facts.parts, sum(facts.shared.values())


def numbers_and_card() -> None:
    """How many, and what can be expected of them."""
    with st.container(horizontal=True):
        in_use = words.part_of(int(facts.counts["all"].sum()), len(dataset.items))
        st.metric("Images in use", in_use, help=IN_USE_HELP)
        st.metric("Classes", len(dataset.classes))
        st.metric(
            "In two splits", shared, help="Images whose content, by its SHA-256, is in more than one split."
        )
    if not dataset.source.in_memory:
        st.caption(plain(summary.of_dataset(dataset)))
        photo_preview.passed_over(dataset.passed_over)
        folders.chosen(dataset.name)
    expectations.card(config, dataset, facts.counts)


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
                st.markdown(f"**{plain(dataset.classes[label])}** · {of_class}")
                st.image(sheet.png, width="stretch", alt=sheet.said)


def splits_view() -> None:
    """What training uses, images a class in every split, the sizes of the splits, and the proof that they are
    disjoint."""
    with st.container(border=True):
        st.markdown("**What training uses**")
        division.controls(dataset, "data")
    kept_together.pretended(config, dataset)
    show.chart(
        concept_charts.splits_bar, {part: len(parts[part]) for part in parts}, state.theme(), key="splits",
        alt_text=", ".join(f"{len(parts[part]):,} {part}" for part in parts),
    )  # fmt: skip
    st.markdown(
        "**Training** images teach the network. **Validation** images choose between settings. **Test** "
        "images are kept for the end and choose nothing."
    )
    counts, shown = facts.counts, classes_shown()
    names = [dataset.classes[at] for at in shown]
    most = int(counts[list(parts)].iloc[shown].to_numpy().max(initial=0))  # bars of all three can be compared
    for column, part in zip(st.columns(3, gap="small"), parts, strict=True):
        column.markdown(f"**{part}** · {len(parts[part]):,} images")
        show.chart(
            concept_charts.class_balance, counts[part].iloc[shown], names, state.theme(), most=most,
            where=column, key=f"balance-{part}",
            alt_text=f"Images of each class in {part}: {counts[part].min():,} to {counts[part].max():,}",
        )  # fmt: skip
    show.numbers(counts.reset_index(), alt_text="images by class and split", key="balance-numbers")
    st.table(
        pd.DataFrame(
            {"images in both": facts.shared.values()}, index=[f"{a} and {b}" for a, b in facts.shared]
        ),
        alt="Number of images that two splits share",
    )


def classes_shown() -> list[int]:
    """Which classes have a bar: all, or of many those that were searched for, or the largest and smallest."""
    counts = facts.counts["all"]
    if len(counts) <= MOST_BARS:
        return list(range(len(counts)))
    text = st.text_input(
        "Find a class", key="find-class", persist_state="session", icon=":material/search:",
        placeholder=f"of {len(counts)}",
    )  # fmt: skip
    found = data_facts.found_classes(dataset.classes, text)
    shown = [found[at] for at in data_facts.extremes(counts.iloc[found].tolist(), MOST_BARS)]
    half, rest = MOST_BARS // 2, "The table below has all."
    if not found:
        st.caption(f"No class has {plain(text)} in its name.")
    elif len(shown) < len(found):
        st.caption(f"The {half} largest of {len(found)} classes, then the {half} smallest. {rest}")
    else:
        st.caption(f"{len(found)} of {len(counts)} classes. {rest}")
    return shown


def check_view() -> None:
    """All that may be wrong with the images and their labels."""
    audit.report(config, dataset)


def sources_view() -> None:
    """Adding photos, and every data set Thaw knows, here or not."""
    with st.container(border=True):
        own_photos.add()
    sources.listed(dataset.name)


DRAW = {"pictures": pictures_view, "splits": splits_view, "check": check_view, "sources": sources_view}

if numbers is not None:
    with numbers:
        numbers_and_card()
with picture:
    view = views.choose("data_view", VIEWS)
    try:
        DRAW[view]()
    except ThawError as problem:
        with problem_place:
            show.error(problem)

if not adding:  # else other photos are looked at
    notes = data_facts.data_notes(facts.counts["all"], disjoint=shared == 0)
    show.notice("how the images are divided", notes)
    sizes = {part: len(positions) for part, positions in parts.items()}
    left_out = exclusions.excluded(services.get_store().personal, dataset.name)
    show.code(
        data_code(
            dataset, sizes, image_size, config.batch_size, config.data.split_seed, left_out,
            decided.labels_of(dataset.name), parts if config.data.groups else None,
        )
    )  # fmt: skip
