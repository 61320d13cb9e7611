"""Results of runs: both phases side by side, verdicts, the list of runs."""

import base64
from functools import lru_cache

import pandas as pd
import streamlit as st

from core import charts
from core.compare.comparison import Model
from core.config import BACKBONE_LAYERS, ExperimentConfig
from core.errors import ThawError
from core.results import PhaseResult, RunResult, spent_on
from core.statistics.balanced import balanced, uneven
from core.statistics.baseline import commonest_share
from core.statistics.verdict import Verdict
from core.store import FinishedRun, StoredRun
from core.wording import words
from core.wording.choosing import choice_note, ending
from core.wording.verdicts import MCNEMAR, against_control, guess_answer, paired_sentence, together
from pages.ui import asking, guess, services, show, state, thaw_bar

MARKS = {
    Verdict.BETTER: ":material/trending_up:",
    Verdict.WORSE: ":material/trending_down:",
    Verdict.CANNOT_TELL: ":material/drag_handle:",
}
UNEVEN_HELP = (
    "These classes have uneven numbers of images, so accuracy is mostly about the large ones. Balanced "
    "accuracy counts each class alike: the mean of the shares found of each. Macro-F1 is the mean of each "
    "class's F1, which also counts what is wrongly taken for it."
)
_PHASE_COLOURS = {"feature_extraction": "blue", "fine_tuning": "orange", "from_scratch": "gray"}


def both_phases(run_key: str, *, stacked: bool = False, verdict: bool = True) -> bool:
    """Every phase's accuracy with count and interval, and the verdict. Nothing for an unfinished run.

    Returns:
        Whether it was there to draw.
    """
    try:
        if not services.get_store().finished(run_key):
            return False
        result = services.result(run_key)
    except ThawError as problem:
        show.error(problem)
        return False
    boxes = st.columns(1 if stacked else len(result.phases), border=not stacked)
    for index, phase in enumerate(result.phases):
        with boxes[0].container(border=True, gap="xsmall") if stacked else boxes[index]:
            card(phase, len(result.dataset.classes), result=result)
    if verdict:
        own_verdict(result)
    return True


def card(
    phase: PhaseResult,
    num_classes: int,
    title: str = "",
    split: str = "validation",
    result: RunResult | None = None,
    alone: bool = False,
) -> None:
    """One phase: icon, accuracy with count and interval on a split, numbers trained, seconds.

    Args:
        result: The run: its classes may be uneven, and its phases up to this one have seconds together.
        alone: Tell the seconds of this phase alone, as without a run.
    """
    colour = _PHASE_COLOURS[phase.name]
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    head.markdown(title or f":{colour}[**{words.PHASE_NAMES[phase.name].capitalize()}**]", width="content")
    with head:
        thaw_bar.still(phase.unfreeze_from, num_classes, phase.name == "from_scratch")
    checked = phase.validation if split == "validation" else phase.test
    number = st.container(horizontal=True, vertical_alignment="center", gap="small")
    right = f"{checked.correct:,} of {checked.n:,} {split} images"
    if result is not None and uneven(result.dataset.class_counts["train"]):
        alike = balanced(checked)
        shown, beside, interval = alike.accuracy, f"balanced accuracy, {split} images", alike.interval
        more = [
            f"macro-F1 {words.percent(alike.macro_f1)} ({words.interval(*alike.macro_f1_interval)})",
            f"accuracy {words.percent(checked.accuracy)}: {right}",
        ]
    else:
        shown, beside, interval, more = checked.accuracy, right, checked.interval, []
    number.subheader(f":{colour}[{words.percent(shown)}]", anchor=False, width="content")
    number.markdown(beside, width="stretch", help=UNEVEN_HELP if more else None)
    said = [
        f"95% interval {words.interval(*interval)}",
        *more,
        f"{phase.trainable_parameters:,} numbers trained",
        words.time_of(result, phase)
        if result and not alone
        else words.spent(phase.seconds["total"], phase.seconds_from_nothing),
        *filter(None, [ending(phase)]),
    ]
    # lines break between facts only, unless a fact is too long for a narrow box
    st.caption(" · ".join(part.replace(" ", "\u00a0") if len(part) < 32 else part for part in said))


def own_verdict(result: RunResult) -> None:
    """What thawing was worth: the fine-tuned network against its control, what became of the guess, and the
    plain before and after beside it. A control that is missing is asked for, or has its button."""
    if result.last.name != "fine_tuning":
        return
    control = control_of(result)
    if control is not None:
        tuned = Model(result.run_key, result.last.name)
        guessed = guess.of_run(result.run_key)
        verdict_line(against_control(result.last.unfreeze_from), control, tuned, guessed=guessed)
    if len(result.phases) > 1:
        first, second = (Model(result.run_key, phase.name) for phase in result.phases)
        before_and_after(first, second, result.last.unfreeze_from)
    if chosen := choice_note(result.phases):
        st.caption(chosen)


