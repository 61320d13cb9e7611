"""The map of unfreeze point by number of images: what leads to it, how it fills in, and a look at a cell."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from core import layers
from core.charts.depth_map import PICK, depth_map, map_table
from core.codegen.keras import keras_code
from core.compare.depth_map import DepthMap, Judged, Place, judge
from core.compare.map_notes import cell_line, head_line, headline
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.sweeps.plan import IMAGES, STOP
from pages.server import pace
from pages.ui import asking, services, show, state, swept
from pages.ui.depth.cells import Cells

POLL_SECONDS = 1.0
KEY = "depth-map"


def view(asked: Cells) -> None:
    """What leads to the map, as far as it is not there; the map; one of its cells."""
    swept.ask(asked.swept, "map", "Draw the map", warm=True)
    _ask_heads(asked)
    polling = pace.seconds(POLL_SECONDS) if asked.swept.missing() and asked.swept.active() else None
    st.fragment(_answer, run_every=polling)(asked)


def _ask_heads(asked: Cells) -> None:
    """The heads alone come with the runs, but where augmentation gives them a price of their own."""
    if not asked.swept.sweep.base.augmentation.active and asked.swept.missing():
        return
    missing = [config for config in asked.heads() if services.result_of(config) is None]
    if missing:
        note = "Every cell is judged against the head alone, trained as long on the same images."
        asking.ask(missing, "map-heads", note=note, primary=False, boxed=False)


def _answer(asked: Cells) -> None:
    """All that follows the cell looked at."""
    _draw(asked)
    with show.problems():
        _code(asked)


def _draw(asked: Cells) -> None:
    with show.problems():
        found = asked.found()
        runs = sum(len(cell.runs) for cell in found.cells.values())
        if not runs:
            st.caption(
                "In each cell thawing is set against the head alone, trained as long on the same images. The "
                "middle of the network comes first. Each cell is made of ordinary runs."
            )
            return
        heads = sum(len(cell.heads) for cell in found.cells.values())
        judged = _judged(asked.swept.keys, str(services.get_store().home), runs, heads, found)
        if said := headline(found, judged):
            st.markdown(("" if len(judged) == len(found.cells) else "So far: ") + said)
        place = _looked_at(found)
        said = f"Map of {len(found.stops)} unfreeze points by {len(found.images)} numbers of training images"
        show.altair(
            depth_map(found, judged, place, state.theme()), key=KEY, alt_text=said, on_select=_clicked,
            selection_mode=PICK,
        )  # fmt: skip
        st.caption(_caption(asked, found))
        show.numbers(partial(map_table, found, judged), alt_text=said, key="depth-map-numbers")
        _look_at_one(found, judged, place)


@st.cache_resource(show_spinner=False, max_entries=32)  # it reads what every network answered
def _judged(
    keys: tuple[str, ...], home: str, runs: int, heads: int, _found: DepthMap
) -> dict[Place, Judged]:  # fmt: skip
    return judge(services.get_store(), _found)


def _caption(asked: Cells, found: DepthMap) -> str:
    seeds = (
        "One seed: it is these networks that are told apart, trained on this draw of the images."
        if found.seeds == 1
        else f"{found.seeds} seeds, each with its own draw of the images (of all, with its own start alone)."
    )
    checked = services.counts(asked.swept.sweep.base)["validation"]
    return (
        "In each cell: accuracy, and by how many points thawing beats the head alone, trained as long. "
        f"▲ better, ▼ worse, ? cannot tell, by the same {checked:,} validation images, with all "
        f"{len(found.cells)} cells looked at (Holm). {seeds} Click a cell for its runs."
    )


# One cell


def _looked_at(found: DepthMap) -> Place:
    """The cell that was picked, where this map has it; else the middle of the network with all images."""
    stop, images = st.session_state.get("map_stop"), st.session_state.get("map_count")
    rows = (*found.stops, BACKBONE_LAYERS)
    return (
        stop if stop in rows else found.stops[len(found.stops) // 2],
        images if images in found.images else found.images[-1],
    )


def _clicked() -> None:
    """A callback: the click's cell is looked at; a click beside all cells changes nothing."""
    chosen = st.session_state[KEY].selection.get(PICK)
    if chosen:
        st.session_state["map_stop"] = int(chosen[0]["layer"])
        st.session_state["map_count"] = int(chosen[0]["images"])


def _look_at_one(found: DepthMap, judged: Mapping[Place, Judged], place: Place) -> None:
    """A cell's accuracy and verdict, its runs, and the way to them."""
    st.markdown("**Look at one cell**")
    st.session_state["map_stop"], st.session_state["map_count"] = place
    left, right = st.columns(2)
    left.select_slider(
        "Thawed from", (*found.stops, BACKBONE_LAYERS), format_func=layers.stop_label, key="map_stop",
        persist_state="session",
    )  # fmt: skip
    right.select_slider(
        "Training images", found.images, format_func="{:,}".format, key="map_count", persist_state="session",
    )  # fmt: skip
    stop, images = place
    with st.container(border=True):
        if stop == BACKBONE_LAYERS:
            runs, said = found.heads(images), head_line(found, images)
        else:
            runs, said = found.cells[place].runs, cell_line(found, stop, images, judged)
        st.markdown(said or "The head alone is not there yet.")
        for seed, run in sorted(runs.items()):
            swept.run_line(run.run_key, f"seed {seed}")


def _code(asked: Cells) -> None:
    """That of the cell looked at, from its first seed: the others differ by their numbers."""
    config = _config(asked, *_looked_at(asked.found()))
    classes = len(services.get_dataset(config.data.name).classes)
    images = services.counts(config)["train"]
    where = layers.stop_label(config.fine_tuning.unfreeze_from) if config.fine_tuning.epochs else "head only"
    show.code(keras_code(config, classes), f"The Keras code of one cell, {where} with {images:,} images")


def _config(asked: Cells, stop: int, images: int) -> ExperimentConfig:
    limit = None if images == asked.most else images
    points = asked.swept.points
    wanted = stop if stop in {point.settings[STOP] for point in points} else points[0].settings[STOP]
    config = next(
        point.config for point in points
        if point.settings[STOP] == wanted and point.settings[IMAGES] in (limit, images)
    )  # fmt: skip
    return config if wanted == stop else config.control() or config
