"""Where two networks disagree: the images one gets right and the other wrong, as tiles to look closer at."""

import html
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.charts import concept_charts
from core.compare import disagreements
from core.compare.comparison import shared_rows
from core.compare.disagreements import ALL, BOTH_WRONG, BROKE, FIXED, WORST_FIRST, WORST_SECOND, Predictions
from core.config import DataConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.groups import images_key
from core.errors import DatasetError, StoreError, ThawError
from core.wording import words
from pages.ui import look, predictions, services, show
from pages.ui.compare import compared, evidence
from pages.ui.compare.compared import Compared

TILES = 12  # a page
TILE_WIDTH = 128  # px, the least
TILE_SIDE = 160  # px of the picture sent


@dataclass(frozen=True)
class Side:
    """One of the networks looked at.

    Attributes:
        short: What it is called on a tile: `B`, or `Frozen` where the other is of the same run.
        said: Its predictions, in the order of the split; of a pair, of the images that both have.
        rows: Where those are in its split, int64 (n,); None where they are all.
    """

    network: Compared
    short: str
    said: Predictions
    rows: np.ndarray | None = None

    def answer(self, row: int, classes: tuple[str, ...]) -> str:
        """`7 · 93%`, not to be broken: what it calls an image and how probable it finds that."""
        probability = disagreements.probability_words(self.said.confidence[row])
        return f"{classes[self.said.predicted[row]]} · {probability}".replace(" ", "\u00a0")


@st.fragment  # picking a picture redraws this part alone
def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """The pair, the groups of images, one group's tiles and one picture looked at closely."""
    st.subheader("Where they disagree" if len(chosen) > 1 else "What it gets wrong", anchor=False)
    try:
        _draw(_pair(chosen), split, dataset)
    except ThawError as problem:
        show.error(problem)


def _draw(pair: list[Compared], split: str, dataset: Dataset) -> None:
    if len(pair) == 2:
        try:
            services.verdict(pair[0].model, pair[1].model, split)
        except StoreError as problem:  # different images
            st.info(str(problem), icon=":material/image_not_supported:")
            return
    sides = _sides(pair, split)
    name, rows = _group(sides, split)
    positions = next(
        (found for side in sides if (found := _positions(dataset, side, split)) is not None), None
    )
    if positions is None:
        st.info(
            "The images of this data set have changed since these runs: their pictures cannot be shown. "
            "Train again to look at them.",
            icon=":material/image_not_supported:",
        )
    elif len(rows):
        _gallery(sides, split, name, rows, positions, dataset)
    show.notice(
        "who is right where they differ",
        _notes(sides, name, rows, [look.plain(one) for one in dataset.classes]),
    )


# Which networks, which images


def _pair(chosen: list[Compared]) -> list[Compared]:
    """The one network, or two of them: the picker is there where there is something to pick, and stands on
    the pair that most is said about."""
    foremost = compared.foremost(chosen)
    if len(chosen) <= 2 or foremost is None:
        return chosen
    by_label = {one.label: one for one in chosen}
    left, right = st.columns(2)
    labels = list(by_label)
    one = left.selectbox("First network", labels, index=labels.index(foremost[1].label), key="pair-first")
    others = [label for label in labels if label != one]
    usual = foremost[0].label
    other = right.selectbox(
        "Second network, told against the first", others,
        index=others.index(usual) if usual in others else 0, key="pair-second",
    )  # fmt: skip
    return [by_label[one], by_label[other]]


def _sides(pair: list[Compared], split: str) -> list[Side]:
    """The pair with what each said of the split's images. Raises StoreError."""
    short = disagreements.short_names(*pair) if len(pair) == 2 else (pair[0].letter,)
    said = [Predictions.of(*predictions.of(one, split)) for one in pair]
    sides = [Side(*side) for side in zip(pair, short, said, strict=True)]
    shared = shared_rows(services.get_store(), pair[0].model, pair[-1].model, split)
    if shared is None:
        return sides
    return [
        replace(side, said=side.said.at(rows), rows=rows) for side, rows in zip(sides, shared, strict=True)
    ]


def _positions(dataset: Dataset, side: Side, split: str) -> np.ndarray | None:
    """Where its images stand in the data set; None if they are not those of the run any more."""
    data = side.network.run.config.data
    try:
        key, found = _division(images_key(dataset, data), data, dataset)
    except DatasetError:
        return None
    if key != side.network.split_key:
        return None
    return found[split] if side.rows is None else found[split][side.rows]


@st.cache_resource(show_spinner=False, max_entries=16)
def _division(key: str, data: DataConfig, _dataset: Dataset) -> tuple[str, dict[str, np.ndarray]]:
    return datasets.split_key(_dataset, data), datasets.split(_dataset, data)


