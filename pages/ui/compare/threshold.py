"""Certainty, second part: a class that must not be missed, and what finding it costs."""

import streamlit as st

from core.alarm import Alarm
from core.charts.calibration_charts import precision_recall_chart
from core.codegen.compare import threshold_code
from core.compare import threshold
from core.compare.threshold import TARGETS, USUAL, Alarms
from core.data.datasets import Dataset
from core.wording import words
from pages.ui import look, predictions, services, show, state
from pages.ui.compare.compared import Compared

OWN = "own threshold"


def draw(chosen: list[Compared], split: str, dataset: Dataset) -> None:
    """The threshold comes from validation images, also where `split` is `test`: test images only tell."""
    st.markdown(
        "One class must not be missed. How low must the alarm be set to find it, and how many false alarms "
        "is that?"
    )
    one, label, target = _controls(chosen, dataset)
    name = f"“{look.plain(dataset.classes[label])}”"
    levels = {other.token: _threshold(other, label, target) for other in chosen}
    level = levels[one.token]
    if level is None:
        st.info(f"The validation images hold none of {name}, so no threshold can be chosen for it.")
        return
    found, usual = _alarms(one, label, split, level), _alarms(one, label, split, USUAL)
    if not found.of_class:
        st.info(f"The {split} images hold none of {name}, so its recall is unknown.")
        return
    st.markdown(
        f"**{one.label}**: alarm from **{threshold.percent_of(level)}** on for **{name}**, "
        + (f"the highest threshold that finds {target:.0%} of it on validation images." if target else
           "as you set it.")
    )  # fmt: skip
    if target and not one.is_control:
        _keep_button(one, Alarm(dataset.classes[label], target))
    _big_numbers(found, usual, name, split)
    _curve(one, label, split, found, usual, name)
    rows = [
        (other.label, _alarms(other, label, split, own))
        for other in chosen
        if (own := levels[other.token]) is not None
    ]
    if len(rows) > 1:
        st.dataframe(
            threshold.alarm_table(rows), hide_index=True, key="alarm-table",
            alt=f"What the same target costs each network, {name}",
        )  # fmt: skip
    show.notice("what a false alarm costs", threshold.alarm_sentences(found, usual, name))
    if split == "validation" and target:
        st.caption(
            "These validation images chose the threshold, so their recall flatters it. The test images, once "
            "opened, say what it is worth on images that had no say."
        )
    elif split == "test":
        checked = _alarms(one, label, "validation", level)
        st.caption(
            "The threshold was chosen on validation images, where recall is "
            f"{words.percent(checked.recall)}; the test images had no say in it."
        )
    show.code(threshold_code(dataset.classes[label], label, len(dataset.classes), target))


def _controls(chosen: list[Compared], dataset: Dataset) -> tuple[Compared, int, float | None]:
    """The network looked at closely, the class's index, and the target recall (None: set by hand)."""
    classes = list(dataset.classes)
    boxes = st.columns([2, 3, 2] if len(chosen) > 1 else [2, 3])
    with boxes[0]:
        label = st.selectbox(
            "Must not be missed", range(len(classes)), format_func=classes.__getitem__,
            key=f"alarm-class-{dataset.key}",
            help="The class that is worse to miss than to suspect wrongly. With more than two classes it is "
            "one against the rest.",
        )  # fmt: skip
    with boxes[1]:
        target = st.segmented_control(
            "Find at least", [*TARGETS, OWN], default=TARGETS[1], key="alarm-target", required=True,
            format_func=lambda value: value if value == OWN else f"{value:.0%}",
            help="Target recall: the share of the class that must raise an alarm, on validation images.",
        )  # fmt: skip
    one = chosen[0]
    if len(chosen) > 1:
        with boxes[2]:
            tokens = {other.token: other for other in chosen}
            token = st.selectbox(
                "Network", list(tokens), format_func=lambda value: tokens[value].label, key="alarm-network"
            )
            one = tokens.get(token, one)
    if target == OWN:
        st.slider(
            "Alarm from", 0.5, 99.5, 100 * USUAL, 0.5, format="%g%%", key="alarm-threshold",
            persist_state="session", help="Probability of the class from which on it is an alarm.",
        )  # fmt: skip
    wanted = target or TARGETS[1]
    return one, label or 0, wanted if isinstance(wanted, float) else None