def control_of(result: RunResult) -> Model | None:
    """The control that a run's fine-tuning is judged against; None where there is none, or not yet.

    Then it is asked for, or its priced button is drawn where it needs features of its own."""
    with show.problems():
        control = services.control_asked(result.run_key)
        if control is None:
            return None
        epochs = words.plural(control.config.feature_extraction.epochs, "epoch")
        if asking.ask(
            [control.config], f"control-{result.run_key}", f"Train the head alone for {epochs}",
            note="A head that had not finished would have gained without thawing, too. The same head, "
            "trained as long on frozen features, says what thawing itself was worth.",
            at_once=control.free, primary=False,
        ):  # fmt: skip
            return Model(control.key, "feature_extraction")
    return None


def before_and_after(first: Model, second: Model, unfreeze_from: int) -> None:
    """Fine-tuning against the feature extraction it started from: what changed, whatever did it."""
    try:
        verdict = services.verdict(first, second)
    except ThawError as problem:
        st.caption(str(problem))
        return
    st.caption(f"Before fine-tuning and after it: {paired_sentence(verdict)}. {together(unfreeze_from)}")


def against_scratch(scratch: RunResult, transfer: RunResult) -> None:
    """Each phase of a transfer against the network from scratch, a line each; the last answers a guess."""
    alone = Model(scratch.run_key, scratch.last.name)
    for phase in transfer.phases:
        title = f"{words.PHASE_NAMES[phase.name].capitalize()} against from scratch"
        guessed = guess.of_pair(transfer.run_key, scratch.run_key) if phase is transfer.last else None
        verdict_line(title, alone, Model(transfer.run_key, phase.name), guessed=guessed)


def verdict_line(
    title: str, first: Model, second: Model, split: str = "validation", guessed: Verdict | None = None
) -> None:
    """The second model against the first on the same images, in one line, and the answer to a guess."""
    try:
        verdict = services.verdict(first, second, split)
    except ThawError as problem:
        st.caption(f"{title}: {problem}")
        return
    st.markdown(
        f"{MARKS[verdict.verdict]} {title}: **{paired_sentence(verdict, split)}** "
        + guess_answer(guessed, verdict),
        help=f"{MCNEMAR} Fixed: the first was wrong and the second is right. It compares these two trained "
        "networks, not the methods.",
    )


# Several runs


def runs_table(
    runs: list[StoredRun],
    names: dict[str, str],
    num_classes: int,
    more: dict[str, dict[str, str]] | None = None,
) -> None:
    """One row a run, also for those that wait or failed, in their order.

    Args:
        more: Further columns, after the state: title -> run key -> text.
    """
    rows = []
    for run in runs:
        result = run.result if isinstance(run, FinishedRun) else None
        last = result.last if result else None
        rows.append(
            {
                "": icon_uri(run.config, num_classes),
                "run": names[run.run_key],
                "state": _state_words(run),
                **{title: texts[run.run_key] for title, texts in (more or {}).items()},
                "BatchNorm": words.batch_norm(run.config),
                "validation accuracy": words.percent(last.validation.accuracy) if last else "",
                "95% interval": words.interval(*last.validation.interval) if last else "",
                "right": f"{last.validation.correct:,} of {last.validation.n:,}" if last else "",
                "trained": words.count(last.trainable_parameters) if last else "",
                "time": words.duration(spent_on(result.phases).total) if result else "",
            }
        )
    st.dataframe(
        _frame(tuple(rows[0]) if rows else (), tuple(tuple(row.values()) for row in rows)),
        hide_index=True,
        column_config={"": st.column_config.ImageColumn(width="small")},
        row_height=30,
        alt="Runs of this data set",
        key="runs-table",
    )


@lru_cache(maxsize=64)  # read only: most looks at a page find the same runs
def _frame(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _state_words(run: StoredRun) -> str:
    if run.status != "queued":
        return "training" if run.status == "running" else run.status
    found = services.state(run.run_key)  # its whole stage has no room in a cell
    return f"waiting, {words.ordinal(found.position + 1)} in line" if found else run.status


def icon_uri(config: ExperimentConfig, num_classes: int) -> str:
    """The run's icon as a data URI, for tables."""
    point = config.fine_tuning.unfreeze_from if config.fine_tuning.epochs else BACKBONE_LAYERS
    svg = charts.thaw_bar_svg(
        point, num_classes, state.theme(), small=True,
        from_scratch=config.from_scratch,
    )  # fmt: skip
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def baseline(result: RunResult) -> float:
    """Accuracy of always naming the commonest class of the validation images."""
    return commonest_share(result.dataset.class_counts["validation"])
