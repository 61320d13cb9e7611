"""The Lab questions page's parts: the choice, one answer drawn, what it lacks, and the files to keep."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from core.charts.concept_charts import enlarged
from core.codegen.keras import lab_pieces
from core.data.datasets import Dataset
from core.errors import ThawError
from core.lab import answers_html, answers_markdown, document, questions
from core.lab.answers import Answer
from core.lab.article import material
from core.lab.document import Document
from core.lab.questions import QUESTIONS, Case, Question, Tile
from pages.ui import address, asking, look, pretrained_or_random, progress, results, services, show
from pages.ui.lab import case

OWN, NONE = ":material/check_circle:", ":material/radio_button_unchecked:"


def at_a_glance(own: Sequence[int]) -> None:
    """How many of the eight the person's own runs answer."""
    st.markdown(
        f"**{len(own)} of {len(QUESTIONS)}** with your own numbers on these images "
        f"({OWN} yours, {NONE} none yet)",
        width="content",
    )


def choose(own: Sequence[int]) -> Question:
    """One of the eight, each marked by whether it has the person's own numbers; kept in the address bar."""
    numbers = [question.number for question in QUESTIONS]
    address.choice("question", numbers)
    number = st.pills(
        "Question",
        numbers,
        default=1,
        required=True,
        format_func=lambda n: f"{OWN if n in own else NONE} {n} · {QUESTIONS[n - 1].name}",
        key="question",
        persist_state="session",
        label_visibility="collapsed",
    )
    return QUESTIONS[number - 1]


def draw(answer: Answer, asked: Case) -> None:
    """One answer, its evidence beside it."""
    question = answer.question
    text, evidence = st.columns([1, 2], gap="medium")
    with text:
        st.subheader(f"{question.number}. {question.text}", anchor=False)
        st.markdown(markdown(answer.explanation))
        st.page_link(f"pages/{question.page}.py", label=question.link, icon=":material/arrow_forward:")
        st.caption(markdown(answer.origin))
    with evidence:
        if answer.code:
            st.code(answer.code, language="python")
        for index, figure in enumerate(answer.figures):
            key = f"lab-{question.number}-{index}"
            show.figure(figure.chart, figure.numbers, alt_text=figure.said, key=key)
        _grid(answer.pictures)
        if answer.table is not None:
            st.table(answer.table, alt=f"Numbers for question {question.number}")
        _missing(question.number, asked)
        if question.number == 2 and asked.evidence.tuned is not None and asked.evidence.control is None:
            results.control_of(asked.evidence.tuned.result)
        if question.number == 1:
            pretrained_or_random.ask(asked.recipe, told=True)
    show.notice([markdown(sentence) for sentence in answer.findings])
    code = lab_pieces(asked.coded(), len(asked.classes))
    show.code("\n".join(code.values()), "All four pieces, in the order in which they run")


def markdown(text: str) -> str:
    """A text of the core for `st.markdown`: `...` stays code, everything else is shown as it is."""
    parts = text.split("`")
    return "`".join(part if index % 2 else look.plain(part) for index, part in enumerate(parts))


def _grid(shown: Sequence[Tile]) -> None:
    if not shown:
        return
    with st.grid(len(shown) // case.PICTURED_CLASSES, min_column_width=110, gap="small"):
        for picture in shown:
            with st.container(gap=None):
                st.image(look.png(enlarged(picture.pixels)), width="stretch", alt=picture.said)
                st.caption(look.plain(picture.said))


# What is missing


def _missing(number: int, asked: Case) -> None:
    """The button that would fill in the person's own numbers, with its price; then the training it began."""
    wanted = questions.missing_run(number, asked)
    if wanted is None:
        return
    with st.container(border=True):
        st.markdown(markdown(wanted.note))
        asking.run_button(wanted.config, wanted.label, first=True)
        try:
            run = services.state(services.run_key(wanted.config))
        except ThawError:  # the button has said why
            return
        if run is not None and run.status != "finished":
            progress.panel(run.run_key, metrics=("accuracy",))


# The document and the article


def downloads(asked: Case, dataset: Dataset) -> None:
    """Both files, each made when its button is pressed."""
    made = case.apart(asked, dataset)
    name = "".join(c if c.isalnum() else "-" for c in Path(dataset.name).stem)
    kinds = (
        ("HTML, with pictures", answers_html.render, "html", "text/html"),
        ("Markdown, with tables", answers_markdown.render, "md", "text/markdown"),
    )
    with st.popover("Download my answers", icon=":material/download:"):
        for label, render, ending, mime in kinds:
            st.download_button(
                label, partial(_file, render, made), f"lab-answers-{name}.{ending}", mime,
                key=f"download-{ending}", icon=":material/description:", on_click="ignore", width="stretch",
            )  # fmt: skip
        st.caption("All eight answers with your figures, numbers and code.")


def _file(render: Callable[[Document], str], made: Case) -> str:
    return render(document.document(made))


def article(asked: Case) -> None:
    """The rest of the lab's reading, folded, each claim beside what can be seen here."""
    with st.expander("Where it is used, what it gains, what it risks", icon=":material/menu_book:"):
        for heading, claims in material(asked).items():
            st.markdown(f"**{heading}**")
            for found in claims:
                text, link = st.columns([3, 1], vertical_alignment="center")
                text.markdown(f"{markdown(found.claim.text)} *{markdown(found.here)}*")
                link.page_link(
                    f"pages/{found.claim.page}.py", label=found.claim.link, icon=":material/arrow_forward:"
                )
