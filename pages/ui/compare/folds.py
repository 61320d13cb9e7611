"""Certainty, third part: five folds, so that every image of a small data set is tested once."""

from dataclasses import replace

import streamlit as st

from core.charts.seed_charts import Spread, spread_dots
from core.codegen.compare import folds_code
from core.compare import folds
from core.compare.folds import FEWER_THAN, OutOfFold
from core.config import ExperimentConfig
from core.errors import ThawError
from core.explain.studies import Study
from core.wording.verdicts import MCNEMAR, paired_sentence
from pages.ui import asking, show, state, study
from pages.ui.compare.compared import Compared

OFFERED = 600  # images


def draw(chosen: list[Compared]) -> None:
    """The networks tested on five folds so far, and the button for the next one that is not."""
    st.markdown("Few images: is the accuracy on the held-out ones the luck of which they were?")
    few = [one for one in chosen if _images(one) < FEWER_THAN]
    if not few:
        _offer_fewer(chosen[-1])
        return
    if len(few) < len(chosen):
        st.caption(f"Runs on {FEWER_THAN:,} images or more are left out.")
    found, waiting = [], []
    for one in few:
        answer = study.answer(Study("folds", trained_as(one)))
        if answer is None:
            waiting.append(one)
        else:
            found.append((one, OutOfFold.of(answer.arrays)))
    if found:
        _results(found)
    if waiting:
        _ask(waiting)
    show.code(folds_code(trained_as(chosen[0])))


def trained_as(one: Compared) -> ExperimentConfig:
    """The config whose last phase is this network."""
    return one.run.config if one.is_last else one.run.config.first_phase_only()


def _images(one: Compared) -> int:
    return sum(one.run.result.dataset.counts.values())


def _offer_fewer(one: Compared) -> None:
    """Say why not, and hold the button that trains the same recipe on few enough images."""
    st.info(
        f"5-fold testing is for data sets of fewer than {FEWER_THAN:,} images. {one.label} used "
        f"{_images(one):,}: its held-out images say enough.",
        icon=":material/splitscreen_landscape:",
    )
    fewer = replace(one.run.config, data=replace(one.run.config.data, limit=OFFERED))
    if 3 * len(one.run.result.dataset.classes) > OFFERED:  # too few to be in every split
        return
    if asking.ask([fewer], "fewer", f"Train the same recipe on {OFFERED} images", primary=False, boxed=False):
        st.caption(f"The same recipe on {OFFERED} images is finished: choose it above.")


def _ask(waiting: list[Compared]) -> None:
    """The button for the first network that is not tested yet; one at a time, as the worker does them."""
    front = waiting[0]
    others = "the other four"
    if trained_as(front).validation_chooses:
        others = "three of the others, the fourth choosing the epoch"
    later = f" Then: {', '.join(one.label for one in waiting[1:])}." if waiting[1:] else ""
    study.ask(
        Study("folds", trained_as(front)),
        f"Test {front.letter} on 5 folds",
        note=f"**{front.label}**: all {_images(front):,} images are dealt into five folds, and each fold is "
        f"tested by a network that learned from {others}, from the same stored features. The test "
        f"images take part: look at this result once you have settled on a run.{later}",
        height=220,
    )


def _results(found: list[tuple[Compared, OutOfFold]]) -> None:
    rows = [
        Spread(
            one.label, one.phase.name,
            {f"fold {number}": value for number, value in enumerate(answers.accuracies, 1)},
            answers.accuracy, *answers.interval,
        )
        for one, answers in found
    ]  # fmt: skip
    table = folds.fold_table([(one.label, answers) for one, answers in found])
    chart = spread_dots(rows, state.theme(), "accuracy")
    said = ", ".join(f"{one.label} {answers.correct:,} of {answers.n:,} right" for one, answers in found)
    n = found[0][1].n
    st.markdown(f"**Accuracy on all {n:,} images, each tested once**: a ring a fold, a dot all of them")
    show.figure(chart, table, alt_text=f"Accuracy over five folds: {said}", key="folds")
    first = found[0]
    for one, answers in found[1:]:
        _verdict(first, one, answers)
    notes = folds.fold_notes(first[0].label, first[1], first[0].checked("validation"))
    show.notice("how far the folds lie apart", notes)
    chooses = any(trained_as(one).validation_chooses for one, _ in found)
    less = ", or from 60% where another 20% chose the epoch" if chooses else ""
    st.caption(
        "Wilson 95% intervals, as if every answer were independent. The five networks share training images, "
        "so the intervals are approximate; no unbiased one exists (Bengio and Grandvalet, JMLR 2004). They "
        f"learn from 80% of all images{less}, the runs above from their training images alone."
    )


def _verdict(first: tuple[Compared, OutOfFold], one: Compared, answers: OutOfFold) -> None:
    title = f"{one.label} against {first[0].label}"
    try:
        said = paired_sentence(folds.paired(first[1], answers), "out-of-fold")
    except ThawError as problem:
        st.caption(f"{title}: {problem}")
        return
    st.markdown(
        f"{title}: **{said}**",
        help=f"Each image was judged by networks that had not learned from it. {MCNEMAR}",
    )
