"""The view "When it hurts" of the Fine-tuning page: too fast, too long, and two bugs, on one's own images."""

import pandas as pd
import streamlit as st

from core.charts import AccuracyRow, accuracy_dots
from core.charts.harm_charts import change_by_rate_chart
from core.compare.comparison import Model
from core.concepts import harm
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.watched import watched
from core.explain.feature_shifts import answers
from core.results import RunResult
from core.statistics.paired import PairedVerdict
from core.wording import words
from core.wording.verdicts import guess_answer, paired_sentence
from pages.ui import asking, guess, look, predictions, results, services, show, state, views
from pages.ui.start import tiles
from pages.ui.tuning import broken, rate_finder, too_long

VIEWS = {"rates": "Too fast", "long": "Too long", "broken": "Broken on purpose"}
PHOTOS = 10


def view(config: ExperimentConfig, dataset: Dataset) -> None:
    """One of three ways to do harm.

    Raises:
        DatasetError: the images cannot be read or divided.
    """
    chosen = views.choose("hurts_view", VIEWS)
    if chosen == "rates":
        _rates(config, dataset)
        st.divider()
        rate_finder.view(config)
    elif chosen == "long":
        too_long.view(config, len(dataset.classes))
    else:
        broken.view(config, dataset)


def _rates(config: ExperimentConfig, dataset: Dataset) -> None:
    """The same fine-tuning at rates from sensible to ruinous."""
    usual = state.base_config().fine_tuning.learning_rate
    ladder = harm.ladder(config, usual, services.counts(config)["train"])
    rates = [one.fine_tuning.learning_rate for one in ladder]
    named = [words.rate(rate) for rate in rates]
    st.markdown(
        f"The same start, the same images, the same epochs: only the rate of fine-tuning grows, from "
        f"{named[0]}, which suits these images, to {named[-1]}. {_small(ladder[0])}"
    )
    keys = [services.run_key(one) for one in ladder]
    guessing = guess.pair_key(keys[-1], "before")
    if guess.pending(ladder[-1]):
        guess.ask(guessing, f"Your guess: at {named[-1]}, against the frozen network before, it will be…")
    if asking.ask(ladder, "rates", called=[f"at {rate}" for rate in named]):
        _what_they_did(keys, rates, dataset, guessing)


def _small(config: ExperimentConfig) -> str:
    tuning = config.fine_tuning
    return (
        f"Each run learns from {services.counts(config)['train']:,} images for "
        f"{words.plural(tuning.epochs, 'epoch')}, {words.retrain_from(tuning.unfreeze_from)}: seconds."
    )


def _what_they_did(keys: list[str], rates: list[float], dataset: Dataset, guessing: str) -> None:
    """Accuracy, weights and ten photos' answers. Raises DatasetError or StoreError."""
    found = [services.result(key) for key in keys]
    verdicts = [services.verdict(Model(key, "feature_extraction"), Model(key, "fine_tuning")) for key in keys]
    _accuracies(found, rates, verdicts)
    if answered := guess_answer(guess.made(guessing), verdicts[-1]):
        st.markdown(f":material/psychology_alt: At {words.rate(rates[-1])}: {answered}")
    st.markdown("**What happened to the weights**")
    frame = harm.change_by_rate([(words.rate(r), one.last) for r, one in zip(rates, found, strict=True)])
    moved = ", ".join(
        f"{words.rate(rate)}: {harm.half_moved(one.last):.2g}%"
        for rate, one in zip(rates, found, strict=True)
    )
    said = (
        f"Change of each convolution that learned, by rate; half of them moved by at most this much: {moved}"
    )
    show.figure(
        change_by_rate_chart(frame, state.theme()), frame.round(4), alt_text=said, key="change-by-rate"
    )
    st.markdown("**What ten photos are called, before and after**")
    _photos(keys, rates, dataset)
    tried = list(zip(rates, (one.last for one in found), verdicts, strict=True))
    show.notice("which rate overwrites what it knew", harm.rate_notes(found[0].phases[0], tried))


def _accuracies(found: list[RunResult], rates: list[float], verdicts: list[PairedVerdict]) -> None:
    before = found[0].phases[0]
    rows = [AccuracyRow("frozen, before", before.name, before.validation)]
    rows += [
        AccuracyRow(f"at {words.rate(rate)}", one.last.name, one.last.validation)
        for rate, one in zip(rates, found, strict=True)
    ]
    said = ", ".join(f"{row.label} {words.percent(row.evaluation.accuracy)}" for row in rows)
    show.altair(
        accuracy_dots(rows, state.theme(), results.baseline(found[0])), key="rate-dots",
        alt_text=f"Validation accuracy with 95% intervals: {said}",
    )  # fmt: skip
    for rate, verdict in zip(rates, verdicts, strict=True):
        st.markdown(
            f"{results.MARKS[verdict.verdict]} At {words.rate(rate)}, against the frozen network before: "
            f"**{paired_sentence(verdict)}**"
        )


def _photos(keys: list[str], rates: list[float], dataset: Dataset) -> None:
    """Ten validation images, a row each: the class, and what each network calls it."""
    data = services.get_store().config(keys[0]).data
    columns = [("frozen", keys[0], "feature_extraction")]
    columns += [(words.rate(rate), key, "fine_tuning") for rate, key in zip(rates, keys, strict=True)]
    told = {title: predictions.of_phase(key, phase, "validation") for title, key, phase in columns}
    labels = told["frozen"][1]
    places = watched(labels, PHOTOS)
    positions = datasets.split(dataset, data)["validation"][places].tolist()
    rows = pd.DataFrame(
        {
            "": [look.uri(tiles.readable_pixels(dataset, at, data.image_size)) for at in positions],
            "is": [dataset.classes[label] for label in labels[places]],
        }
    )
    for title, (probabilities, _) in told.items():
        named, sure = answers(probabilities[places])
        rows[title] = [
            f"{'✓' if name == label else '✗'} {dataset.classes[name]} {p:.0%}"
            for name, label, p in zip(named, labels[places], sure, strict=True)
        ]
    st.dataframe(
        rows, hide_index=True, row_height=44, key="ten-photos", height="content",
        column_config={"": st.column_config.ImageColumn(width="small")},
        alt="Ten validation images and what each network calls them, with its probability",
    )  # fmt: skip
