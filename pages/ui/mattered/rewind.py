"""The view "Rewind": each thawed block put back to what it was before fine-tuning."""

from functools import partial

import streamlit as st

from core.charts.rewind_chart import lost_chart, moved_chart
from core.codegen.mattered import rewind_code
from core.concepts import rewind_notes
from core.concepts.rewind_notes import ORDER_TITLES, WHAT_TITLES
from core.explain import tails
from core.explain.rewind import refuse_unchanged
from core.wording import words
from pages.ui import show, state, study, views
from pages.ui.mattered.subject import Subject, spoken


def view(subject: Subject) -> None:
    """Draw it. Raises ThawError."""
    phase = subject.thawed()
    if phase is None:
        return
    order, what = _controls()
    if what == "statistics" and _kept_statistics(subject):
        return
    count = words.plural(len(tails.segments(phase.unfreeze_from)), "block")
    found = study.ask(
        subject.study("rewind", order=order, what=what),
        f"Put {count} back, {ORDER_TITLES[order].lower()}",
        note="Nothing is trained: the network as it ended gets some of its old weights back, and answers for "
        "the validation images again. Only what lies above the block is computed.",
        height=240,
    )
    if found is not None:
        _draw(found.record)
    _published()
    size = subject.run.config.data.image_size
    show.code(rewind_code(size, phase.unfreeze_from, subject.classes))


def _controls() -> tuple[str, str]:
    with st.container(horizontal=True):
        order = views.choose(
            "rewind_order", ORDER_TITLES, "Put back",
            help="Alone: one block as before, all others as fine-tuned. From the top down: that block and "
            "all above it. From the bottom up: that block and all thawed ones below it.",
        )  # fmt: skip
        what = views.choose(
            "rewind_what", WHAT_TITLES, "What of a block",
            help="Weights are what gradients changed. Statistics are the mean and variance by which "
            "BatchNorm normalises; only a run with batch_norm=batch changes them.",
        )  # fmt: skip
    return order, what


def _kept_statistics(subject: Subject) -> bool:
    """Whether there are no statistics to put back; then that is said."""
    return spoken(lambda: (refuse_unchanged("statistics", subject.run.result.batch_norm), True)[1]) is None


def _draw(record: dict) -> None:
    if nothing := rewind_notes.learned_nothing(record):
        st.info(nothing, icon=":material/block:")
        return
    st.markdown(rewind_notes.headline(record))
    theme = state.theme()
    said = f"Accuracy lost with {len(record['blocks'])} blocks put back, by depth"
    show.chart(lost_chart, record, theme, key="rewind-lost", alt_text=said)
    show.chart(moved_chart, record, theme, key="rewind-moved", alt_text="How far each block had moved")
    low, high = record["interval"]
    st.caption(
        f"Above: points of accuracy lost on {record['images']:,} validation images, against the fine-tuned "
        f"network ({words.percent(record['accuracy'])}, {words.interval(low, high)}); bars are paired 95% "
        "intervals, filled where a loss can be told from nothing with all blocks looked at (Holm). Below: "
        "how far the block had moved, relative to its weights; lines: BatchNorm's mean and variance."
    )
    show.notice("which block mattered, which moved", rewind_notes.notes(record))
    show.numbers(partial(rewind_notes.rewind_frame, record), alt_text=said, key="rewind-numbers")


def _published() -> None:
    with st.expander("What was published, and what is different here", key="rewind-published"):
        st.markdown(
            "Zhang, Bengio and Singer, “Are all layers created equal?” (JMLR 2022), put single layers of "
            "trained networks back to their *initial* weights and found few that matter: the others are "
            "“ambient”. Here a block goes back to its *pretrained* weights, which already see, so less is "
            "lost than from random ones; whole blocks go back, BatchNorm's statistics with them; and a loss "
            "is called one only where the same images can tell it."
        )
