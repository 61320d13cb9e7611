"""Groups of images that a division must not tear: the rule beside the other controls, and what it makes."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core import group_rules
from core.config import SETTINGS, DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.groups import Groups, groups_of, usual_rules
from core.data.splits import SPLITS
from core.explain import torn
from core.group_rules import NEAR
from core.wording import words
from core.wording.markdown import code
from pages.ui import study
from pages.ui.data import decided, group_table, looking

EXAMPLES = 3  # of groups
NOTHING = "none"


def control(dataset: Dataset, now: DataConfig, key: str, on_change: Callable, args: tuple) -> None:
    """The rule: one of those that make groups of these images, or one that is typed.

    Args:
        now: What holds.
        on_change: Called when it is changed; under `key` then is a rule, `NOTHING` or what was typed.
    """
    known, files = usual_rules(dataset), not dataset.source.in_memory

    def said(rule: str) -> str:
        if rule == NOTHING:
            return "nothing"
        shared = "near copies" if rule == NEAR else group_rules.said(rule).removeprefix("the ")
        return f"{shared} · {words.plural(known[rule], 'group')}" if rule in known else shared

    rules = list(dict.fromkeys([NOTHING, *known, now.groups or NOTHING]))
    st.selectbox(
        "Kept together", rules, key=key, format_func=said, disabled=not files, on_change=on_change, args=args,
        help="Images that share this are never divided: tiles of one photo, frames of one film, photos of "
        "one patient. Tested on siblings of what it learned from, a network looks better than it is."
        + ("" if files else " These images have no file names."),
    )  # fmt: skip
    if files:
        st.text_input(
            "Or a rule of your own", key=f"{key}-typed", placeholder="before:_", on_change=_own,
            args=(key, on_change, args),
            help=f"Such as {', '.join(map(code, ('before:_', 'before-last:_', 'number:1', 'folder:1')))}.",
        )  # fmt: skip
        _near_copies(dataset)
        group_table.control(dataset)


def _near_copies(dataset: Dataset) -> None:
    """The button that looks for them, until that has been done; whether there are any to be kept together."""
    if dataset.near is None:
        why = (
            "Near copies, such as frames of one film, can be kept together once the pictures were looked at."
        )
        looking.seen(decided.whole_of(dataset), why, "Look for near copies", "near", at_once=False)
    elif NEAR not in usual_rules(dataset):
        st.caption("No near copies were found that could be kept together.")


def _own(key: str, on_change: Callable, args: tuple) -> None:
    """What was typed in place of what is chosen. A callback."""
    text = st.session_state[f"{key}-typed"].strip()
    if text:
        st.session_state[key] = text
        on_change(*args)


def typed(value: str | None) -> str | None:
    """The rule that a control's value means, None for nothing. Raises ConfigError where it is no rule."""
    return SETTINGS["data.groups"].typed("data.groups", value or NOTHING)


def told(dataset: Dataset, now: DataConfig) -> None:
    """How many groups there are, some of them, and what given folders tear apart; nothing without a rule."""
    if now.groups is None:
        return
    found = groups_of(dataset, now.groups)
    smallest, largest = int(found.sizes.min()), int(found.sizes.max())
    each = words.plural(largest, "image")
    each = each if smallest == largest else f"{smallest:,} to {each}"
    st.caption(
        f"{words.plural(len(found.ids), 'group')} in {words.plural(len(found.of), 'image')}, {each} each. "
        f"For example: {_examples(dataset, found)}."
    )
    divided = found.torn([datasets.split(dataset, now)[name] for name in SPLITS])
    if divided:
        st.caption(
            f":material/warning: {divided:,} of these groups lie in more than one split: the images come "
            "divided into folders, which are kept."
        )


def _examples(dataset: Dataset, found: Groups) -> str:
    """`cat/7_1.jpg` → 7, of the largest groups."""
    said = []
    for group in np.argsort(-found.sizes, kind="stable")[:EXAMPLES]:
        members = [int(position) for position in np.flatnonzero(found.of == group)]
        # near copies are called after the first of them
        shown = next((p for p in members if dataset.items[p].name != found.names[p]), members[0])
        name = found.names[shown]
        said.append(f"{code(dataset.items[shown].name)} → {code(name) if name else 'on its own'}")
    return ", ".join(said)


def pretended(config: ExperimentConfig, dataset: Dataset) -> None:
    """What tearing the groups would have pretended, or the button that finds out; nothing without a rule."""
    if config.data.groups is None:
        return
    with st.container(border=True):
        st.markdown("**What tearing the groups would have pretended**")
        found = study.ask(
            torn.study_of(config, dataset), "Compare torn and kept together",
            note="Heads on stored features are tested on every image once: with images dealt out one by one, "
            "and by whole groups.",
        )  # fmt: skip
        if found is not None:
            st.markdown(" ".join(torn.sentences(torn.Torn.of(found.record))))
