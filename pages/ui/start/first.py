"""The Start page's one question and one picture: before the press, while networks learn, and after."""

import numpy as np
import streamlit as st

from core.concepts import first_visit
from core.concepts.first_visit import Facts
from core.errors import ThawError
from core.method.weights import imagenet_labels
from core.wording import words
from core.wording.markdown import plain
from pages.ui import asking, look, pretrained_or_random, show
from pages.ui.start import learning, tiles, verdicts
from pages.ui.start.comparison import LONG, Comparison


def view(found: Comparison) -> None:
    """Draw it.

    Raises:
        DatasetError: the images cannot be divided.
        StoreError: the store cannot be read.
    """
    dataset, facts = found.dataset, _facts(found)
    st.markdown(f"#### {_question(facts)}")
    if note := first_visit.few_note(facts):
        st.caption(note)
    if not found.begun:
        tiles.draw_untrained(dataset, found.transfer)
    elif found.active:
        learning.watch(found)
    else:
        _ended(found)
    _about_the_images(found)
    if found.result(0) is None or (found.active and found.result(1) is None):
        verdicts.guess(dataset)
        _button(found)
    if found.active:
        with show.problems():
            verdicts.draw(found)
    elif found.result(0) is not None:
        verdicts.offer_scratch(found)
        pretrained_or_random.ask(found.transfer)


def _facts(found: Comparison) -> Facts:
    dataset = found.dataset
    train = look.parts(dataset, found.transfer.data)["train"]
    counts = np.bincount(dataset.labels[train], minlength=len(dataset.classes))
    return Facts(dataset.name, dataset.classes, int(counts.min()), int(counts.max()))


def _question(facts: Facts) -> str:
    try:
        labels = imagenet_labels()
    except ThawError:  # without the names none of them can be said to be known
        labels = ()
    return first_visit.question(facts, labels)


def _about_the_images(found: Comparison) -> None:
    """Which classes have a picture, and which pictures are gone."""
    data, dataset = found.transfer.data, found.dataset
    shown = len({int(dataset.labels[at]) for at in tiles.positions(dataset, data)})
    if note := first_visit.watched_note(shown, len(dataset.classes)):
        st.caption(note)
    if gone := tiles.lost(dataset, data):
        names = ", ".join(map(plain, gone[:3])) + (" and others" if len(gone) > 3 else "")
        st.caption(f"Grey stands for pictures that cannot be read any more: {names}.")


def _button(found: Comparison) -> None:
    """What is missing of the comparison, with the price of all of it."""
    if found.active:
        return
    label = "Train all three" if len(found.wanted) > 1 else "Train frozen and fine-tuned"
    asking.button(found.wanted, "run", f"Go on: {label.lower()}" if found.begun else label, on_stage=True)
    if not found.together and not found.begun:
        st.caption(
            f"From scratch would take {words.price(found.seconds[1], False)} here, more than "
            f"{words.duration(LONG)}: it is not in this button and is offered afterwards."
        )


def _ended(found: Comparison) -> None:
    """The result, or how far it came."""
    learning.how_they_ended(found)
    picture, beside = st.columns([3, 2], gap="medium")
    with picture:
        learning.curves(found)
    with beside, show.problems():
        verdicts.draw(found)
        verdicts.go_on(found)
    with show.problems():
        tiles.draw(found)
