"""Which images training uses, how large, and how they are divided: chosen on Data and beside the recipe, kept
in the address bar."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core import group_rules
from core.config import DataConfig, ExperimentConfig
from core.data.datasets import Dataset
from core.data.splits import SHARES
from core.errors import ThawError
from core.settings import SEED_HIGH
from core.wording import words
from pages.ui import address, services, show, state
from pages.ui.address import Parameter, number, one_of
from pages.ui.data import kept_together

SIZES = (32, 64, 96, 128, 160, 192, 224)  # px
FEWEST = 10  # images, as `data.limit` has it
DIVISIONS = (None, (0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.4, 0.3, 0.3))
_PROBLEM = "division"  # for `show.attempt`


def _shares(chosen: tuple[float, ...] | None) -> str:
    """`80 / 10 / 10`."""
    return " / ".join(f"{100 * share:.3g}" for share in chosen or SHARES)


def _written(chosen: tuple[float, ...]) -> str:
    return "-".join(f"{share:g}" for share in chosen)


def _linked_rule(text: str) -> str | None:
    try:
        return group_rules.as_rule(group_rules.read_rule(text))
    except ValueError:
        return None


# Field of `DataConfig` -> its parameter in the address bar, and how it is written there
PARAMETERS: dict[str, tuple[str, Parameter]] = {
    "image_size": ("size", one_of(SIZES, "which is not one of the image sizes")),
    "limit": ("images", number(FEWEST, 10_000_000, int)),
    "shares": ("shares", one_of(filter(None, DIVISIONS), "which is not one of the divisions", _written)),
    "split_seed": ("split_seed", number(0, SEED_HIGH, int)),
    "groups": ("groups", Parameter(str, _linked_rule, "which is no rule for groups")),
}
_NOTHING = {"limit": "all", "shares": "usual", "groups": kept_together.NOTHING}  # how None is written


def bind() -> None:
    """Take over what a link says, and let the address bar of every page say what was chosen."""
    try:
        usual, now = state.usual_config().data, state.recipe_config().data
    except ThawError:  # the images cannot be read: the page says so
        return
    said = {}
    for field, (name, parameter) in PARAMETERS.items():
        linked = address.linked(name)
        if linked is not None and linked == _NOTHING.get(field):
            said[field] = None
        elif linked is not None and (value := parameter.read(linked)) is not None:
            said[field] = value
        elif linked is not None:
            address.refuse(name, parameter.reason)
        elif address.went_back():
            said[field] = getattr(usual, field)
    if said:
        _follow(replace(now, **said), usual)
    now = state.recipe_config().data
    for field, (name, parameter) in PARAMETERS.items():
        value = getattr(now, field)
        text = _NOTHING[field] if value is None else parameter.write(value)
        address.say(name, None if value == getattr(usual, field) else text)


def _follow(asked: DataConfig, usual: DataConfig) -> None:
    """Take over what a link says, unless the images cannot be divided so."""
    try:
        state.choose_data(_all_as_usual(asked, usual))
    except ThawError as problem:
        for name, _ in PARAMETERS.values():
            if address.asked(name):
                address.refuse(name, f"which will not do for these images: {show.told(str(problem))}")


def controls(dataset: Dataset, place: str) -> None:
    """Draw them. Whatever is changed holds at once, and for every page.

    Args:
        place: Where they stand: what they are keyed by.
    """
    config, usual = state.recipe_config(dataset.name), state.usual_config(dataset.name)
    keys = {field: f"use-{field}-{place}" for field in PARAMETERS}
    now, given = config.data, any(item.split for item in dataset.items)
    for field, key in keys.items():
        st.session_state[key] = _held(now, field, len(dataset.items))
    shown = {field: st.session_state[key] for field, key in keys.items()}
    changed = {"on_change": _take, "args": (dataset.name, keys)}
    with st.grid(4, min_column_width=170, gap="small"):
        sizes, said = sorted({*SIZES, now.image_size, usual.data.image_size}), _prices(config)
        st.selectbox("Image size", sizes, key=keys["image_size"], **changed,
                     format_func=lambda size: f"{size} × {size} px · {said(size)}",
                     help="Every picture is squashed to a square of this side. Larger shows the network more "
                     "and takes longer; the price is that of both phases.")  # fmt: skip
        # a field that nobody touched comes back from the browser with its default, which must be what holds
        st.number_input("Images in use", min(FEWEST, len(dataset.items)), len(dataset.items), shown["limit"],
                        step=10, key=keys["limit"], **changed,
                        help="All, unless you say otherwise. Fewer are drawn alike from every class and "
                        "split.")  # fmt: skip
        st.selectbox("Training / validation / test, %", _divisions(now, usual.data), key=keys["shares"],
                     format_func=_shares, disabled=given, **changed,
                     help="These images come divided into folders, which are kept." if given else
                     "Every class is divided alike.")  # fmt: skip
        st.number_input("Split seed", 0, SEED_HIGH, shown["split_seed"], key=keys["split_seed"], **changed,
                        help="Another number divides the images in another way.")  # fmt: skip
    kept_together.control(dataset, now, keys["groups"], **changed)
    show.problem(_PROBLEM)
    kept_together.told(dataset, now)
    _known(config)
    if now != usual.data:
        st.button(
            "As usual for these images", key=f"use-usual-{place}", icon=":material/undo:", type="tertiary",
            on_click=state.choose_data, args=(usual.data,),
        )  # fmt: skip


def undo(dataset: Dataset) -> None:
    """The button that takes back a choice by which these images cannot be divided any more."""
    usual = state.usual_config(dataset.name).data
    if state.recipe_config(dataset.name).data != usual:
        st.button(
            "As usual for these images", key="undo-division", icon=":material/undo:",
            on_click=state.choose_data, args=(usual,),
        )  # fmt: skip


def folded(dataset: Dataset) -> None:
    """The controls in one closed line that says what is chosen, for a page that is about something else."""
    now = state.recipe_config(dataset.name).data
    used = words.part_of(min(now.limit or len(dataset.items), len(dataset.items)), len(dataset.items))
    together = ", groups kept together" if now.groups else ""
    title = f"Images: {now.image_size} px, {used}{together}"
    with st.expander(title, key="division", icon=":material/photo_library:", on_change="rerun") as box:
        if box.open:
            controls(dataset, "recipe")


def _held(data: DataConfig, field: str, images: int):
    """What a control shows where nothing is chosen: all images, the usual shares, a word for no rule."""
    value = getattr(data, field)
    if field == "groups":
        return value or kept_together.NOTHING
    if field == "shares":
        return value or ()  # a control with None says that nothing is chosen
    return min(value or images, images) if field == "limit" else value


def _all_as_usual(data: DataConfig, usual: DataConfig) -> DataConfig:
    """All images under the one limit that stands for them here: limits that leave none out are other keys."""
    images = len(services.get_dataset(data.name).items)
    if data.limit is not None and data.limit < images:
        return data
    return replace(data, limit=usual.limit if (usual.limit or images) >= images else None)


def _divisions(now: DataConfig, usual: DataConfig) -> list[tuple[float, ...]]:
    return list(dict.fromkeys(shares or () for shares in (usual.shares, *DIVISIONS, now.shares)))


def _take(name: str, keys: dict[str, str]) -> None:
    """What the controls say holds from now on, unless the images cannot be divided so. A callback."""
    usual = state.usual_config(name).data
    said = {field: st.session_state[key] for field, key in keys.items()}
    if said["split_seed"] is None:  # the field was emptied
        said["split_seed"] = usual.split_seed

    def choose() -> None:
        said["groups"], said["shares"] = kept_together.typed(said["groups"]), said["shares"] or None
        chosen = replace(state.recipe_config(name).data, **said)
        state.choose_data(_all_as_usual(chosen, usual))

    show.attempt(_PROBLEM, choose)


def _prices(config: ExperimentConfig):
    """Size -> its price in words."""

    def said(size: int) -> str:
        price = services.get_price(_sized(config, size))
        return words.price(price.seconds, price.stored)

    return said


def _sized(config: ExperimentConfig, size: int) -> ExperimentConfig:
    return replace(config, data=replace(config.data, image_size=size))


def _known(config: ExperimentConfig) -> None:
    """What each size that was trained did on these images, by this recipe."""
    found = [(size, services.result_of(_sized(config, size))) for size in SIZES]
    said = [
        f"{size} px {words.percent(result.last.validation.accuracy)}"
        for size, result in found
        if result is not None and np.isfinite(result.last.validation.accuracy)
    ]
    if said:
        st.caption(f"On these validation images, by this recipe: {', '.join(said)}.")