def _keep_button(one: Compared, alarm: Alarm) -> None:
    """Note the class and how much of it to find beside the run: its receipt and script then hold the
    threshold."""
    store, run_key = services.get_store(), one.run.run_key
    kept = store.alarm(run_key) == alarm
    st.button(
        f"Kept with run {one.letter}" if kept else f"Keep with run {one.letter}", key="keep-alarm",
        icon=":material/check:" if kept else ":material/bookmark:", disabled=kept,
        on_click=show.attempt, args=("keep-alarm", store.set_alarm, run_key, alarm),
        help="The run's receipt and its script then hold the threshold that finds as much of this class: its "
        "last network's own.",
    )  # fmt: skip
    show.problem("keep-alarm", run_key, alarm)


def _threshold(one: Compared, label: int, target: float | None) -> float | None:
    """The threshold for the target on validation images, or the one set by hand; None without images of
    the class."""
    probabilities, labels = predictions.of(one, "validation")
    truth = labels == label
    if not truth.any():
        return None
    if target is None:
        return st.session_state.get("alarm-threshold", 100 * USUAL) / 100
    return threshold.threshold_for(threshold.scores_of(probabilities, label), truth, target)


def _alarms(one: Compared, label: int, split: str, level: float) -> Alarms:
    probabilities, labels = predictions.of(one, split)
    return threshold.alarms(threshold.scores_of(probabilities, label), labels == label, level)


def _big_numbers(found: Alarms, usual: Alarms, name: str, split: str) -> None:
    """Recall and precision first, then what they cost."""
    told = (
        (
            "Recall", words.percent(found.recall), "The share of the class that raises an alarm",
            f"finds {found.found:,} of {found.of_class:,} {split} images of {name} · "
            f"95% interval {words.interval(*found.recall_interval)}",
        ),
        (
            "Precision", threshold.precision_words(found), "The share of alarms that are right",
            f"{found.found:,} of {found.alarms:,} alarms are right · "
            f"95% interval {words.interval(*found.precision_interval)}",
        ),
        (
            "False alarms", f"{100 * found.false_alarm_rate:.1f} in 100" if found.others else "-",
            "Images of other classes that raise an alarm",
            f"{found.false:,} of {found.others:,} other images · "
            f"95% interval {words.interval(*found.false_alarm_interval)}",
        ),
        (
            "Accuracy", words.percent(found.accuracy), "Right answers to the question: this class or not?",
            f"{words.percent(usual.accuracy)} at the usual 50%",
        ),
    )  # fmt: skip
    for box, (title, value, meaning, said) in zip(st.columns(4, border=True), told, strict=True):
        with box:
            st.markdown(f"**{title}**", help=meaning)
            st.subheader(value, anchor=False)
            st.caption(said)


def _curve(one: Compared, label: int, split: str, found: Alarms, usual: Alarms, name: str) -> None:
    """The curve with the chosen threshold and the usual one on it."""
    probabilities, labels = predictions.of(one, split)
    curve = threshold.precision_recall(threshold.scores_of(probabilities, label), labels == label)
    chart = precision_recall_chart(curve, found, usual, one.phase.name, state.theme())
    table = threshold.alarm_table([(f"{one.label}, chosen", found), (f"{one.label}, usual", usual)])
    said = (
        f"Precision by recall for {name} on {split} images: at the chosen threshold recall "
        f"{words.percent(found.recall)}, precision {threshold.precision_words(found)}"
    )
    show.figure(chart, table, alt_text=said, key="precision-recall")
