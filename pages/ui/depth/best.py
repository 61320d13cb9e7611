"""Find the best: what some minutes can try, which of it cannot be told apart, and the test of the chosen."""

from functools import partial

import streamlit as st

from core.charts.best_chart import best_chart, best_table, not_tried_table
from core.codegen.keras import keras_code
from core.compare.best import Search, Standing, Tried, config_of, gather
from core.compare.best_notes import default_line, headline, name, optimism_line
from core.compare.comparison import Model
from core.config import ExperimentConfig
from core.explain import best
from core.explain.studies import Study
from core.results import RunResult
from core.store import finished
from core.sweeps import candidates, warming
from core.sweeps.search_record import candidate_of
from core.wording import words
from pages.server import pace
from pages.ui import address, asking, results, services, show, state, swept

MINUTES = (5, 2, 10, 20)
POLL_SECONDS = 1.0
LIKELY = 12  # runs of a search, for which workers start while the page is read


def view(config: ExperimentConfig) -> None:
    """What leads to the answer, what was tried so far, and the test of the one named."""
    minutes = _minutes()
    study, store = best.study_of(config, minutes), services.get_store()
    dataset = services.get_dataset(config.data.name)
    key = study.key(dataset)
    if not store.finished(key):
        with show.problems():
            best.check(config, minutes, dataset, store)
            _ask(study, key, minutes)
    run = services.state(key)
    polling = pace.seconds(POLL_SECONDS) if run is not None and run.active else None
    st.fragment(_answer, run_every=polling)(config, key)


def _minutes() -> int:
    address.choice("best_minutes", MINUTES)
    chosen = st.segmented_control(
        "Within", sorted(MINUTES), default=MINUTES[0], required=True, key="best_minutes",
        format_func=lambda minutes: f"{minutes} min", persist_state="session",
        help="It ends earlier where nothing is left to try. What is trained already costs no time, so a "
        "longer search goes on from a shorter one.",
    )  # fmt: skip
    return chosen or MINUTES[0]


def _ask(study: Study, key: str, minutes: int) -> None:
    warming.wish(LIKELY, study.config.data.image_size, services.get_store())
    before = best.record_so_far(services.get_store(), key)
    spent = before["seconds"] if before else 0.0
    note = f"{words.duration(spent)} of {minutes} min are spent. What is trained stays." if spent else ""
    asking.ask([study], "best", "Go on" if spent else "Find the best", note=note, boxed=False)


def _answer(config: ExperimentConfig, key: str) -> None:
    """What was tried, and all that follows from it."""
    with show.problems():
        record = best.record_so_far(services.get_store(), key)
        if record is None or not (found := gather(record, _results())).tried:
            _empty(config)
            return
        _draw(found)
        if found.named is not None:
            _chosen(config, found.named, found.default)
        elif found.ended:
            gone = candidate_of(record, record["named"])
            note = "The run of the recipe that was chosen is gone."
            asking.ask([gone.config(config)], "best-again", note=note, primary=False, boxed=False)
        else:
            _code(config, "The Keras code of the default recipe")


def _results() -> dict[str, RunResult]:
    return {run.run_key: run.result for run in finished(services.runs())}


def _empty(config: ExperimentConfig) -> None:
    sizes = [one.size for one in candidates.sizes(config)]
    st.caption(
        "First the default recipe; then the head alone at "
        f"{words.listed(f'{size}' for size in sizes)} px; unfreeze points at the sizes that are left; other "
        "rates and blocks around what is left; and the last ones from two more seeds. Each stage drops what "
        "the same validation images show to be worse, and the default recipe stays to the end. What would "
        "take longer than there is time is not begun, and listed. Every candidate is an ordinary run."
    )
    _code(config, "The Keras code of the default recipe")


def _draw(found: Search) -> None:
    for line in filter(None, (headline(found), default_line(found))):
        st.markdown(line)
    left, said = len(found.standing(Standing.LEFT)), f"{words.plural(len(found.tried), 'recipe')} tried"
    if not found.ended:
        st.markdown(f"So far: {said}, {left} not told apart from the best.")
    show.altair(
        best_chart(found, state.theme()), key="best-chart",
        alt_text=f"Validation accuracy by seconds of training, {said}",
    )  # fmt: skip
    st.caption(
        "Each dot is a recipe with its 95% interval (over images for one seed, Student's of the mean for "
        "several); filled ones cannot be told apart from the best, with all pairs looked at (Holm). Grey: "
        "dropped by its stage. The diamond is the default recipe. " + optimism_line(found)
    )
    show.numbers(partial(best_table, found), alt_text="What was tried", key="best-numbers")
    if found.not_tried:
        show.numbers(
            partial(not_tried_table, found), alt_text="What was not tried, and why", key="best-not-tried",
            label=f"Not tried: {words.plural(len(found.not_tried), 'recipe')}, and why",
        )  # fmt: skip


def _chosen(config: ExperimentConfig, chosen: Tried, default: Tried | None) -> None:
    """The one named: its run, its test, its code."""
    st.markdown(f"**The chosen recipe**: {name(chosen.candidate)}")
    with st.container(border=True):
        swept.run_line(chosen.first.run_key, f"seed {next(iter(chosen.runs))}")
        _test(chosen, default)
    _code(config_of(config, chosen), "The Keras code of the chosen recipe")


def _test(chosen: Tried, default: Tried | None) -> None:
    """Its test, opened by a button that is counted; beside it the default recipe's, on the same images."""
    store = services.get_store()
    split_key = chosen.first.dataset.split_key
    if not store.test_openings(split_key):
        tried = sum(result.dataset.split_key == split_key for result in _visible())
        st.markdown(
            f"The {chosen.first.dataset.counts['test']:,} test images have chosen nothing. What the chosen "
            "network gets right of them is its honest accuracy: look once, when you have settled on it."
        )
        st.button(
            f"Open its test · after {words.plural(tried, 'run')} tried", key="open-best-test",
            icon=":material/lock_open:", on_click=store.open_test, args=(split_key, tried),
        )  # fmt: skip
        return
    results.card(chosen.first.last, len(chosen.first.dataset.classes), "**On test images**", "test",
                 chosen.first)  # fmt: skip
    if default is not None and default.place != chosen.place:
        first, second = (Model(one.first.run_key, one.first.last.name) for one in (default, chosen))
        results.verdict_line("Against the default recipe", first, second, "test")
    opened = store.test_openings(split_key)
    times = "once" if len(opened) == 1 else f"{len(opened)} times"
    st.caption(f"Opened {times}, first after {words.plural(opened[0]['tried'], 'run')} tried on this split.")


def _visible() -> list[RunResult]:
    return [run.result for run in finished(services.visible_runs())]


def _code(config: ExperimentConfig, title: str) -> None:
    show.code(keras_code(config, len(services.get_dataset(config.data.name).classes)), title)
