"""The curves over the number of images: what leads to them, how they fill in, and what they say."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.charts.images_curve import images_curve, images_table
from core.codegen.keras import keras_code
from core.compare.images_curve import SCRATCH, TUNED, ImagesCurve, transfer_worth
from core.compare.images_notes import check_line, gain_line, worth_line
from core.explain.head_curve import head_only
from core.sweeps.image_counts import RESAMPLES, SIZES, sweep_over
from core.wording import words
from pages.server import pace
from pages.ui import asking, services, show, state, swept
from pages.ui.images.question import Question

POLL_SECONDS = 1.0


def view(asked: Question) -> None:
    """What leads to the curves, as far as they are not there; the curves; one of their points."""
    _ask(asked)
    polling = pace.seconds(POLL_SECONDS) if asked.active() else None
    st.fragment(_answer, run_every=polling)(asked)


def _answer(asked: Question) -> None:
    """All that follows the number looked at."""
    _draw(asked)
    with show.problems():
        _code(asked)


def _ask(asked: Question) -> None:
    heads = f"Frozen at {SIZES} numbers of images: {SIZES * RESAMPLES} heads"
    frozen = asking.ask([asked.heads], "images-frozen", heads, boxed=False)
    swept.ask(asked.runs[TUNED], "images-tuned", "Fine-tuned", primary=frozen, warm=frozen)
    scratch = asked.runs[SCRATCH]
    if scratch.missing():
        with st.expander("From scratch, to see what transfer is worth", expanded=scratch.active()):
            st.markdown("The same network from random weights: every layer learns, so it takes longest.")
            swept.ask(scratch, "images-scratch", "From scratch", primary=False)


def _draw(asked: Question) -> None:
    with show.problems():
        curves = asked.curves()
        if not curves:
            st.caption(
                f"From {asked.counts[0]:,} to all {asked.counts[-1]:,} training images, each number about as "
                "many times the one before. Fewer images are shown more often, so that each network sees as "
                "many in all, and all are checked on the same validation images."
            )
            return
        worth = transfer_worth(curves)
        if worth is not None:
            st.markdown(worth_line(worth))
        for line in filter(None, (gain_line(curve, asked.more) for curve in curves)):
            st.markdown(line)
        said = f"Validation accuracy by number of training images: {', '.join(c.arm for c in curves)}"
        show.chart(images_curve, tuple(curves), asked.more, state.theme(), key="images-curve", alt_text=said)
        st.caption(_caption(asked, curves))
        show.notice(
            "whether the curve foretells its own largest numbers", list(filter(None, map(check_line, curves)))
        )
        show.numbers(partial(images_table, curves), alt_text=said, key="images-numbers")
        _look_at_one(asked, curves)


def _caption(asked: Question, curves: Sequence[ImagesCurve]) -> str:
    return (
        "Small marks: single networks, each from its own seed and draw of the images (with all of them, from "
        "its own seed alone). Large marks: their mean, with its 95% interval. Dashed: a power law through "
        f"the means and its 95% band, beyond {asked.counts[-1]:,} images only right if the law goes on. All "
        f"intervals are for these {curves[0].checked:,} validation images. Frozen networks learn from the "
        "images as they are."
    )


def _look_at_one(asked: Question, curves: Sequence[ImagesCurve]) -> None:
    """A number of images: what each way of training reaches there, and the way to the runs."""
    st.markdown("**Look at one number**")
    images = st.select_slider(
        "Training images", asked.counts, value=asked.counts[-1], format_func="{:,}".format,
        key="images_count", persist_state="session",
    )  # fmt: skip
    with st.container(border=True):
        for curve in curves:
            mean = curve.mean(images)
            if mean is None:
                continue
            doubt = f" ({words.interval(max(0.0, mean.low), min(1.0, mean.high))})" if mean.n > 1 else ""
            counted = words.plural(mean.n, "network")
            st.markdown(
                f"**{curve.arm[:1].upper()}{curve.arm[1:]}**: {words.percent(mean.mean)}{doubt}, {counted}."
            )
            for (count, seed), key in curve.run_keys.items():
                if count == images:
                    swept.run_line(key, f"seed {seed}")


def _code(asked: Question) -> None:
    """That of the frozen network at the number looked at: the others go on from it, or begin at random."""
    images = st.session_state.get("images_count", asked.counts[-1])
    points = sweep_over(asked.config, asked.counts, 1).points()
    place = asked.counts.index(images) if images in asked.counts else -1
    classes = len(services.get_dataset(asked.config.data.name).classes)
    config = points[place].config
    show.code(
        keras_code(config if config.fine_tuning.epochs else head_only(config), classes),
        f"The Keras code of one point, {images:,} training images",
    )
