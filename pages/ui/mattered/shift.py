"""The view "Shift": the same images in other light, blurred, noisy; frozen, fine-tuned and tuned at once."""

from functools import partial

import numpy as np
import streamlit as st

from core.charts import concept_charts
from core.charts.robustness_chart import shift_chart
from core.codegen.mattered import shift_code
from core.concepts import robustness_notes
from core.concepts.robustness_notes import KINDS
from core.errors import ThawError
from core.explain.robustness import AT_ONCE, CAMERA, FEW, at_once_config, require_same_classes
from core.method import corruptions
from core.method.corruptions import CORRUPTIONS, STRENGTHS
from pages.ui import address, asking, look, services, show, state, study, views
from pages.ui.mattered.subject import Subject

_NONE = ""


def view(subject: Subject) -> None:
    """Draw it. Raises ThawError."""
    if subject.thawed() is None:
        return
    images = subject.run.result.dataset.counts["validation"]
    few, folder = _controls(subject, images)
    _pictures(subject)
    at_once = _tuned_at_once(subject)
    options = {"at_once": at_once, "images": few, "folder": folder, "folder_key": ""}
    if folder:
        try:
            other = services.get_dataset(folder)
            require_same_classes(subject.dataset.classes, other.classes)
        except ThawError as problem:
            st.info(show.told(str(problem)), icon=":material/block:")
            return
        options["folder_key"] = other.key
    found = study.ask(
        subject.study("robustness", **options),
        f"Change {few or images:,} images in {len(CORRUPTIONS)} ways",
        note="Every validation image is made brighter, blurred, noisy, written as JPEG and cropped, each at "
        "three strengths, and every network answers for all of them. Nothing is trained.",
        height=220,
    )
    if found is not None:
        _draw(found.record)
    show.code(shift_code(subject.run.config.data.image_size, subject.classes))


def _controls(subject: Subject, images: int) -> tuple[int, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sizes = {"few": f"{min(FEW, images):,}", "all": f"all {images:,}"}
        many = views.choose("shift_images", sizes, "Images")
        titles = state.dataset_names()
        others = [name for name in titles if name != subject.dataset.name]
        folder = st.selectbox(
            "Another camera", [_NONE, *others], key="shift_folder", persist_state="session",
            format_func=lambda name: look.plain(titles[name]) if name else "no second folder",
            help="A second data set with the same classes, such as photos from another camera, opened on the "
            "Data page.",
        )  # fmt: skip
    return (FEW if many == "few" and images > FEW else 0), folder or _NONE


def _pictures(subject: Subject) -> None:
    """One validation image in all ways: a row a kind, a column a strength."""
    position = int(look.parts(subject.dataset, subject.run.config.data)["validation"][0])
    pixels = look.network_pixels(subject.dataset, position, subject.run.config.data.image_size)
    ids = subject.dataset.image_ids[position : position + 1]
    with st.expander("What becomes of a picture", key="shift-pictures"):
        changed = [
            corruptions.corrupt(pixels[None], kind, strength, ids)[0]
            for strength in STRENGTHS
            for kind in CORRUPTIONS
        ]
        sheet = concept_charts.contact_sheet(
            concept_charts.enlarged(np.stack(changed), 96), len(CORRUPTIONS), len(STRENGTHS)
        )
        said = ", ".join(one.title for one in CORRUPTIONS.values())
        st.image(look.png(sheet), alt=f"A validation image, left to right: {said}; stronger downwards")
        st.caption(
            f"Left to right: {said}; stronger downwards. Formulas and strengths of ImageNet-C (Hendrycks and "
            "Dietterich, ICLR 2019), severities 1, 3 and 5 (blur 2, 3 and 5); cropping is ours: the middle "
            "90, 70 and 50% of each side."
        )


def _tuned_at_once(subject: Subject) -> str:
    """Key of the run that was tuned at once with a random head; the button for it where it is missing."""
    if not subject.run.config.two_phases:
        return _NONE
    config = at_once_config(subject.run.config)
    result = services.result_of(config)
    if result is not None:
        return result.run_key
    with st.expander("Beside them: tuned at once, with a random head", expanded=False, key="shift-at-once"):
        asking.ask(
            [config], "at-once", "Train it",
            note="The same layers and as many epochs in all, but with no frozen phase first: what Kumar and "
            "others say distorts the pretrained features.",
            primary=False, boxed=False,
        )  # fmt: skip
    return _NONE


def _draw(record: dict) -> None:
    st.markdown(robustness_notes.headline(record))
    kinds = [kind for kind in KINDS if kind and any(row["kind"] == kind for row in record["rows"])]
    address.choice("shift_kind", kinds if CAMERA in kinds else [*kinds, CAMERA])
    kind = st.segmented_control(
        "How they are changed", kinds, default=kinds[0], required=True, key="shift_kind", wrap=True,
        persist_state="session", format_func=lambda name: KINDS[name][:1].upper() + KINDS[name][1:],
    ) or kinds[0]  # fmt: skip
    said = f"Accuracy of each network on images as they are and {KINDS[kind]}"
    show.chart(shift_chart, record, kind, state.theme(), key="shift-chart", alt_text=said)
    st.caption(f"{record['images']:,} validation images; bars are 95% intervals.")
    show.notice("who bears other pictures better", robustness_notes.notes(record))
    show.numbers(partial(robustness_notes.shift_frame, record), alt_text=said, key="shift-numbers")
    _claims(record)


def _claims(record: dict) -> None:
    st.markdown("**The claim of Kumar and others (ICLR 2022)**")
    if AT_ONCE not in record["networks"] or not record["claims"]:
        st.caption("It needs the run that was tuned at once with a random head, above.")
        return
    st.dataframe(
        robustness_notes.claims_frame(record), hide_index=True, key="shift-claims",
        alt="What was published, and what these networks do",
    )  # fmt: skip
    st.caption(
        "Inside: the validation images as they are. Outside: the mean over all changes, image by image; "
        "theirs are other data sets. These are one run each: another seed may differ."
    )
