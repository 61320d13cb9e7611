"""The report on the images: looked at beside the page, findings with pictures, and leaving pictures out."""

import numpy as np
import streamlit as st

from core.charts import concept_charts
from core.config import ExperimentConfig
from core.data import exclusions
from core.data.datasets import Dataset
from core.data.groups import images_key
from core.data.looks import Looks
from core.errors import ThawError
from core.intake import suspect_labels
from core.intake.report import Finding
from core.intake.suspect_labels import Suspects
from core.intake.trouble import listed, trouble
from core.wording import words
from core.wording.markdown import plain
from pages.ui import look, show
from pages.ui.data import decided, looking, suspects

GROUPS, PICTURES = 6, 6  # shown of a finding at once, and of a group
OFFERED = 200, 1000  # pictures named in a list to leave out: of one that is filled already, of an empty one
SIDE = 96  # px
FRAME = 160  # grey level
WHY = (
    "Every picture is looked at once: is it a copy of another, under another label, in another split, blank, "
    "tiny or unlike the rest?"
)


def report(config: ExperimentConfig, dataset: Dataset) -> None:
    """What is odd about the data set. Raises DatasetError or StoreError."""
    whole = decided.whole_of(dataset)
    seen = looking.seen(whole, WHY, f"Check {len(whole.items):,} pictures", "check")
    if seen is None:
        return
    judged = suspects.known(config, dataset)
    lost = tuple(dataset.source.lost())  # since they were looked at
    of_these = seen.of(_rows(whole, dataset)).without(lost)
    found = listed(_found(images_key(dataset, config.data), config.data, lost, dataset, of_these), judged)
    st.markdown(
        f"Looked at {len(dataset.items):,} pictures for copies, labels that clash, pictures that are blank, "
        "tiny or do not seem to belong, shortcuts, and classes that are too small."
    )
    if judged is None:
        suspects.ask(config, dataset, judged)
    elif not judged.undecided:
        st.caption(suspect_labels.tried(judged))
    if not found:
        st.success("Nothing odd was found.", icon=":material/check_circle:")
    for finding in found:
        _draw(finding, config, dataset, judged)
    if judged is not None:
        suspects.ask(config, dataset, judged)
    decided.draw(dataset)


def _rows(whole: Dataset, dataset: Dataset) -> np.ndarray:
    """Positions in `whole` of the images of `dataset`, int64."""
    place = {(item.name, item.sha256): position for position, item in enumerate(whole.items)}
    return np.array([place[item.name, item.sha256] for item in dataset.items], np.int64)


@st.cache_resource(show_spinner=False, max_entries=16)
def _found(key: str, data, lost: tuple[int, ...], _dataset: Dataset, _seen: Looks) -> list[Finding]:
    return trouble(_dataset, look.parts(_dataset, data), _seen)


# One finding


def _draw(finding: Finding, config: ExperimentConfig, dataset: Dataset, judged: Suspects | None) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(f"**{finding.title}**")
        st.markdown(finding.meaning)
        if finding.kind == "suspects" and judged is not None:
            suspects.cards(judged, dataset)
            return
        if finding.kind != "unreadable":
            with st.grid(2, min_column_width=300, gap="small"):
                for group in _shown(finding, dataset):
                    _pictures(group, config, dataset)
        if finding.groups:
            _offer(finding, dataset)


def _shown(finding: Finding, dataset: Dataset) -> tuple[tuple[int, ...], ...]:
    """The groups to draw; where there are many, a few from a number that a person chooses."""
    count = len(finding.groups)
    if count <= GROUPS:
        return finding.groups
    first = st.number_input(
        f"Shown, of {count:,}: {GROUPS} from number", 1, count, step=GROUPS, width=240,
        key=f"first-{finding.kind}-{dataset.key}",
    )  # fmt: skip
    return finding.groups[first - 1 : first - 1 + GROUPS]


def _pictures(group: tuple[int, ...], config: ExperimentConfig, dataset: Dataset) -> None:
    shown = group[:PICTURES]
    split_of = {int(p): split for split, found in look.parts(dataset, config.data).items() for p in found}
    said = [f"{dataset.items[p].name} ({split_of.get(p, 'not in use')})" for p in shown]
    more = f" and {len(group) - PICTURES:,} more" if len(group) > PICTURES else ""
    with st.container(gap="xxsmall"):
        st.image(_sheet(dataset.key, shown, dataset), alt=f"Pictures: {', '.join(said)}")
        st.caption(" · ".join(plain(name) for name in said) + more)


@st.cache_data(show_spinner=False, max_entries=200)
def _sheet(key: str, positions: tuple[int, ...], _dataset: Dataset) -> bytes:
    pixels = np.stack([look.network_pixels(_dataset, position, SIDE) for position in positions])
    for edge in (np.s_[:, 0], np.s_[:, -1], np.s_[:, :, 0], np.s_[:, :, -1]):
        pixels[edge] = FRAME  # a white picture has an end on a white page, too
    return look.png(concept_charts.contact_sheet(pixels, len(positions), 1))


def _offer(finding: Finding, dataset: Dataset) -> None:
    """Leave out what a person chooses of the pictures concerned."""
    concerned = list(dict.fromkeys(position for group in finding.groups for position in group))
    offered = concerned[: OFFERED[not finding.leave_out]]
    chosen = st.multiselect(
        "Pictures to leave out", offered, [p for p in offered if p in set(finding.leave_out)],
        format_func=lambda position: dataset.items[position].name,
        key=f"leave-{finding.kind}-{dataset.key}", placeholder="none",
    )  # fmt: skip
    beyond = set(finding.leave_out) - set(offered)
    images = [(dataset.items[p].name, dataset.items[p].sha256) for p in sorted({*chosen, *beyond})]
    st.button(
        f"Leave out {words.plural(len(images), 'picture')}", key=f"leave-out-{finding.kind}",
        icon=":material/playlist_remove:", disabled=not images, on_click=_leave_out,
        args=(dataset, images, finding.kind),
    )  # fmt: skip
    problem = st.session_state.get("leave_problem", {}).get(finding.kind)
    if problem is not None:
        show.error(problem)


def _leave_out(dataset: Dataset, images: list[exclusions.Image], kind: str) -> None:
    st.session_state["leave_problem"] = {}
    try:
        decided.leave_out(dataset, images)
    except ThawError as problem:
        st.session_state["leave_problem"] = {kind: problem}
