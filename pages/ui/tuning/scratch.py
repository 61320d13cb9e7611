"""The view "From scratch" of the Fine-tuning page: what the pretrained weights are worth."""

import streamlit as st

from core import charts
from core.charts import AccuracyRow
from core.config import SCRATCH_MOMENTUM, ExperimentConfig
from core.errors import ThawError
from core.results import RunResult
from core.wording import words
from core.wording.run_notes import scratch_notes
from pages.ui import guess, progress, results, services, show, state, trial
from pages.ui.trial import Trial


def view(config: ExperimentConfig, num_classes: int) -> None:
    """Three arms on the same images: from scratch, feature extraction and fine-tuning."""
    scratch = config.without_transfer()
    st.markdown(
        "The same network with random weights instead of pretrained ones: every layer learns, for the same "
        f"{words.plural(scratch.fine_tuning.epochs, 'epoch')}, with Adam at "
        f"{words.rate(scratch.fine_tuning.learning_rate)}."
    )
    try:
        _arms(
            Trial(":gray[From scratch]", "scratch", scratch),
            Trial("Transfer", "transfer", config),
            num_classes,
        )
    except ThawError as problem:
        show.error(problem)
    st.caption(
        "What was done about BatchNorm: MobileNetV2's moving statistics have a momentum of .999, made for a "
        "million steps. After a few hundred they are still near their initial 0 and 1, and validation sits "
        "at chance while training goes well. Measured on 1,000 digits over 20 epochs: 97.3% in training and "
        f"10.0% in validation. With random weights the momentum is therefore {SCRATCH_MOMENTUM:g}, here and "
        "in the code below; the same training then ends at 91.2%."
    )


def _arms(scratch: Trial, transfer: Trial, num_classes: int) -> None:
    found = [services.result_of(one.config) for one in (scratch, transfer)]
    alone, taught = found
    if alone is not None and taught is not None:
        _cards([alone, taught], num_classes)
        results.against_scratch(alone, taught)
    else:
        keys = (services.run_key(one.config) for one in (transfer, scratch))
        last = words.PHASE_NAMES[
            "fine_tuning" if transfer.config.fine_tuning.epochs else "feature_extraction"
        ]
        guess.ask(guess.pair_key(*keys), f"Your guess: {last}, against from scratch, will be…")
        for one, result in zip((scratch, transfer), found, strict=True):
            if result is not None:
                _cards([result], num_classes)
            else:
                with st.container(border=True):
                    trial.box(one)
    named = {name: name for name in words.PHASE_NAMES.values()}
    keys = {services.run_key(one.config): named for one in (transfer, scratch)}
    progress.overlay(keys, scratch.config.fine_tuning.epochs, transfer.config)
    if alone is not None and taught is not None:
        _dots(alone, taught)
        show.notice("what pretraining was worth", scratch_notes(taught, alone))


def _cards(shown: list[RunResult], num_classes: int) -> None:
    phases = [(result, phase) for result in shown for phase in result.phases]
    for column, (result, phase) in zip(st.columns(len(phases), border=True), phases, strict=True):
        with column:
            results.card(phase, num_classes, result=result)


def _dots(scratch: RunResult, transfer: RunResult) -> None:
    """The accuracies with their intervals on one axis."""
    rows = [
        AccuracyRow(words.PHASE_NAMES[phase.name], phase.name, phase.validation)
        for phase in (*scratch.phases, *transfer.phases)
    ]
    said = ", ".join(f"{row.label} {words.percent(row.evaluation.accuracy)}" for row in rows)
    chart = charts.accuracy_dots(rows, state.theme(), results.baseline(transfer))
    st.markdown("**Accuracy on the same validation images**")
    show.altair(chart, key="arm-dots", alt_text=f"Validation accuracies with 95% intervals: {said}")
