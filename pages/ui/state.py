"""What is chosen right now: the data set, the recipe, the unfreeze point and the run on stage.

Choices live in keyed widgets bound to the address bar (`pages.ui.address`), so a reload or a page switch
loses nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.config import DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.references import MARK, is_place, reference
from core.errors import ThawError
from core.presets import first_visit, mnist_32, tf_tutorial
from core.running.own_recipe import own_recipe
from core.store import StoredRun
from core.transforms import AugmentationConfig
from core.typed_places import as_path
from core.wording import words
from pages.ui import address, old_links, services, serving, show

DEFAULT_DATASET = "digits"
RECIPES = {"digits": first_visit, "cats_and_dogs": tf_tutorial, "mnist": mnist_32}
_TOLD = {  # controls whose change with the data set is told -> their settings
    "epochs_frozen": "feature_extraction.epochs",
    "rate_frozen": "feature_extraction.learning_rate",
    "optimizer_frozen": "feature_extraction.optimizer",
    "epochs_tuned": "fine_tuning.epochs",
    "rate_tuned": "fine_tuning.learning_rate",
    "optimizer_tuned": "fine_tuning.optimizer",
    "augment": "augmentation",
}


def theme() -> str:
    """`light` or `dark`, as the page is shown."""
    return "dark" if st.context.theme.type == "dark" else "light"


# The data set


def dataset_names() -> dict[str, str]:
    """Name -> title of what can be chosen: known sets that are there, and folders of one's own."""
    known = {entry.name: entry.title for entry in services.catalogue() if entry.available}
    used = [run.config.data.name for run in services.runs()]
    if serving.mode().shared:
        linked = address.asked("data") or ""
        return known | _looked_into([*st.session_state.get("own_data", []), linked, *used])
    linked = address.asked("data")
    found = _place_of(linked, [*services.opened(), *used]) if linked else None
    for path in [*st.session_state.get("own_data", []), *used, *filter(None, [found])]:
        place = as_path(path) if path not in known else None
        if place is not None and place.exists():
            known[path] = path
    return known


def _looked_into(used: Iterable[str]) -> dict[str, str]:
    """Sets of others, by name, that a teacher looks at or has runs on."""
    if not services.access().teacher:
        return {}
    kept = {e.name: services.access().title_of(e) for e in services.everything() if e.kept}
    return {name: kept[name] for name in used if name in kept}


def _place_of(linked: str, places: Iterable[str]) -> str | None:
    """Which of these places a link means: it says the path, as older ones did, or the content."""
    if linked in services.opened():
        return linked
    if MARK not in linked:
        return None
    return next((path for path in set(filter(is_place, places)) if _reference(path) == linked), None)


def _reference(name: str) -> str | None:
    """What a link calls a data set; None where it cannot be read now."""
    if not is_place(name):
        return name
    try:
        return reference(services.get_dataset(name))
    except ThawError:
        return None


def _follow_link(titles: dict[str, str]) -> None:
    """Take the data set that a link names, or say why not.

    A link never opens a folder: one that has runs here, or that a person chose on this machine, is known.
    """
    said = address.linked("data")
    if said is None:
        if address.went_back():
            st.session_state.pop("data", None)
        return
    name = old_links.data_set(said, titles)
    name = name if name in titles else _place_of(said, titles)
    if name in titles:
        st.session_state["data"] = name
    elif is_place(said) and serving.mode().shared:
        address.refuse("data", "a path, which is nothing here: the Data page lists the data sets")
    elif is_place(said) or MARK in said:
        address.refuse("data", "a folder that was not opened here; the Data page can open it")
    elif said in {entry.name for entry in services.catalogue()}:
        address.refuse("data", "which is not on this machine; the Data page says how to get it")
    else:
        address.refuse("data", "which is not a data set here")


def dataset_picker() -> None:
    """The picker in the sidebar. Its value is `dataset_name()`."""
    titles = dataset_names()
    _follow_link(titles)
    names = list(titles)
    default = names.index(DEFAULT_DATASET) if DEFAULT_DATASET in names else 0
    if st.session_state.get("data") not in names:
        st.session_state.pop("data", None)
    st.session_state["data_before"] = st.session_state.get("data", names[default])
    chosen = st.selectbox(
        "Data set", names, index=default, format_func=titles.__getitem__, key="data", on_change=follow_dataset
    )
    address.say("data", None if chosen == names[default] else _reference(chosen))
    if told := st.session_state.pop("data_told", None):
        st.toast(told, icon=":material/tune:", duration="long")


def dataset_name() -> str:
    """Name (or path) of the current data set."""
    return st.session_state.get("data") or DEFAULT_DATASET


def require_dataset() -> Dataset:
    """The current data set's index. If it cannot be read the page says so, and ends. Call it early."""
    come_in_by_app()
    try:
        return services.get_dataset(dataset_name())
    except ThawError as error:
        st.error(show.told(str(error)), icon=":material/error:")
        address.stop()


