"""Compare, last view: every run of the data set with its disk; what to keep for good and what may go."""

from collections.abc import Sequence

import streamlit as st

from core.data.datasets import Dataset
from core.errors import ThawError
from core.files import folder_bytes
from core.method import bank
from core.running import keeping
from core.store import StoredRun
from core.wording import words
from pages.ui import results, services, serving, sharing, show, state

DOOMED = "doomed"  # keys of the runs whose deletion waits for a yes


def draw(dataset: Dataset) -> None:
    """The list of runs, and the buttons that pin and delete them."""
    runs = keeping.pinned_first(state.runs_here())
    names = words.run_names(services.visible_runs())
    store = services.get_store()
    more = {
        "kept": {run.run_key: "✓ pinned" if run.pinned else "" for run in runs},
        **_class(runs),
        "disk": {run.run_key: words.size(store.bytes_used(run.run_key)) for run in runs},
    }
    results.runs_table(runs, names, len(dataset.classes), more)
    _disk()
    _choice(runs, names)
    if (problem := st.session_state.pop("runs_problem", None)) is not None:
        show.error(problem)
    doomed = [run for run in runs if run.run_key in st.session_state.get(DOOMED, ())]
    if doomed:
        _confirm(doomed, names)


def _class(runs: Sequence[StoredRun]) -> dict[str, dict[str, str]]:
    """Which of them the class sees, as a column; none where nobody logs in."""
    if services.logged_in() is None:
        return {}
    shared, mine = services.access().shared("runs"), services.access().is_mine
    said = {run.run_key: ("shared" if run.run_key in shared else "") for run in runs}
    return {"class": {key: text if mine(key) else "of the class" for key, text in said.items()}}


def _disk() -> None:
    store = services.get_store()
    if serving.mode().shared:
        return
    kept, features = folder_bytes(store.runs), folder_bytes(store.home / "features")
    st.caption(
        f"On disk: {words.size(kept)} for runs and studies of all data sets, {words.size(features)} for "
        f"stored features, of at most {words.size(bank.budget_bytes())} (`THAW_CACHE_GB`). Those make room "
        "by themselves: the longest unused go first."
    )


def _choice(runs: Sequence[StoredRun], names: dict[str, str]) -> None:
    """Runs to pin, unpin or delete, and all that were cut short in one go."""
    known = [run.run_key for run in runs]
    picked = st.multiselect(
        "Runs to pin, share or delete" if services.logged_in() else "Runs to pin or delete",
        known, format_func=names.__getitem__, key="picked",
        placeholder="Choose runs", on_change=_doom, args=([],),
    )  # fmt: skip
    chosen = [run for run in runs if run.run_key in picked]
    free = [run.run_key for run in chosen if keeping.deletable(run)]
    cut = [run.run_key for run in runs if run.status in keeping.CUT_SHORT and keeping.deletable(run)]
    with st.container(horizontal=True):
        pinned = bool(chosen) and all(run.pinned for run in chosen)
        st.button(
            "Unpin" if pinned else "Pin", key="pin", icon=":material/keep:", disabled=not chosen,
            on_click=_pin, args=(picked, not pinned),
            help="A pinned run stands first and is not deleted until it is unpinned.",
        )  # fmt: skip
        st.button(
            f"Delete {words.plural(len(free), 'run')}…" if free else "Delete…", key="delete",
            icon=":material/delete:", disabled=not free, on_click=_doom, args=(free,),
        )  # fmt: skip
        if services.logged_in():
            theirs = [key for key in picked if services.access().may_change_run(key)]
            sharing.button("runs", theirs, "share-runs", disabled=not theirs)
        if cut:
            st.button(
                f"Clear away {words.plural(len(cut), 'failed or interrupted run')}…", key="clear-away",
                icon=":material/delete_sweep:", on_click=_doom, args=(cut,),
            )  # fmt: skip
    held = [names[run.run_key] for run in chosen if not keeping.deletable(run)]
    if held:
        st.caption(f"Kept, because pinned, waiting or in training: {'; '.join(held)}.")


def _confirm(doomed: Sequence[StoredRun], names: dict[str, str]) -> None:
    store, keys = services.get_store(), [run.run_key for run in doomed]
    freed = keeping.bytes_of(store, keeping.gone_with(store, services.runs(), keys))
    with st.container(border=True):
        listed = "; ".join(names[key] for key in keys)
        st.markdown(
            f"Delete {words.plural(len(keys), 'run')} for good, with what was computed about "
            f"{'it' if len(keys) == 1 else 'them'}? {listed}. **Frees {words.size(freed)}.** "
            "Other runs keep their letters."
        )
        with st.container(horizontal=True):
            st.button(
                "Delete for good", key="confirm-delete", type="primary", icon=":material/delete_forever:",
                on_click=_delete, args=(keys,),
            )  # fmt: skip
            st.button("Keep", key="keep", on_click=_doom, args=([],))


def _pin(keys: Sequence[str], pinned: bool) -> None:
    try:
        for key in keys:
            services.get_store().pin(key, pinned)
    except ThawError as problem:
        st.session_state["runs_problem"] = problem


def _doom(keys: Sequence[str]) -> None:
    st.session_state[DOOMED] = tuple(keys)


def _delete(keys: Sequence[str]) -> None:
    st.session_state.pop(DOOMED, None)
    st.session_state.pop("picked", None)
    try:
        services.access().delete_runs(keys)
    except ThawError as problem:
        st.session_state["runs_problem"] = problem
