"""Published runs beside one's own: what was printed, what came out here, and whether the two agree."""

import pandas as pd
import streamlit as st

from core.errors import ThawError
from core.results import RunResult
from core.wording import published, words
from core.wording.published import PUBLISHED, Agreement, Published
from pages.ui import services, show, state, trial
from pages.ui.trial import Trial

AGREES = {Agreement.WITHIN: "yes", Agreement.ABOVE: "no, above", Agreement.BELOW: "no, below"}


def beside(run_key: str) -> None:
    """Printed and measured numbers of a finished run; nothing where its recipe is not a published one."""
    entry = published.published_as(services.get_store().config(run_key))
    if entry is None:
        return
    st.markdown(f"**Published beside yours:** {entry.source}")
    _numbers(entry, services.result(run_key), "beside")


def _numbers(entry: Published, result: RunResult | None, place: str) -> None:
    """The table, and what it comes to. Test numbers stay sealed until this split's test set is opened.

    Args:
        place: Where on the page, for the table's key.
    """
    opened = result is not None and bool(services.get_store().test_openings(result.dataset.split_key))
    rows = published.beside(entry, result, with_test=opened) if result is not None else []
    measured = {row.expected: row for row in rows}
    lines = []
    for expected in entry.expected:
        row = measured.get(expected)
        sealed = "sealed" if result is not None and expected.split == "test" else ""
        lines.append(
            {
                "number": expected.quantity.capitalize(),
                "published": expected.printed,
                "here": published.number(expected, row.value) if row else sealed,
                "agrees": AGREES[row.agreement] if row else "",
                "agrees if": published.spread(expected),
                "because": expected.why,
            }
        )
    columns = [name for name in lines[0] if result is not None or name not in ("here", "agrees")]
    st.dataframe(
        pd.DataFrame(lines)[columns], hide_index=True, key=f"{place}-{entry.preset}",
        alt=f"{entry.title}: published numbers beside measured ones",
    )  # fmt: skip
    if rows:
        st.markdown(published.sentence(rows))
    if any(line["here"] == "sealed" for line in lines):
        st.caption("Sealed: the test set of this split is opened on the Compare page.")


def expander() -> None:
    """Every published run: its source, its numbers, and the button that repeats it here."""
    with st.expander("Published runs, beside yours", key="published-runs", on_change="rerun") as box:
        if not box.open:
            return
        chosen = st.selectbox(
            "Published run", list(PUBLISHED), format_func=lambda preset: PUBLISHED[preset].title,
            key="published", width=360,
        )  # fmt: skip
        entry = PUBLISHED[chosen]
        where = f" [{entry.url.split('/')[2]}]({entry.url})" if entry.url else ""
        st.markdown(f"{entry.source}{where}")
        st.caption(f"**What is a guess:** {entry.guess}")
        _ours(entry)
        st.markdown(f"**What repeating it showed:** {entry.found}")


def _ours(entry: Published) -> None:
    """Our run of it: the button, its progress, or its numbers beside the printed ones."""
    try:
        result = services.result_of(entry.config)
        images = services.counts(entry.config)["train"]
    except ThawError as problem:
        _numbers(entry, None, "box")
        show.error(problem)
        return
    _numbers(entry, result, "box")
    if result is None:
        with st.container(border=True):
            trial.box(Trial(entry.title, "published", entry.config))
            st.caption(
                f"Trains on {images:,} {services.noun(entry.config.data.name)}: "
                f"{words.recipe(entry.config)}, BatchNorm {words.batch_norm(entry.config)}."
            )
    elif result.run_key != state.shown_run():
        st.button(
            "Show its curves", key="show-published", icon=":material/show_chart:",
            on_click=_show, args=(entry, result.run_key),
        )  # fmt: skip


def _show(entry: Published, run_key: str) -> None:
    """Put the run on stage, with its data set. A callback."""
    if entry.config.data.name != state.dataset_name():
        state.choose_dataset(entry.config.data.name)
    st.session_state["shown_run"] = run_key
    st.session_state["tuning_view"] = "retrain"
