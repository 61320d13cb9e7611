"""What the Compare page puts side by side: the choice, kept in the address bar, and the verdicts on it."""

from collections.abc import Sequence

import streamlit as st

from core.compare import networks
from core.compare.networks import Compared
from core.errors import ThawError
from core.statistics import gain
from core.statistics.gain import Gain
from core.statistics.paired import PairedVerdict
from core.wording import verdicts as worded
from core.wording.choosing import choice_note
from pages.ui import address, look, results, services, state

__all__ = ["Compared", "cards", "choose", "verdict_on", "verdicts"]

MOST_COLUMNS = 4
_HELP = (
    f"{worded.MCNEMAR} It alone decides. Fixed: the first was wrong and the second is right. In simulations "
    "of 50 to 10,000 images two networks of equal true accuracy were called different at most 5 times in "
    "100. The gain's interval is a paired bootstrap. Images needed: for that test to find a gain like this "
    "one four times in five (Connor, Biometrics 1987). It compares these two trained networks, not the "
    "methods: those need several seeds."
)


# The choice


def choose(everything: dict[str, Compared]) -> list[Compared]:
    """The networks to compare, by the link's wish or a person's; the newest pair unasked.

    Args:
        everything: Token -> network, as `networks.networks` gives them.
    """
    _take_over(everything)
    for note in st.session_state.get("compared_notes", {}).get(state.dataset_name(), ()):
        st.info(look.plain(note), icon=":material/link_off:")
    tokens = []
    if everything:
        tokens = st.multiselect(
            "Runs and phases", list(everything), format_func=lambda token: everything[token].label,
            key="compared", placeholder="Choose two or more", on_change=_forget_notes,
        )  # fmt: skip
    chosen = [everything[token] for token in tokens]
    address.say("compared", networks.to_link(chosen) or None)
    return chosen


def _take_over(everything: dict[str, Compared]) -> None:
    """What a link asks for; else drop from the choice what is there no more."""
    values, said = st.session_state, address.linked("compared")
    if "compared" in values and said is None:
        kept = [token for token in values["compared"] if token in everything]
        if len(kept) < len(values["compared"]):
            values["compared"] = kept or _unasked(everything)
        return
    linked = networks.from_link(said, everything, services.runs()) if said is not None else None
    if linked is not None:
        values["compared_notes"] = {state.dataset_name(): linked.notes}
    if everything:
        chosen = linked.chosen if linked else ()
        values["compared"] = [one.token for one in chosen] or _unasked(everything)


def _unasked(everything: dict[str, Compared]) -> list[str]:
    return [one.token for one in networks.opening(everything, state.shown_run())]


def _forget_notes() -> None:
    st.session_state.pop("compared_notes", None)


# Side by side


def cards(chosen: Sequence[Compared], num_classes: int, split: str) -> None:
    """Each network in a box of its own: icon, accuracy with interval, numbers trained, seconds."""
    for start in range(0, len(chosen), MOST_COLUMNS):
        row = chosen[start : start + MOST_COLUMNS]
        for column, one in zip(st.columns(len(row), border=True), row, strict=True):
            with column:
                results.card(
                    one.phase, num_classes, title=f"**{one.label}**", split=split, result=one.run.result
                )


def verdict_on(second: Compared, first: Compared, split: str) -> tuple[PairedVerdict, Gain]:
    """The second network against the first on the same images, and the gain.

    Raises:
        StoreError: they were checked on different images, or predictions are missing.
    """
    verdict = services.verdict(first.model, second.model, split)
    return verdict, gain.paired_gain(verdict)


def pairs(chosen: Sequence[Compared]) -> list[tuple[Compared, Compared]]:
    """Who is told against whom, (second, first): a fine-tuned network against its own control where that is
    chosen, and every network against the first one."""
    tokens, found = {one.token for one in chosen[1:]}, []
    for second in chosen[1:]:
        if second.control is not None and second.control.token in tokens:
            found.append((second, second.control))
        found.append((second, chosen[0]))
    return found


def foremost(chosen: Sequence[Compared]) -> tuple[Compared, Compared] | None:
    """The pair, (second, first), that most is said about: a fine-tuned network and its control where there is
    such a pair; None for a single network."""
    found = pairs(chosen)
    return next(
        (pair for pair in found if pair[0].control is not None and pair[1].token == pair[0].control.token),
        found[0] if found else None,
    )


def verdicts(chosen: Sequence[Compared], split: str) -> None:
    """Every pair of `pairs`, in words, a line each."""
    for second, first in pairs(chosen):
        title = f"{second.label} against {first.label}"
        try:
            verdict, gained = verdict_on(second, first, split)
        except ThawError as problem:
            st.markdown(f":material/link_off: {title}: {look.plain(str(problem))}")
            continue
        st.markdown(
            f"{results.MARKS[verdict.verdict]} {title}: **{worded.decision(verdict)}** · "
            f"{worded.counts(verdict, split)}{_in_common(second, first)} · {worded.gain_words(gained)}",
            help=_HELP,
        )
    if split == "validation" and (note := choice_note(one.phase for one in chosen)):
        st.caption(note)
    for one in chosen:  # one from before there were controls gets its own when it is looked at
        if one.phase.name == "fine_tuning" and one.control is None:
            results.control_of(one.run.result)


def _in_common(second: Compared, first: Compared) -> str:
    """What is compared where images were left out or relabelled between the two."""
    return "" if second.split_key == first.split_key else " that both have under the same label"
