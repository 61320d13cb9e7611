"""The view "Many pictures" of the Predict page: a table, the least certain first, and a CSV."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from core.charts.photo_overlay import thumbnail_uri
from core.codegen.predict import predict_many_code
from core.data import images
from core.data.datasets import Dataset
from core.errors import DatasetError
from core.predict import many
from core.predict.many import UNLIKE, Prediction
from core.predict.one import Network
from core.wording import words
from pages.ui import look, show
from pages.ui.predict import distance, second
from pages.ui.predict import items as predict_items
from pages.ui.predict import networks as predict_networks
from pages.ui.predict.items import Item
from pages.ui.predict.networks import Chosen

BATCH = 16  # pictures between two looks at the progress
THREADS = 2  # Pillow decodes outside Python's lock
Done = dict[str, Prediction | str]  # by item key: the prediction, or what is wrong with the file
See = Callable[
    [dict[int, np.ndarray]], tuple[list[np.ndarray], np.ndarray]
]  # `many.predict` by given networks
_DONE, _PAUSED = "predict-many-done", "predict-many-paused"


def view(dataset: Dataset) -> None:
    """Draw it. Raises DatasetError or StoreError."""
    controls, picture = st.columns([1, 2], gap="medium")
    with controls:
        chosen = predict_networks.choose(dataset)
        asked = predict_items.choose(dataset, chosen)
    with picture:
        if not chosen.networks:
            st.info("Choose or train a network, and it predicts all your pictures.", icon=":material/tune:")
            return
        if not asked.items:
            st.info(
                "Drop pictures, choose a folder, or take validation images. They come back as a table, those "
                "the network is least certain of first, and as a CSV file.",
                icon=":material/table_view:",
            )
            return
        opened = predict_networks.open_all(chosen)
        trained = tuple(one for one in opened.networks if one is not None)
        if opened.pretrained is None or len(trained) < len(opened.networks):
            return
        see = partial(many.predict, networks=trained, pretrained=opened.pretrained)
        done = _with_classes(asked.items, _predict(asked.items, see, chosen))
        if asked.another:
            second.draw(asked.items, done, chosen)
        _show(asked.items, done, trained, chosen)
    classes = chosen.coded.result.dataset.classes
    show.code(predict_many_code(chosen.coded.config, classes, chosen.levels))


def _with_classes(items: Sequence[Item], done: Done) -> Done:
    """What is done of these, with their classes as they are known now: a folder's may have come later."""
    here = {item.key: (item.truth, done[item.key]) for item in items if item.key in done}
    return {
        key: found if isinstance(found, str) else replace(found, truth=truth)
        for key, (truth, found) in here.items()
    }


# Predicting, batch by batch; what is done stays when the page is redrawn or the work is stopped


def _predict(items: Sequence[Item], see: See, chosen: Chosen) -> Done:
    """Predict what is not done yet, with its progress."""
    by = tuple(one.token for one in chosen.networks)
    kept = st.session_state.get(_DONE)
    if kept is None or kept[0] != by:
        kept = st.session_state[_DONE] = (by, {})
    done = kept[1]
    todo = [item for item in items if item.key not in done]
    if not todo:
        st.session_state.pop(_PAUSED, None)
        return done
    if st.session_state.get(_PAUSED):
        st.button(
            f"Go on with the other {len(todo):,}", key="predict-go-on", icon=":material/play_arrow:",
            on_click=st.session_state.pop, args=(_PAUSED,),
        )  # fmt: skip
        return done
    place = st.empty()
    with place.container(border=True):
        bar = st.progress(0.0, text="Looking at the first pictures")
        st.button("Stop", key="predict-stop", icon=":material/stop_circle:", on_click=_pause,
                  help="What is done so far is kept.")  # fmt: skip
    begin = time.monotonic()
    for start in range(0, len(todo), BATCH):
        _batch(todo[start : start + BATCH], see, chosen, done)
        now = min(start + BATCH, len(todo))
        left = (time.monotonic() - begin) * (len(todo) - now) / now
        bar.progress(
            1 - (len(todo) - now) / len(items),
            text=f"{len(items) - len(todo) + now:,} of {words.plural(len(items), 'picture')} · "
            f"{words.duration(left)} left",
        )
    place.empty()
    return done


