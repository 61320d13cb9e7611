"""Where a person writes on Lab questions: their answer, their evidence, their name, and the files to keep."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import streamlit as st

from core.lab import answers_html, answers_markdown, document, own_words
from core.lab.document import Document
from core.lab.own_words import MOST_LETTERS, MOST_NAME, OwnWords
from core.lab.questions import Case, Question
from core.people.serving import Mode
from pages.ui import services, serving, show
from pages.ui.lab import case
from pages.ui.lab.case import Lab

KEPT = {
    Mode.OWN: "Kept for this browser, on this machine.",
    Mode.OPEN: "Kept for this browser until it is closed: download your document before.",
    Mode.LOGIN: "Kept under your login: yours on every machine.",
}


def read() -> OwnWords:
    """What this person wrote."""
    return own_words.read(services.get_store().home, services.person())


def _keep(control: str, keep: Callable, *args) -> None:
    """Keep what a control says now. A callback."""
    said = st.session_state[control]
    show.attempt(control, keep, services.get_store().home, services.person(), *args, said)


def answer_field(question: Question, written: OwnWords) -> None:
    """The field for one's own words."""
    control = f"lab-words-{question.number}"
    st.session_state.setdefault(control, written.to(question.number).words)
    st.text_area(
        "Your answer", key=control, height=200, max_chars=MOST_LETTERS, persist_state="session",
        placeholder="The code, or where to find it, in your own words." if question.code
        else "In your own words, before you look at what the app would say.",
        help=KEPT[serving.mode()],
        on_change=_keep, args=(control, own_words.write, question.number),
    )  # fmt: skip
    if problem := st.session_state.get(f"problem-{control}"):
        show.error(problem[1])


def evidence_field(question: Question, lab: Lab) -> None:
    """Which run the numbers beside the answer come from; the newest that fits, until one is chosen."""
    number, names = question.number, lab.cases[question.number].names
    found = lab.choices(number)
    if found:
        control = f"lab-run-{number}"
        st.session_state[control] = found[0].run_key
        newest_first = sorted(found, key=lambda run: run.created, reverse=True)
        st.selectbox(
            "Evidence from run", [run.run_key for run in newest_first], key=control,
            format_func=names.__getitem__,
            help="Your own finished runs on these images that can answer this question.",
            on_change=_keep, args=(control, _choose, number, lab.dataset.name),
        )  # fmt: skip
    if number == 2 and (others := lab.left_out()):
        st.caption(f"Not the fine-tuning that is asked about: {', '.join(others)}.")


def _choose(home: Path, who: str, number: int, data_set: str, key: str) -> None:
    own_words.choose_run(home, who, number, data_set, key)


def quote_box(question: Question, written: OwnWords) -> None:
    """Whether what the app would say stands in the document, too."""
    control = f"lab-quote-{question.number}"
    st.session_state.setdefault(control, written.to(question.number).quoted)
    st.checkbox(
        "Quote this in my document", key=control, persist_state="session",
        help="It stands below your own words, marked as a quotation.",
        on_change=_keep, args=(control, own_words.quote, question.number),
    )  # fmt: skip


# The document


def downloads(lab: Lab) -> None:
    """The name, and both files, each made when its button is pressed."""
    made = partial(_file, case.apart(lab), lab.written)
    name = "".join(c if c.isalnum() else "-" for c in Path(lab.dataset.name).stem)
    kinds = (
        ("HTML, with pictures", answers_html.render, "html", "text/html"),
        ("Markdown, with tables", answers_markdown.render, "md", "text/markdown"),
    )
    with st.popover("Download my answers", icon=":material/download:"):
        st.session_state.setdefault("lab-name", lab.written.name)
        st.text_input(
            "Your name, for the document", key="lab-name", max_chars=MOST_NAME, persist_state="session",
            on_change=_keep, args=("lab-name", own_words.sign),
        )  # fmt: skip
        for label, render, ending, mime in kinds:
            st.download_button(
                label, partial(made, render), f"lab-answers-{name}.{ending}", mime,
                key=f"download-{ending}", icon=":material/description:", on_click="ignore", width="stretch",
            )  # fmt: skip
        st.caption("Your words, the figures, numbers and code of your runs, and what you quote.")
        _delete()


def _file(cases: dict[int, Case], written: OwnWords, render: Callable[[Document], str]) -> str:
    return render(document.document(cases, written, date.today()))


def _delete() -> None:
    """The way to delete one's words, in two touches."""
    sure = st.checkbox("I want to delete everything I wrote here", key="lab-delete-sure")
    st.button(
        "Delete my words", key="lab-delete", icon=":material/delete:", disabled=not sure, on_click=_forget
    )


def _forget() -> None:
    """A callback."""
    own_words.forget(services.get_store().home, services.person())
    for control in [key for key in st.session_state if str(key).startswith("lab-")]:
        del st.session_state[control]
