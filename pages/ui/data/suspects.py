"""Suspect labels on page Data: the study behind them, and the cards on which a person decides."""

import streamlit as st

from core.config import ExperimentConfig
from core.data.datasets import Dataset
from core.data.exclusions import Image
from core.explain import suspects as suspects_study
from core.intake import suspect_labels
from core.intake.suspect_labels import Suspect, Suspects
from core.wording.markdown import plain
from pages.ui import asking, look, show, study
from pages.ui.data import decided

SHOWN = 5  # cards at once
LARGE, SMALL = 160, 80  # px, of the picture and of those beside it
SEEN = "suspects_seen"  # data set -> key of the answer shown: a decision changes the set, and so the question


def known(config: ExperimentConfig, dataset: Dataset) -> Suspects | None:
    """What is known of the labels, without what was decided since; None where it was not computed.

    Raises:
        StoreError: the stored answer is broken.
    """
    seen = st.session_state.setdefault(SEEN, {})
    found = study.answer(suspects_study.study_of(config, dataset))
    if found is None and dataset.name in seen:
        found = study.stored(seen[dataset.name])
    if found is None:
        return None
    seen[dataset.name] = found.key
    return suspect_labels.on(dataset, found.record, decided.labels_of(dataset.name))


def ask(config: ExperimentConfig, dataset: Dataset, suspects: Suspects | None) -> None:
    """What leads to the answer on the labels as they are now; nothing where it is there."""
    if len(dataset.items) < suspects_study.LEAST_IMAGES:
        st.caption(
            f"Labels are not judged: that needs {suspects_study.LEAST_IMAGES} pictures, and there are "
            f"{len(dataset.items)}."
        )
        return
    again = suspects is not None
    note = "" if again else (
        "Are the labels right? Every picture is judged by heads that never saw it, and pictures far from all "
        "others are named. First it is tried on labels that are flipped on purpose, in memory."
    )  # fmt: skip
    asking.ask(
        [suspects_study.study_of(config, dataset)], "suspects",
        "Judge the labels as they are now" if again else f"Judge {len(dataset.items):,} labels",
        note=note, primary=not again, boxed=not again,
    )  # fmt: skip


def cards(suspects: Suspects, dataset: Dataset) -> None:
    """The suspects, the worst first, each beside the pictures most like it, to decide on."""
    all_of_them = suspects.undecided
    first = 1
    if len(all_of_them) > SHOWN:
        first = st.number_input(
            f"Shown, of {len(all_of_them):,}: {SHOWN} from number", 1, len(all_of_them), step=SHOWN,
            width=240, key="first-suspects",
        )  # fmt: skip
    for suspect in all_of_them[first - 1 : first - 1 + SHOWN]:
        _card(suspect, dataset)


def _card(suspect: Suspect, dataset: Dataset) -> None:
    item = dataset.items[suspect.position]
    given, image = dataset.classes[item.label], (item.name, item.sha256)
    key = f"{item.name}-{item.sha256[:8]}"  # copies share their content
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.image(
                _tile(dataset.key, suspect.position, LARGE, dataset), width=LARGE,
                alt=f"Filed under {given}: {item.name}",
            )  # fmt: skip
            with st.container(gap="xsmall", width="stretch"):
                st.markdown(
                    f"Filed under **{plain(given)}**. A head that never saw it says "
                    f"**{plain(suspect.said)}** ({suspect.sure:.0%}), and gives {plain(given)} "
                    f"{suspect.own:.1%}."
                )
                st.caption(plain(item.name))
                _nearest(suspect, dataset)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            others = [name for name in dataset.classes if name != given]
            label = others[0]
            if len(others) > 1:
                label = st.selectbox(
                    "The right label", others, others.index(suspect.said) if suspect.said in others else 0,
                    key=f"label-{key}", width=200,
                )  # fmt: skip
            _button(f"relabel-{key}", f"Relabel as {plain(label)}", ":material/label:", dataset, image, label)
            _button(f"keep-{key}", f"Keep {plain(given)}", ":material/check:", dataset, image, given)
            _button(f"drop-{key}", "Leave out", ":material/playlist_remove:", dataset, image, None)


def _nearest(suspect: Suspect, dataset: Dataset) -> None:
    if not suspect.nearest:
        return
    with st.container(horizontal=True, gap="small"):
        for position in suspect.nearest:
            label = dataset.classes[dataset.items[position].label]
            with st.container(gap=None, width=SMALL):
                tile = _tile(dataset.key, position, SMALL, dataset)
                st.image(tile, width=SMALL, alt=f"Most alike, filed under {label}")
                st.caption(plain(label))


@st.cache_data(show_spinner=False, max_entries=400)
def _tile(key: str, position: int, side: int, _dataset: Dataset) -> bytes:
    return look.png(look.network_pixels(_dataset, position, side))


def _button(key: str, text: str, icon: str, dataset: Dataset, image: Image, label: str | None) -> None:
    st.button(text, key=key, icon=icon, on_click=show.attempt, args=(key, _decide, dataset, image, label))
    show.problem(key, dataset, image, label)


def _decide(dataset: Dataset, image: Image, label: str | None) -> None:
    """Note a label, or without one leave the image out."""
    if label is None:
        decided.leave_out(dataset, [image])
    else:
        decided.decide(dataset, image, label)