def _pause() -> None:
    st.session_state[_PAUSED] = True


def _batch(items: Sequence[Item], see: See, chosen: Chosen, done: Done) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        read = list(pool.map(lambda item: _read(item, chosen.sizes), items))
    good = [(item, sized) for item, sized in zip(items, read, strict=True) if isinstance(sized, dict)]
    done |= {item.key: said for item, said in zip(items, read, strict=True) if isinstance(said, str)}
    if not good:
        return
    pixels = {size: np.stack([sized[size] for _, sized in good]) for size in chosen.sizes}
    probabilities, pooled = see(pixels)
    for at, (item, sized) in enumerate(good):
        each = tuple(of_network[at] for of_network in probabilities)
        thumbnail = thumbnail_uri(sized[max(chosen.sizes)])
        done[item.key] = Prediction(item.name, each, pooled[at], thumbnail=thumbnail)


def _read(item: Item, sizes: set[int]) -> dict[int, np.ndarray] | str:
    """The picture at every size, or what is wrong with it."""
    try:
        image = item.image()
        return {size: images.squash(image, size) for size in sizes}
    except DatasetError as problem:
        return problem.happened


# What came out


def _show(items: Sequence[Item], done: Done, networks: tuple[Network, ...], chosen: Chosen) -> None:
    here = [(item, done[item.key]) for item in items if item.key in done]
    unreadable = [(item.name, found) for item, found in here if isinstance(found, str)]
    good = many.least_certain_first([found for _, found in here if isinstance(found, Prediction)])
    if unreadable:
        _unreadable(unreadable, len(here))
    if not good:
        return
    familiarity = distance.known(chosen.reference)
    rows = many.table(good, networks, familiarity)
    first = look.plain(networks[0].name)
    st.markdown(f"**{words.plural(len(rows), 'picture')}**, those {first} is least certain of first")
    st.dataframe(
        rows, hide_index=True, height=min(460, 40 + 46 * len(rows)), row_height=46, key="predict-table",
        column_config=_columns(networks), alt="Predictions, the least certain first",
    )  # fmt: skip
    st.download_button(
        "Download as CSV", many.csv(rows, good, networks, unreadable), "predictions.csv", "text/csv",
        key="predict-csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    if familiarity is None:
        distance.ask(chosen.reference)
    notes = [*many.notes(rows, networks), *many.decided_notes(good, networks)]
    show.notice("how sure they are, and how alike", [look.plain(note) for note in notes])


def _columns(networks: tuple[Network, ...]) -> dict:
    """Short titles, so that the first network's certainty is seen without scrolling; the CSV has it all."""
    columns: dict = {
        "picture": st.column_config.ImageColumn(width="small"),
        "distance": None,
        UNLIKE: st.column_config.CheckboxColumn(
            "unlike", help="Farther from the training images than 95% of the validation images."
        ),
    }
    for one in networks:
        columns[f"{one.name} says"] = st.column_config.TextColumn(one.name)
        columns[f"{one.name} certainty"] = st.column_config.ProgressColumn(
            "certainty", min_value=0.0, max_value=1.0, format="percent"
        )
        columns[f"{one.name} calibrated"] = st.column_config.ProgressColumn(
            "calibrated", min_value=0.0, max_value=1.0, format="percent"
        )
        columns[f"{one.name} alarm"] = st.column_config.CheckboxColumn("alarm")
    return columns


def _unreadable(unreadable: list[tuple[str, str]], count: int) -> None:
    st.warning(
        f"{len(unreadable):,} of {words.plural(count, 'file')} could not be read; the others are below.",
        icon=":material/broken_image:",
    )
    table = many.unreadable_table(unreadable)
    show.numbers(table, alt_text="unreadable files", key="predict-unreadable", label="Which, and why")