def come_in_by_app() -> None:
    """Run `app.py` first, always.

    For Streamlit a folder called `pages` may be an app of the old kind, and until `app.py` has called
    `st.navigation` once in this process, a link straight to a page runs that page alone.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def choose_dataset(name: str) -> None:
    """Make `name` the current data set. Call it from a callback, before the picker is drawn."""
    if name not in {entry.name for entry in services.catalogue()}:
        st.session_state["own_data"] = [*st.session_state.get("own_data", []), name]
        services.opened().add(name)
    st.session_state["data"] = name
    follow_dataset()


def base_config(name: str | None = None) -> ExperimentConfig:
    """The recipe known to suit a data set, with the augmentation chosen for training if one was: the
    defaults of every control."""
    name = name or dataset_name()
    recipe, chosen = recipe_config(name), chosen_augmentation(name)
    return recipe if chosen is None else replace(recipe, augmentation=chosen)


def recipe_config(name: str | None = None) -> ExperimentConfig:
    """The recipe known to suit a data set, with the division and size chosen for it, whatever augmentation
    was chosen."""
    usual = usual_config(name)
    return replace(usual, data=chosen_data(name) or usual.data)


def usual_config(name: str | None = None) -> ExperimentConfig:
    """The recipe known to suit a data set, whatever was chosen."""
    name = name or dataset_name()
    if name in RECIPES:
        return RECIPES[name]()
    return own_recipe(services.get_dataset(name), services.get_store())


def chosen_data(name: str | None = None) -> DataConfig | None:
    """Which images training uses, how large and how divided; None where that is as usual."""
    return st.session_state.get("chosen_data", {}).get(name or dataset_name())


def choose_data(chosen: DataConfig) -> None:
    """Train and check a data set like this from now on. A callback.

    Raises:
        DatasetError: the images cannot be divided so; then nothing changes.
    """
    dataset = services.get_dataset(chosen.name)
    datasets.split(dataset, chosen)
    kept = dict(st.session_state.get("chosen_data", {}))
    kept.pop(chosen.name, None)
    usual = chosen == usual_config(chosen.name).data
    st.session_state["chosen_data"] = kept | ({} if usual else {chosen.name: chosen})


def chosen_augmentation(name: str | None = None) -> AugmentationConfig | None:
    """What the Augmentation page was told to train with; None where the recipe's own stands."""
    return st.session_state.get("chosen_augmentation", {}).get(name or dataset_name())


def choose_augmentation(chosen: AugmentationConfig | None) -> None:
    """Train the current data set with this augmentation, or with its recipe's for None. A callback."""
    set_augmentation(None if chosen == recipe_config().augmentation else chosen)
    st.session_state["augment"] = base_config().augmentation.active


def set_augmentation(chosen: AugmentationConfig | None) -> None:
    """What the current data set is to be trained with, the switch left as it is; None for its recipe's."""
    kept = dict(st.session_state.get("chosen_augmentation", {}))
    kept.pop(dataset_name(), None)
    st.session_state["chosen_augmentation"] = kept | ({} if chosen is None else {dataset_name(): chosen})


# Controls that follow the data set


def control_values(config: ExperimentConfig) -> dict[str, Any]:
    """Key of each control -> its value for a config."""
    first, second = config.feature_extraction, config.fine_tuning
    return {
        "unfreeze": second.unfreeze_from,
        "layer": second.unfreeze_from,
        "every_layer": False,
        "epochs_frozen": first.epochs,
        "epochs_tuned": second.epochs,
        "optimizer_frozen": first.optimizer,
        "optimizer_tuned": second.optimizer,
        "rate_frozen": first.learning_rate,
        "rate_tuned": second.learning_rate,
        "dropout": config.head.dropout,
        "hidden": config.head.hidden[0] if config.head.hidden else 0,
        "batch_norm": config.batch_norm,
        "batch_size": config.batch_size,
        "augment": config.augmentation.active,
        "seed": config.seed,
        "keep": config.keep,
        "patience": config.patience or 0,
        "class_weight": config.class_weight != "none",
    }


def follow_dataset() -> None:
    """Give every control the new data set's default, and say once which of `_TOLD` that changed. A callback
    of the picker."""
    before, defaults = _defaults(st.session_state.get("data_before")), _defaults(None)
    changes = []
    for key, name in _TOLD.items():
        was = st.session_state.get(key, before.get(key))
        if was is not None and was != defaults.get(key, was):
            changes.append(words.changed(name, was, defaults[key]))
    if changes:
        st.session_state["data_told"] = f"Set for these images: {words.listed(changes)}."
    for key, value in defaults.items():
        st.session_state[key] = value
    st.session_state.pop("shown_run", None)
    st.session_state.pop("own_problem", None)


def _defaults(name: str | None) -> dict[str, Any]:
    """`control_values` of a data set's recipe, of the current one for None; nothing for one that was deleted
    since it was offered: the page says so, or shows another."""
    try:
        return control_values(base_config(name))
    except ThawError:
        return {}


# The run on stage


def runs_here(name: str | None = None) -> list[StoredRun]:
    """Runs of the current data set, newest first; a first phase kept for another run is not one of them."""
    return [run for run in services.visible_runs() if run.config.data.name == (name or dataset_name())]


def shown_run() -> str | None:
    """Key of the run whose curves are on the page: the one last asked for, else in training, else the newest;
    one from scratch, which is there to compare with, only where there is no other."""
    here = runs_here()
    keys = [run.run_key for run in here]
    if st.session_state.get("shown_run") in keys:
        return st.session_state["shown_run"]
    active = [run.run_key for run in here if run.status in ("running", "queued")]
    if active:
        return active[-1]
    return next((run.run_key for run in here if not run.config.from_scratch), keys[0] if keys else None)
