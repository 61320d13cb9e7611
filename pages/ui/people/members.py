"""Class, in the middle: everyone who has come, and the sets and runs of one of them."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.data import kept
from core.people import overview
from core.people.overview import Member
from core.store import Store, StoredRun, finished
from core.wording import words
from core.wording.markdown import code, plain
from pages.ui import services, sharing, show, state


def draw() -> None:
    """A table of everyone, and one of them more closely."""
    found = overview.members(Store(services.get_store().home))
    st.subheader("People", anchor=False)
    if not found:
        st.caption("Nobody has come yet.")
        return
    st.dataframe(
        {
            "who": [one.name for one in found],
            "sets of photos": [len(one.sets) for one in found],
            "on disk": [words.size(one.photo_bytes) for one in found],
            "runs": [len(one.runs) for one in found],
            "in the queue": [len(one.active) for one in found],
        },
        hide_index=True, alt="Everyone who has come, with what they keep",
    )  # fmt: skip
    by_id = {one.id: one for one in found}
    chosen = st.selectbox(
        "Look at what one of them keeps", list(by_id), index=None, key="member",
        format_func=lambda who: by_id[who].name, placeholder="Choose a person",
    )  # fmt: skip
    if chosen is not None:
        _sets(by_id[chosen])
        _runs(by_id[chosen])
        _forget(by_id[chosen])


def _sets(member: Member) -> None:
    st.markdown("**Photos**")
    if not member.sets:
        st.caption("No sets.")
    for name, known in member.sets.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            size = words.size(kept.bytes_of(known.folder))
            st.markdown(f"{plain(known.title)} · {size}", width="stretch")
            st.button("Look at it", key=f"look-{name}", on_click=state.choose_dataset, args=(name,))
            sharing.button("sets", [name], f"share-{name}")
            _delete(f"delete-{name}", "these photos", _delete_set, name)


def _runs(member: Member) -> None:
    st.markdown("**Runs**")
    if not member.runs:
        st.caption("No runs.")
        return
    labels = {run.run_key: _label(run) for run in member.runs}
    picked = st.multiselect(
        "Runs to share, take into your own list or delete", list(labels), format_func=labels.__getitem__,
        key="members-runs", placeholder="Choose runs",
    )  # fmt: skip
    with st.container(horizontal=True):
        sharing.button("runs", picked, "share-theirs", disabled=not picked)
        st.button(
            "Take into my list", key="take-theirs", icon=":material/visibility:", disabled=not picked,
            on_click=show.attempt, args=("take-theirs", _take, picked),
            help="Then they stand on your own pages, beside your own.",
        )  # fmt: skip
        if picked:
            count = words.plural(len(picked), "run")
            _delete("delete-theirs", count, _delete_runs, tuple(picked))
    show.problem("take-theirs", picked)


def _label(run: StoredRun) -> str:
    title = next((e.title for e in services.everything() if e.name == run.config.data.name), "a set")
    ended = finished([run])
    came_to = words.percent(ended[0].result.last.validation.accuracy) if ended else run.status
    return f"{title} · {words.what_learns(run.config)} · {came_to}"


def _take(keys: Sequence[str]) -> None:
    services.access().take_into_list(keys)


def _delete(key: str, what: str, do: Callable[[Any], None], which: Any) -> None:
    """A button that deletes something for everyone, after it was asked about.

    Args:
        what: As the question calls it.
        do: Deletes `which`.
    """
    with st.popover("Delete…", icon=":material/delete:", key=f"ask-{key}"):
        st.markdown(f"Delete {what} for everyone?")
        st.button("Delete for good", key=key, type="primary", on_click=show.attempt, args=(key, do, which))
        show.problem(key, which)


def _delete_set(name: str) -> None:
    services.access().delete_set(name)
    services.forget_catalogue()


def _delete_runs(keys: Sequence[str]) -> None:
    services.access().delete_for_all(keys)


def _forget(member: Member) -> None:
    """Delete all of a person, after they were asked twice."""
    with st.expander(f"Delete all data of {code(member.name)}", icon=":material/person_remove:"):
        st.markdown(
            "Their photos with every run on them, whoever asked for it; their other runs, unless someone "
            "else asked for them, too; what they left out, pinned and opened. Nothing can be brought back."
        )
        sure = st.checkbox(f"Delete everything of {code(member.name)}", key=f"sure-{member.id}")
        st.button(
            "Delete all of it", key="forget-person", type="primary", disabled=not sure,
            on_click=show.attempt, args=("forget-person", _forget_all, member.id),
        )  # fmt: skip
        show.problem("forget-person", member.id)


def _forget_all(who: str) -> None:
    services.access().forget_person(who)
    services.forget_catalogue()