def _group(sides: list[Side], split: str) -> tuple[str, np.ndarray]:
    """The groups with their counts as a control; the chosen one's name and rows."""
    first, second = sides[0].short, sides[-1].short
    found = disagreements.groups(*(side.said for side in sides))
    titles = {WORST_FIRST: f"mistakes of {first}", WORST_SECOND: f"mistakes of {second}"}
    default = next(iter(found))
    name = st.segmented_control(
        f"{split.capitalize()} images", list(found), default=default, required=True,
        key=f"disagreement-{len(sides)}",
        format_func=lambda one: f"{titles.get(one, one)} {len(found[one]):,}",
        help="Fixed: the first network is wrong and the second right. Broke: the other way round.",
    ) or default  # fmt: skip
    sorted_by = "the most confident mistakes first"
    said = {
        FIXED: f"{first} wrong, {second} right; {sorted_by}",
        BROKE: f"{first} right, {second} wrong; {sorted_by}",
        BOTH_WRONG: f"Neither is right; {sorted_by}",
        WORST_FIRST: f"All that {first} gets wrong; {sorted_by}",
        WORST_SECOND: f"All that {second} gets wrong; {sorted_by}",
        ALL: f"All {split} images, in a random order",
    }[name]
    if sides[0].rows is not None:
        st.caption(
            f"Counted are the {words.plural(len(sides[0].rows), f'{split} image')} that both have under the "
            "same label: pictures were left out or relabelled between the two runs."
        )
    st.caption(f"{said}." if len(found[name]) else f"{said.partition(';')[0]}: no such image.")
    return name, found[name]


def _notes(sides: list[Side], name: str, rows: np.ndarray, classes: list[str]) -> list[str]:
    """About the chosen group: its commonest mix-up, and what sets the networks' mistakes apart."""
    wrong = sides[-1] if name in (BROKE, WORST_SECOND) else sides[0]
    notes = []
    if len(rows) > 1 and name != ALL:
        mix_up = disagreements.commonest_mix_up(wrong.said, rows, classes)
        notes.append(f"Commonest mistake of **{wrong.short}** in this group: {mix_up}.")
    if name == BOTH_WRONG:
        notes.append(disagreements.shared_mistakes_note(sides[0].said, sides[1].said))
    else:
        notes.append(disagreements.confidence_note(wrong.said, f"**{wrong.short}**"))
    return [note for note in notes if note]


# Tiles


def _gallery(
    sides: list[Side], split: str, name: str, rows: np.ndarray, positions: np.ndarray, dataset: Dataset
) -> None:
    """The group's tiles, a page at a time, and beside them the picked one."""
    scope = f"mistakes-{split}-{name}-" + "-".join(side.network.label for side in sides)
    tiles, closer = st.columns([3, 2], gap="medium")
    picked = st.session_state.get(f"{scope}-picked")
    explicit = picked in rows
    row = int(picked) if picked is not None and explicit else int(rows[0])
    with tiles:
        page = _page(scope, len(rows))
        with st.grid(4, min_column_width=TILE_WIDTH, gap="small"):
            for other in rows[page * TILES : (page + 1) * TILES]:
                with st.container(gap="xxsmall"):
                    _tile(sides, int(other), int(positions[other]), dataset, scope, other == row)
        st.caption(
            "✓ and a solid outline: right. ✗ and a dashed one: wrong. Beside each answer the probability "
            "the network gives it. Press a picture's name to look closer."
        )
    with closer:
        evidence.draw(
            [(side.network, side.short, int(side.said.predicted[row])) for side in sides],
            [_chip(side, row, dataset.classes) for side in sides],
            int(positions[row]), int(sides[0].said.labels[row]), dataset, at_once=explicit,
        )  # fmt: skip


def _page(scope: str, count: int) -> int:
    """The page of tiles shown, from 0, with the buttons that turn it where there are several."""
    last = (count - 1) // TILES
    page = min(st.session_state.get(f"{scope}-page", 0), last)
    if last == 0:
        return page

    def turn(to: int) -> None:
        st.session_state[f"{scope}-page"] = to

    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to in (("Previous", page - 1), ("Next", page + 1)):
            st.button(
                label, key=f"tiles-{label.lower()}", disabled=not 0 <= to <= last, on_click=turn, args=(to,)
            )
        shown = min(count, (page + 1) * TILES)
        st.caption(f"{page * TILES + 1:,} to {shown:,} of {count:,}", width="content")
    return page


def _tile(sides: list[Side], row: int, position: int, dataset: Dataset, scope: str, picked: bool) -> None:
    """One image: picture, true class, what each network says, and the button that looks closer."""
    true = dataset.classes[sides[0].said.labels[row]]
    name = dataset.items[position].name.rpartition("/")[2]
    size = sides[-1].network.run.config.data.image_size
    st.image(_picture(dataset.key, position, size, dataset), width="stretch", alt=f"{name}, class {true}")
    st.caption(f"true: **{look.plain(true)}**")
    st.html("".join(_chip(side, row, dataset.classes) for side in sides))

    def pick() -> None:
        st.session_state[f"{scope}-picked"] = row

    st.button(
        look.plain(name), key=f"closer-{row}", type="primary" if picked else "tertiary",
        icon=":material/zoom_in:", on_click=pick,
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=2000)
def _picture(key: str, position: int, size: int, _dataset: Dataset) -> bytes:
    return look.png(concept_charts.enlarged(look.network_pixels(_dataset, position, size), TILE_SIDE))


def _chip(side: Side, row: int, classes: tuple[str, ...]) -> str:
    """What a network says of an image, as HTML: right and wrong by mark and outline."""
    right = bool(side.said.right[row])
    style = (
        f"border:1.5px {'solid' if right else 'dashed'} currentColor;border-radius:6px;padding:0 6px;"
        "margin-top:3px;font-size:.8rem;line-height:1.5;overflow-wrap:anywhere"
    )
    said = html.escape(side.answer(row, classes))
    return f'<div style="{style}">{"✓" if right else "✗"} {html.escape(side.short)}: <b>{said}</b></div>'
